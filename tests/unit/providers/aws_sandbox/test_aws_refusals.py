"""What AWS refuses, reads or takes along where moto alone would not: EC2 API reference, operation by operation."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refused(call: Any, **parameters: Any) -> str:
    """The error code with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def test_no_region_has_a_default_vpc(client: Any) -> None:
    for region in ("us-east-1", "eu-west-1"):
        ec2 = client("ec2", region)
        assert ec2.describe_vpcs()["Vpcs"] == []
        assert ec2.describe_subnets()["Subnets"] == []
        assert ec2.describe_security_groups()["SecurityGroups"] == []
        assert ec2.describe_route_tables()["RouteTables"] == []
        assert ec2.describe_network_acls()["NetworkAcls"] == []
        assert refused(ec2.create_security_group, GroupName="a", Description="a") == "VPCIdNotSpecified"


def test_a_default_vpc_can_be_made(ec2: Any) -> None:
    made = ec2.create_default_vpc()["Vpc"]
    group = ec2.create_security_group(GroupName="a", Description="a")["GroupId"]
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["VpcId"] == made["VpcId"]
    assert all(subnet["MapPublicIpOnLaunch"] for subnet in ec2.describe_subnets()["Subnets"])


def test_a_dry_run_does_nothing(ec2: Any) -> None:
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", DryRun=True) == "DryRunOperation"
    assert ec2.describe_vpcs()["Vpcs"] == []


