"""Cloud Control in the AWS sandbox: its operations and refusals, and that its objects are those of the services."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from providers.aws.sandbox.cloud_control.patches import PatchError, patched
from providers.kit.server import HOSTILE, Rule
from tests import sandboxes

BUS = "AWS::Events::EventBus"
TAGS = [{"Key": "team", "Value": "a"}]
TIMED = {"FlexibleTimeWindow": {"Mode": "OFF"}, "ScheduleExpression": "rate(1 hour)"}
TARGET = {"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/r"}


class Control:
    """Cloud Control through plain boto3, and waiting for it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def create(self, kind: str, **want: Any) -> str:
        """The identifier of a resource that is there now."""
        done = self.done(self.client.create_resource(TypeName=kind, DesiredState=json.dumps(want)))
        assert done["OperationStatus"] == "SUCCESS", done
        return str(done["Identifier"])

    def done(self, answer: Any) -> dict[str, Any]:
        """The last event of an operation."""
        event: dict[str, Any] = answer["ProgressEvent"]
        for _ in range(9):
            if event["OperationStatus"] not in ("PENDING", "IN_PROGRESS"):
                return event
            token = event["RequestToken"]
            event = self.client.get_resource_request_status(RequestToken=token)["ProgressEvent"]
        raise AssertionError(f"it does not end: {event}")

    def get(self, kind: str, identifier: str) -> dict[str, Any]:
        found = self.client.get_resource(TypeName=kind, Identifier=identifier)["ResourceDescription"]
        properties: dict[str, Any] = json.loads(found["Properties"])
        return properties

    def patch(self, kind: str, identifier: str, *operations: dict[str, Any]) -> Any:
        document = json.dumps(operations)
        return self.client.update_resource(TypeName=kind, Identifier=identifier, PatchDocument=document)

    def delete(self, kind: str, identifier: str) -> dict[str, Any]:
        return self.done(self.client.delete_resource(TypeName=kind, Identifier=identifier))

    def identifiers(self, kind: str, **model: str) -> set[str]:
        more = {"ResourceModel": json.dumps(model)} if model else {}
        pages = self.client.get_paginator("list_resources").paginate(TypeName=kind, **more)
        return {item["Identifier"] for page in pages for item in page["ResourceDescriptions"]}


@pytest.fixture
def control(client: Any) -> Control:
    return Control(client("cloudcontrol"))


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def put(path: str, value: Any, op: str = "add") -> dict[str, Any]:
    return {"op": op, "path": path, "value": value}


# --- every type -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Life:
    """A type: how it is made, what is changed of it, and how the service itself lists the identifiers."""

    type: str
    want: dict[str, Any]
    listed: Callable[[Any, dict[str, Any]], list[str]]
    change: dict[str, Any] | None = None
    needs: Callable[[Any, Control], dict[str, Any]] = lambda _client, _control: {}
    within: tuple[str, ...] = ()
    secret: tuple[str, ...] = ()


def _bus(client: Any, control: Control) -> dict[str, Any]:
    control.create(BUS, Name="orders")
    return {"SourceArn": client("events").describe_event_bus(Name="orders")["Arn"]}


def _pool(client: Any, control: Control) -> dict[str, Any]:
    return {"UserPoolId": client("cognito-idp").create_user_pool(PoolName="p")["UserPool"]["Id"]}


def _group(client: Any, _control: Control) -> dict[str, Any]:
    client("logs").create_log_group(logGroupName="/app")
    return {"LogGroupName": "/app"}


def _vpc(client: Any, _control: Control) -> dict[str, Any]:
    return {"VpcId": client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]}


def _lists(service: str, method: str, key: str, name: str, **asked: Any) -> Callable[[Any, dict[str, Any]], list[str]]:
    def listed(client: Any, _model: dict[str, Any]) -> list[str]:
        return [str(item[name]) for item in getattr(client(service), method)(**asked)[key]]

    return listed


LIVES = [
    Life(
        BUS,
        {"Name": "b", "Description": "d", "Tags": TAGS},
        _lists("events", "list_event_buses", "EventBuses", "Name"),
        {"Description": "e", "Tags": [{"Key": "team", "Value": "b"}]},
    ),
    Life(
        "AWS::Events::Archive",
        {"EventPattern": {"source": ["shop"]}, "RetentionDays": 3},
        _lists("events", "list_archives", "Archives", "ArchiveName"),
        {"RetentionDays": 5, "Description": "d"},
        _bus,
    ),
    Life(
        "AWS::Events::Connection",
        {
            "AuthorizationType": "BASIC",
            "AuthParameters": {"BasicAuthParameters": {"Username": "u", "Password": "first-word"}},
        },
        _lists("events", "list_connections", "Connections", "Name"),
        {"AuthParameters": {"BasicAuthParameters": {"Username": "v", "Password": "other-word"}}},
        secret=("AuthParameters", "BasicAuthParameters", "Password"),
    ),
    Life(
        "AWS::Scheduler::ScheduleGroup",
        {"Name": "g", "Tags": TAGS},
        _lists("scheduler", "list_schedule_groups", "ScheduleGroups", "Name"),
        {"Tags": []},
    ),
    Life(
        "AWS::Scheduler::Schedule",
        {**TIMED, "Target": {**TARGET, "RetryPolicy": {"MaximumRetryAttempts": 1}}},
        _lists("scheduler", "list_schedules", "Schedules", "Name"),
        {"State": "DISABLED", "Description": "d"},
    ),
    Life(
        "AWS::Athena::WorkGroup",
        {"Name": "w", "Description": "d", "Tags": TAGS, "RecursiveDeleteOption": True},
        _lists("athena", "list_work_groups", "WorkGroups", "Name"),
        {"State": "DISABLED", "Tags": []},
        secret=("RecursiveDeleteOption",),
    ),
    Life(
        "AWS::Athena::NamedQuery",
        {"Database": "d", "QueryString": "SELECT 1"},
        lambda client, _: client("athena").list_named_queries(WorkGroup="primary")["NamedQueryIds"],
    ),
    Life(
        "AWS::Backup::BackupVault",
        {"BackupVaultName": "vault", "BackupVaultTags": {"team": "a"}, "LockConfiguration": {"MinRetentionDays": 7}},
        _lists("backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"),
        {"BackupVaultTags": {"team": "b"}},
    ),
    Life(
        "AWS::Glue::Database",
        {"CatalogId": "123456789012", "DatabaseInput": {"Description": "d"}},
        _lists("glue", "get_databases", "DatabaseList", "Name"),
        {"DatabaseInput": {"Description": "e"}},
    ),
    Life(
        "AWS::Cognito::UserPool",
        {"UserPoolName": "p", "AutoVerifiedAttributes": ["email"], "UserPoolTags": {"team": "a"}},
        _lists("cognito-idp", "list_user_pools", "UserPools", "Id", MaxResults=10),
        {"UserPoolName": "q", "MfaConfiguration": "OPTIONAL"},
    ),
    Life(
        "AWS::Cognito::UserPoolGroup",
        {"Precedence": 3},
        lambda client, model: [
            f"{each['UserPoolId']}|{each['GroupName']}"
            for each in client("cognito-idp").list_groups(UserPoolId=model["UserPoolId"])["Groups"]
        ],
        {"Precedence": 0, "Description": "d"},
        _pool,
        ("UserPoolId",),
    ),
    Life(
        "AWS::IoT::Thing",
        {"AttributePayload": {"Attributes": {"room": "1"}}},
        _lists("iot", "list_things", "things", "thingName"),
        {"AttributePayload": {"Attributes": {"floor": "2"}}},
    ),
    Life(
        "AWS::WAFv2::IPSet",
        {"Scope": "REGIONAL", "IPAddressVersion": "IPV4", "Addresses": ["10.0.0.0/8"], "Tags": TAGS},
        lambda client, _: [
            f"{each['Name']}|{each['Id']}|REGIONAL" for each in client("wafv2").list_ip_sets(Scope="REGIONAL")["IPSets"]
        ],
        {"Addresses": [], "Description": "nothing now"},
        within=("Scope",),
    ),
    Life(
        "AWS::Logs::LogStream",
        {"LogStreamName": "s"},
        lambda client, _: [
            f"/app|{each['logStreamName']}"
            for each in client("logs").describe_log_streams(logGroupName="/app")["logStreams"]
        ],
        needs=_group,
        within=("LogGroupName",),
    ),
    Life(
        "AWS::EC2::PrefixList",
        {
            "PrefixListName": "p",
            "AddressFamily": "IPv4",
            "MaxEntries": 3,
            "Entries": [{"Cidr": "10.0.0.0/8", "Description": "d"}],
            "Tags": TAGS,
        },
        _lists("ec2", "describe_managed_prefix_lists", "PrefixLists", "PrefixListId"),
        {"Entries": [{"Cidr": "10.1.0.0/16"}], "Tags": [{"Key": "team", "Value": "b"}]},
    ),
    Life(
        "AWS::EC2::EgressOnlyInternetGateway",
        {"Tags": TAGS},
        _lists(
            "ec2",
            "describe_egress_only_internet_gateways",
            "EgressOnlyInternetGateways",
            "EgressOnlyInternetGatewayId",
        ),
        {"Tags": []},
        _vpc,
    ),
    Life(
        "AWS::EC2::CustomerGateway",
        {"Type": "ipsec.1", "IpAddress": "192.0.2.1", "BgpAsn": 65010, "Tags": TAGS},
        lambda client, _: [
            each["CustomerGatewayId"]
            for each in client("ec2").describe_customer_gateways()["CustomerGateways"]
            if each["State"] != "deleted"
        ],
        {"Tags": []},
    ),
    Life(
        "AWS::AppSync::GraphQLApi",
        {"Name": "a", "AuthenticationType": "API_KEY", "Tags": TAGS},
        _lists("appsync", "list_graphql_apis", "graphqlApis", "arn"),
        {"Name": "b", "XrayEnabled": True},
    ),
    Life(
        "AWS::AppConfig::Application",
        {"Name": "a", "Description": "d", "Tags": TAGS},
        lambda client, model: [client("appconfig").get_application(ApplicationId=model["ApplicationId"])["Id"]],
        {"Name": "b", "Tags": []},
    ),
]