def test_ranges_lose_their_host_bits(ec2: Any, vpc: str) -> None:
    other = ec2.create_vpc(CidrBlock="10.9.3.1/16")["Vpc"]
    assert other["CidrBlock"] == "10.9.0.0/16"
    assert other["CidrBlockAssociationSet"][0]["CidrBlock"] == "10.9.0.0/16"
    assert ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.9/24")["Subnet"]["CidrBlock"] == "10.0.1.0/24"
    group = ec2.create_security_group(GroupName="a", Description="a", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "6", "FromPort": 1, "ToPort": 2, "IpRanges": [{"CidrIp": "10.2.3.4/16"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"][0]
    assert found["IpProtocol"] == "tcp"
    assert found["IpRanges"] == [{"CidrIp": "10.2.0.0/16"}]
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/99") == "InvalidParameterValue"


@pytest.mark.parametrize("key", ["aws:cost", "AWS:cost"])
def test_tags_that_aws_keeps_for_itself_are_refused(ec2: Any, vpc: str, key: str) -> None:
    tags = [{"Key": "a", "Value": "b"}, {"Key": key, "Value": "b"}]
    assert refused(ec2.create_tags, Resources=[vpc], Tags=tags) == "InvalidParameterValue"
    spec = [{"ResourceType": "vpc", "Tags": tags}]
    assert refused(ec2.create_vpc, CidrBlock="10.0.0.0/16", TagSpecifications=spec) == "InvalidParameterValue"


class TestDeleteVpc:
    def test_a_gateway_holds_it(self, ec2: Any, vpc: str) -> None:
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
        assert refused(ec2.delete_internet_gateway, InternetGatewayId=gateway) == "DependencyViolation"
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        ec2.delete_vpc(VpcId=vpc)

    def test_a_subnet_holds_it(self, ec2: Any, vpc: str) -> None:
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
        ec2.delete_subnet(SubnetId=subnet)
        ec2.delete_vpc(VpcId=vpc)

    def test_a_group_holds_it_but_not_the_default_one(self, ec2: Any, vpc: str) -> None:
        group = ec2.create_security_group(GroupName="a", Description="a", VpcId=vpc)["GroupId"]
        assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
        ec2.delete_security_group(GroupId=group)
        ec2.delete_vpc(VpcId=vpc)

    def test_a_network_acl_of_ones_own_holds_it(self, ec2: Any, vpc: str) -> None:
        acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        assert refused(ec2.delete_vpc, VpcId=vpc) == "DependencyViolation"
        ec2.delete_network_acl(NetworkAclId=acl)
        ec2.delete_vpc(VpcId=vpc)

    def test_a_refused_one_is_whole(self, ec2: Any, vpc: str) -> None:
        ec2.create_security_group(GroupName="a", Description="a", VpcId=vpc)
        refused(ec2.delete_vpc, VpcId=vpc)
        assert len(ec2.describe_route_tables()["RouteTables"]) == 1
        assert len(ec2.describe_security_groups()["SecurityGroups"]) == 2

    def test_it_takes_along_what_came_with_it(self, ec2: Any, vpc: str) -> None:
        ec2.delete_vpc(VpcId=vpc)
        assert ec2.describe_network_acls()["NetworkAcls"] == []
        assert ec2.describe_route_tables()["RouteTables"] == []
        assert ec2.describe_security_groups()["SecurityGroups"] == []
        assert refused(ec2.delete_vpc, VpcId=vpc) == "InvalidVpcID.NotFound"


class TestModify:
    def test_one_attribute_of_a_vpc_at_a_time(self, ec2: Any, vpc: str) -> None:
        both = {"EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": True}}
        assert refused(ec2.modify_vpc_attribute, VpcId=vpc, **both) == "InvalidParameterCombination"

    def test_dns_hostnames_need_dns_support(self, ec2: Any, vpc: str) -> None:
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": False})
        names = {"EnableDnsHostnames": {"Value": True}}
        assert refused(ec2.modify_vpc_attribute, VpcId=vpc, **names) == "InvalidParameterCombination"
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
        ec2.modify_vpc_attribute(VpcId=vpc, **names)
        off = {"EnableDnsSupport": {"Value": False}}
        assert refused(ec2.modify_vpc_attribute, VpcId=vpc, **off) == "InvalidParameterCombination"
        found = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
        assert found["EnableDnsHostnames"] == {"Value": True}

    def test_attributes_of_a_subnet_are_kept(self, ec2: Any, vpc: str) -> None:
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        public, names = {"MapPublicIpOnLaunch": {"Value": True}}, {"PrivateDnsHostnameTypeOnLaunch": "resource-name"}
        assert refused(ec2.modify_subnet_attribute, SubnetId=subnet, **public, **names) == "InvalidParameterCombination"
        for one in (
            public,
            names,
            {"EnableResourceNameDnsARecordOnLaunch": {"Value": True}},
            {"EnableResourceNameDnsAAAARecordOnLaunch": {"Value": True}},
            {"EnableDns64": {"Value": True}},
        ):
            ec2.modify_subnet_attribute(SubnetId=subnet, **one)
        found = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]
        assert found["MapPublicIpOnLaunch"] is True
        assert found["EnableDns64"] is True
        assert found["PrivateDnsNameOptionsOnLaunch"] == {
            "HostnameType": "resource-name",
            "EnableResourceNameDnsARecord": True,
            "EnableResourceNameDnsAAAARecord": True,
        }


def test_a_subnet_is_no_default_one(ec2: Any, vpc: str) -> None:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1a")["Subnet"]
    found = ec2.describe_subnets(SubnetIds=[made["SubnetId"]])["Subnets"][0]
    assert [one["MapPublicIpOnLaunch"] for one in (made, found)] == [False, False]
    assert [one["DefaultForAz"] for one in (made, found)] == [False, False]


def test_a_subnet_with_an_interface_stays(ec2: Any, vpc: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    assert refused(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    ec2.delete_network_interface(NetworkInterfaceId=interface)
    ec2.delete_subnet(SubnetId=subnet)


class TestSecurityGroup:
    @pytest.fixture
    def group(self, ec2: Any, vpc: str) -> str:
        return str(ec2.create_security_group(GroupName="one", Description="one", VpcId=vpc)["GroupId"])

    def test_the_default_one_cannot_be_deleted(self, ec2: Any, vpc: str) -> None:
        default = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        assert refused(ec2.delete_security_group, GroupId=default) == "CannotDelete"

    def test_one_that_another_refers_to_stays(self, ec2: Any, vpc: str, group: str) -> None:
        other = ec2.create_security_group(GroupName="two", Description="two", VpcId=vpc)["GroupId"]
        pair = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": group}]}]
        ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=pair)
        assert refused(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
        ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=pair)
        ec2.delete_security_group(GroupId=group)

    def test_one_that_refers_to_itself_goes(self, ec2: Any, group: str) -> None:
        pair = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=pair)
        ec2.delete_security_group(GroupId=group)

    def test_one_that_an_interface_has_stays(self, ec2: Any, vpc: str, group: str) -> None:
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        ec2.create_network_interface(SubnetId=subnet, Groups=[group])
        assert refused(ec2.delete_security_group, GroupId=group) == "DependencyViolation"

    def test_names_like_ids_and_rules_without_ports_are_refused(self, ec2: Any, vpc: str, group: str) -> None:
        name = {"GroupName": "sg-mine", "Description": "a", "VpcId": vpc}
        assert refused(ec2.create_security_group, **name) == "InvalidParameterValue"
        rule = [{"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
        call = ec2.authorize_security_group_ingress
        assert refused(call, GroupId=group, IpPermissions=rule) == "InvalidParameterValue"

    @pytest.mark.parametrize(
        ("rule", "code"),
        [
            ({"IpProtocol": "all"}, "InvalidParameterValue"),
            ({"IpProtocol": "256"}, "InvalidParameterValue"),
            ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 80}, "InvalidParameterValue"),
            ({"IpProtocol": "17", "FromPort": 1, "ToPort": 65536}, "InvalidPermission.Malformed"),
            ({"IpProtocol": "tcp", "FromPort": -1, "ToPort": 80}, "InvalidPermission.Malformed"),
            ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": 4}, "InvalidParameterValue"),
            ({"IpProtocol": "icmp", "FromPort": 256, "ToPort": -1}, "InvalidParameterValue"),
        ],
    )
    def test_wrong_rules_are_refused(self, ec2: Any, group: str, rule: dict[str, Any], code: str) -> None:
        wanted = [rule | {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
        for call in (ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress):
            assert refused(call, GroupId=group, IpPermissions=wanted) == code

    def test_a_permission_twice_in_one_call_is_refused(self, ec2: Any, group: str) -> None:
        tcp = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2}
        ends = [{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "10.1.0.0/8", "Description": "the same"}]
        ingress, egress = ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress
        for call in (ingress, egress):
            apart = [tcp | {"IpRanges": [end]} for end in ends]
            assert refused(call, GroupId=group, IpPermissions=apart) == "InvalidParameterValue"
            assert refused(call, GroupId=group, IpPermissions=[tcp | {"IpRanges": ends}]) == "InvalidParameterValue"
        assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []
        other = [tcp | {"IpRanges": ends[:1]}, tcp | {"IpProtocol": "udp", "IpRanges": ends[:1]}]
        ingress(GroupId=group, IpPermissions=other)

    def test_a_rule_is_refused_twice(self, ec2: Any, group: str) -> None:
        rule = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule)
        call = ec2.authorize_security_group_ingress
        assert refused(call, GroupId=group, IpPermissions=rule) == "InvalidPermission.Duplicate"
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule)
        call = ec2.revoke_security_group_ingress
        assert refused(call, GroupId=group, IpPermissions=rule) == "InvalidPermission.NotFound"

    def test_a_new_one_lets_everything_out(self, ec2: Any, group: str) -> None:
        found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        assert found["IpPermissions"] == []
        assert [rule["IpProtocol"] for rule in found["IpPermissionsEgress"]] == ["-1"]