@pytest.mark.parametrize("life", LIVES, ids=[life.type for life in LIVES])
def test_a_life(client: Any, control: Control, life: Life) -> None:
    """Made, seen by the service, read, changed in place, deleted; what is only written is never read."""
    want = life.needs(client, control) | life.want
    within = {name: want[name] for name in life.within}
    identifier = control.create(life.type, **want)
    found = control.get(life.type, identifier)
    assert identifier in life.listed(client, found)
    assert identifier in control.identifiers(life.type, **within)
    assert _contained(_without(want, life.secret), found)
    assert "first-word" not in json.dumps(found)
    if life.change:
        patch = [put(f"/{name}", value) for name, value in life.change.items()]
        assert control.done(control.patch(life.type, identifier, *patch))["OperationStatus"] == "SUCCESS"
        assert _contained(_without(want | life.change, life.secret), control.get(life.type, identifier))
        assert identifier in life.listed(client, found)
    else:
        assert refused(control.patch, kind=life.type, identifier=identifier)[0] == "UnsupportedActionException"
    assert control.delete(life.type, identifier)["OperationStatus"] == "SUCCESS"
    assert identifier not in control.identifiers(life.type, **within)
    assert refused(control.get, kind=life.type, identifier=identifier)[0] == "ResourceNotFoundException"


def _contained(want: Any, found: Any) -> bool:
    """Whether all that is wanted is found; beside it there may be what the service adds."""
    if isinstance(want, dict):
        return all(_contained(value, (found or {}).get(name)) for name, value in want.items())
    return bool(want == found or (not want and not found))


def _without(want: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    if not path:
        return want
    name, rest = path[0], path[1:]
    return {key: _without(value, rest) if key == name else value for key, value in want.items() if rest or key != name}


# --- operations -----------------------------------------------------------------------------------------------------------


def test_an_operation_is_under_way_before_it_ends(client: Any, control: Control) -> None:
    cc = control.client
    first = cc.create_resource(TypeName=BUS, DesiredState='{"Name": "b"}')["ProgressEvent"]
    assert (first["TypeName"], first["Operation"], first["OperationStatus"]) == (BUS, "CREATE", "IN_PROGRESS")
    assert first["Identifier"] == "b"
    assert first["RetryAfter"] > first["EventTime"]
    token = first["RequestToken"]
    states = [cc.get_resource_request_status(RequestToken=token)["ProgressEvent"]["OperationStatus"] for _ in range(3)]
    assert states == ["IN_PROGRESS", "SUCCESS", "SUCCESS"]
    assert "b" in [bus["Name"] for bus in client("events").list_event_buses()["EventBuses"]]
    assert refused(cc.get_resource_request_status, RequestToken="none")[0] == "RequestTokenNotFoundException"


def test_an_identifier_that_the_service_makes_is_told_at_the_end(control: Control) -> None:
    asked = control.client.create_resource(TypeName="AWS::Cognito::UserPool", DesiredState="{}")
    assert "Identifier" not in asked["ProgressEvent"]
    assert control.done(asked)["Identifier"].startswith("us-east-1_")


def test_a_client_token_stands_for_one_operation(control: Control) -> None:
    create = {"TypeName": "AWS::AppConfig::Application", "DesiredState": '{"Name": "a"}', "ClientToken": "t"}
    first = control.client.create_resource(**create)["ProgressEvent"]
    again = control.client.create_resource(**create)["ProgressEvent"]
    assert again["RequestToken"] == first["RequestToken"]
    identifier = control.done({"ProgressEvent": first})["Identifier"]
    ended = control.client.create_resource(**create)["ProgressEvent"]
    assert (ended["OperationStatus"], ended["Identifier"]) == ("SUCCESS", identifier)
    assert control.identifiers("AWS::AppConfig::Application") == {identifier}
    other = create | {"DesiredState": '{"Name": "b"}'}
    assert refused(control.client.create_resource, **other)[0] == "ClientTokenConflictException"


def test_a_second_operation_on_a_resource_has_to_wait(control: Control) -> None:
    control.create(BUS, Name="b")
    control.patch(BUS, "b", put("/Description", "d"))
    code, words = refused(control.delete, kind=BUS, identifier="b")
    assert code == "ConcurrentOperationException"
    assert "is in progress" in words
    assert (
        control.delete(BUS, "b")["OperationStatus"] == "SUCCESS"
    )  # nobody asks for the first one's status: it ends too


def test_what_a_handler_fails_with_is_an_event(control: Control) -> None:
    control.create(BUS, Name="b")
    asked = control.client.create_resource(TypeName=BUS, DesiredState='{"Name": "b"}')
    assert asked["ProgressEvent"]["OperationStatus"] == "IN_PROGRESS"
    failed = control.done(asked)
    assert (failed["OperationStatus"], failed["ErrorCode"], failed["Identifier"]) == ("FAILED", "AlreadyExists", "b")
    assert "already exists" in failed["StatusMessage"]
    gone = control.delete(BUS, "none")
    assert (gone["OperationStatus"], gone["ErrorCode"]) == ("FAILED", "NotFound")
    kept = control.delete("AWS::Athena::WorkGroup", "primary")
    assert (kept["ErrorCode"], kept["StatusMessage"]) == ("InvalidRequest", "The primary workgroup cannot be deleted.")
    source = {"SourceArn": "arn:aws:events:us-east-1:123456789012:event-bus/none"}
    made = control.client.create_resource(TypeName="AWS::Events::Archive", DesiredState=json.dumps(source))
    assert control.done(made)["ErrorCode"] == "NotFound"  # as moto says it


def test_operations_are_listed_and_canceled(control: Control) -> None:
    cc = control.client
    tokens = [
        cc.create_resource(TypeName=BUS, DesiredState=json.dumps({"Name": name}))["ProgressEvent"]["RequestToken"]
        for name in ("a", "b", "c")
    ]
    assert cc.cancel_resource_request(RequestToken=tokens[0])["ProgressEvent"]["OperationStatus"] == (
        "CANCEL_IN_PROGRESS"
    )
    pages = list(cc.get_paginator("list_resource_requests").paginate(PaginationConfig={"PageSize": 2}))
    assert [[each["RequestToken"] for each in page["ResourceRequestStatusSummaries"]] for page in pages] == [
        [tokens[2], tokens[1]],
        [tokens[0]],
    ]
    chosen = cc.list_resource_requests(ResourceRequestStatusFilter={"OperationStatuses": ["SUCCESS"]})
    assert {each["RequestToken"] for each in chosen["ResourceRequestStatusSummaries"]} == set(tokens[1:])
    none = cc.list_resource_requests(ResourceRequestStatusFilter={"Operations": ["DELETE"]})
    assert none["ResourceRequestStatusSummaries"] == []
    assert refused(cc.cancel_resource_request, RequestToken=tokens[1])[0] == "ValidationException"
    assert refused(cc.cancel_resource_request, RequestToken="none")[0] == "RequestTokenNotFoundException"


def test_a_reset_forgets_the_operations(control: Control, fresh_aws: str) -> None:
    control.create(BUS, Name="b")
    sandboxes.reset(fresh_aws)
    assert control.client.list_resource_requests()["ResourceRequestStatusSummaries"] == []
    assert control.identifiers(BUS) == {"default"}


# --- refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "want", "code", "words"),
    [
        ("AWS::Events::Nothing", "{}", "TypeNotFoundException", "AWS::Events::Nothing"),
        ("AWS::CodeBuild::Project", "{}", "UnsupportedActionException", "does not support CREATE"),
        ("AWS::Panorama::Package", "{}", "NotImplemented", "sandbox"),
        (BUS, '{"Name": "b", "LogConfig": {}}', "NotImplemented", "holds no LogConfig"),
        (BUS, "{}", "ValidationException", "Model validation failed"),
        (BUS, '{"Name": "b", "Nmae": 1}', "ValidationException", "Nmae"),
        (BUS, '{"Name": "b", "Arn": "a"}', "ValidationException", "readOnlyProperties [/properties/Arn]"),
        (BUS, "[]", "ValidationException", "not a JSON object"),
        (BUS, "{", "ValidationException", "Invalid JSON"),
    ],
)
def test_what_is_refused_outright(control: Control, kind: str, want: str, code: str, words: str) -> None:
    said = refused(control.client.create_resource, TypeName=kind, DesiredState=want)
    assert said[0] == code
    assert words in said[1]
    assert control.client.list_resource_requests()["ResourceRequestStatusSummaries"] == []