class TestGatewayAndAddress:
    def test_an_address_is_none_of_this_machine(self, client: Any) -> None:
        ec2 = client("ec2", "eu-west-1")
        tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "a", "Value": "b"}]}]
        made = ec2.allocate_address(TagSpecifications=tags)
        found = ec2.describe_addresses()["Addresses"][0]
        for one in (made, found):
            assert ip_address(one["PublicIp"]) in ip_network("198.18.0.0/17")
            assert (one["Domain"], one["PublicIpv4Pool"], one["NetworkBorderGroup"]) == ("vpc", "amazon", "eu-west-1")
        assert ec2.describe_tags()["Tags"][0]["ResourceType"] == "elastic-ip"

    def test_a_vpc_has_one_gateway_and_a_gateway_one_vpc(self, ec2: Any, vpc: str) -> None:
        one, other = (ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"] for _ in range(2))
        ec2.attach_internet_gateway(InternetGatewayId=one, VpcId=vpc)
        call = ec2.attach_internet_gateway
        assert refused(call, InternetGatewayId=other, VpcId=vpc) == "InvalidParameterValue"
        assert refused(call, InternetGatewayId=one, VpcId=vpc) == "Resource.AlreadyAssociated"
        assert refused(ec2.detach_internet_gateway, InternetGatewayId=other, VpcId=vpc) == "Gateway.NotAttached"

    def test_an_address_in_use_holds_itself_and_the_gateway(self, ec2: Any, vpc: str) -> None:
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
        address = ec2.allocate_address()
        assert address["Domain"] == "vpc"
        used = ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=interface)
        call, name = ec2.release_address, {"AllocationId": address["AllocationId"]}
        assert refused(call, **name) == "InvalidIPAddress.InUse"
        assert refused(ec2.detach_internet_gateway, InternetGatewayId=gateway, VpcId=vpc) == "DependencyViolation"
        ec2.disassociate_address(AssociationId=used["AssociationId"])
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        ec2.release_address(**name)
        assert refused(call, **name) == "InvalidAllocationID.NotFound"