@pytest.mark.parametrize(
    ("operations", "code", "words"),
    [
        ([put("/Name", "c")], "NotUpdatableException", "createOnlyProperties [/properties/Name]"),
        ([put("/Arn", "c")], "NotUpdatableException", "readOnlyProperties [/properties/Arn]"),
        ([put("/Nmae", "c")], "ValidationException", "Model validation failed"),
        ([{"op": "remove", "path": "/Name"}], "NotUpdatableException", "Name"),
        ([put("/KmsKeyIdentifier", "c", "replace")], "ValidationException", "there is nothing at 'KmsKeyIdentifier'"),
        ([put("/Tags/0/Value", "c", "test")], "ValidationException", "is another one"),
        ([put("/Tags/7", {}, "add")], "ValidationException", "there is nothing at '7'"),
        ([put("/Name", "b", "exchange")], "ValidationException", "exchange"),
    ],
)
def test_a_patch_that_is_refused_changes_nothing(
    control: Control, operations: list[dict[str, Any]], code: str, words: str
) -> None:
    control.create(BUS, Name="b", Tags=TAGS)
    before = control.get(BUS, "b")
    said = refused(lambda: control.patch(BUS, "b", put("/Description", "d"), *operations))
    assert said[0] == code
    assert words in said[1]
    assert control.get(BUS, "b") == before


def test_what_is_only_written_is_only_added(control: Control) -> None:
    """The model that a patch is applied to is the one that is read; and what a schema requires a patch has to give."""
    kind, basic = "AWS::Events::Connection", "/AuthParameters/BasicAuthParameters"
    parameters = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}
    control.create(kind, Name="c", AuthorizationType="BASIC", AuthParameters=parameters)
    assert refused(control.patch, kind=kind, identifier="c")[0] == "ValidationException"  # it has no password
    said = refused(lambda: control.patch(kind, "c", put(f"{basic}/Password", "q", "replace")))
    assert said[0] == "ValidationException"
    done = control.done(control.patch(kind, "c", put("/Description", "d"), put(f"{basic}/Password", "q")))
    assert done["OperationStatus"] == "SUCCESS"
    assert control.get(kind, "c")["AuthParameters"] == {"BasicAuthParameters": {"Username": "u"}}


def test_a_resource_is_named_by_each_of_its_identifiers(control: Control) -> None:
    kind = "AWS::AppConfig::Application"
    identifier = control.create(kind, Name="a")
    for said in (identifier, json.dumps({"ApplicationId": identifier}), '{"Name": "a"}'):
        assert control.get(kind, said)["Name"] == "a"
    assert refused(control.get, kind=kind, identifier='{"Name": "b"}')[0] == "ResourceNotFoundException"
    assert refused(control.get, kind=kind, identifier='{"Description": "b"}')[0] == "ValidationException"
    wrong = refused(control.get, kind="AWS::WAFv2::IPSet", identifier="a|b")
    assert wrong[0] == "ValidationException"
    assert "[/properties/Name, /properties/Id, /properties/Scope]" in wrong[1]
    assert refused(control.patch, kind=BUS, identifier="none")[0] == "ResourceNotFoundException"


def test_lists_are_paged_and_say_what_they_need(control: Control) -> None:
    cc = control.client
    for name in "abcde":
        control.create(BUS, Name=name)
    first = cc.list_resources(TypeName=BUS, MaxResults=4)
    assert len(first["ResourceDescriptions"]) == 4
    assert {tuple(json.loads(each["Properties"])) for each in first["ResourceDescriptions"]} == {("Name",)}
    control.delete(BUS, "e")
    second = cc.list_resources(TypeName=BUS, MaxResults=4, NextToken=first["NextToken"])
    assert "NextToken" not in second
    both = first["ResourceDescriptions"] + second["ResourceDescriptions"]
    assert {each["Identifier"] for each in both} == {*"abcde", "default"}
    assert refused(cc.list_resources, TypeName=BUS, NextToken="none")[0] == "InvalidRequestException"
    code, words = refused(cc.list_resources, TypeName="AWS::Logs::LogStream")
    assert code == "InvalidRequestException"
    assert "required key [LogGroupName] not found" in words
    model = '{"LogGroupName": "/none"}'
    assert refused(cc.list_resources, TypeName="AWS::Logs::LogStream", ResourceModel=model)[0] == (
        "ResourceNotFoundException"
    )


# --- the endpoint ---------------------------------------------------------------------------------------------------------


def test_faults_come_as_they_do_everywhere(control: Control, fresh_aws: str) -> None:
    create = {"TypeName": BUS, "DesiredState": '{"Name": "b"}', "ClientToken": "t"}
    sandboxes.faults(fresh_aws, Rule("throttle", operation="^cloudcontrolapi:CreateResource "))
    assert refused(control.client.create_resource, **create)[0] == "ThrottlingException"
    sandboxes.faults(fresh_aws, Rule("lost", operation="^cloudcontrolapi:CreateResource "))
    with pytest.raises(ConnectionClosedError):
        control.client.create_resource(**create)
    assert control.done(control.client.create_resource(**create))["OperationStatus"] == "SUCCESS"
    assert control.identifiers(BUS) == {"b", "default"}
    assert "cloudcontrolapi:GetResourceRequestStatus" in sandboxes.operations(fresh_aws)


def test_a_hostile_mode_says_the_same_otherwise(control: Control, fresh_aws: str) -> None:
    tags = [{"Key": key, "Value": key} for key in "abcdefgh"]
    control.create(BUS, Name="b", Tags=tags)
    plain = control.get(BUS, "b")
    sandboxes.faults(fresh_aws, Rule(HOSTILE, seed=4))
    found = [control.get(BUS, "b") for _ in range(8)]
    unknown = [each.pop("PropertyOfALaterVersion", None) for each in found]
    assert len({json.dumps(each) for each in found}) > 1
    assert None in unknown
    assert set(unknown) > {None}
    for each in found:
        assert sorted(each.pop("Tags"), key=lambda tag: str(tag["Key"])) == tags
        assert each == {name: value for name, value in plain.items() if name != "Tags"}
    assert control.identifiers(BUS) == {"b", "default"}


# --- patches --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operations", "after"),
    [
        ([put("/a", 2)], {"a": 2, "b": [1, 2], "c/d~": {}}),
        ([put("a", 2)], {"a": 2, "b": [1, 2], "c/d~": {}}),
        ([put("/b/-", 3), put("/b/0", 0)], {"a": 1, "b": [0, 1, 2, 3], "c/d~": {}}),
        ([put("/b/0", 9, "replace")], {"a": 1, "b": [9, 2], "c/d~": {}}),
        ([{"op": "remove", "path": "/b/0"}, {"op": "remove", "path": "/a"}], {"b": [2], "c/d~": {}}),
        ([put("/c~1d~0/x", 1)], {"a": 1, "b": [1, 2], "c/d~": {"x": 1}}),
        ([{"op": "move", "from": "/a", "path": "/b/0"}], {"b": [1, 1, 2], "c/d~": {}}),
        ([{"op": "copy", "from": "/b", "path": "/a"}], {"a": [1, 2], "b": [1, 2], "c/d~": {}}),
        ([put("/a", 1, "test"), put("", {}, "replace")], {}),
    ],
)
def test_patches(operations: list[dict[str, Any]], after: Any) -> None:
    before = {"a": 1, "b": [1, 2], "c/d~": {}}
    assert patched(before, operations) == after
    assert before == {"a": 1, "b": [1, 2], "c/d~": {}}


@pytest.mark.parametrize(
    "operations",
    [
        {},
        ["add"],
        [{"op": "add", "path": "/a"}],
        [put("/x/y", 1)],
        [put("/b/4", 1)],
        [{"op": "remove", "path": "/b/2"}],
        [{"op": "remove", "path": ""}],
        [put("/a/b", 1)],
        [put("/a", 2, "test")],
    ],
)
def test_patches_that_cannot_be_applied(operations: Any) -> None:
    with pytest.raises(PatchError):
        patched({"a": 1, "b": [1, 2]}, operations)
