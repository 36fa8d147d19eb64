"""Plans made by hand, for tests of what shows or judges them."""

from __future__ import annotations

from typing import Any

from provisioner.model.change import Action, Because, Change, Diff, Drift, Edit, Fate, Reason, Undo, UndoLabel
from provisioner.model.finding import Finding, Level, Obligation, Verdict
from provisioner.model.place import Place
from provisioner.model.plan import Known, Plan, Proposal, Step, Verb
from provisioner.model.resource import Observed, Resource
from provisioner.model.resource_type import EffectKind
from provisioner.model.snapshot import Blindspot
from provisioner.model.source import Source
from provisioner.model.value import ABSENT, Interpolation, Map, Path, Reference, Value, freeze

AWS = Place("aws-main", "aws", "123456789012", "eu-west-1")
AZURE = Place("azure-main", "azure", "5f1c9a52-7b1e-4a57-9e0a-0c4f2f3f8f11", "westeurope")
GCP = Place("gcp-main", "gcp", "acme-prod", "europe-west1", "europe-west1-b")
FILE = "blueprints/bootstrap/blueprint.yaml.j2"
DIGEST = "sha256:3f2a9c1b6d5e4f708192a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8"


def at(line: int) -> Source:
    """A line of the blueprint."""
    return Source(FILE, line)


def resource(address: str, type_name: str, place: Place, line: int, body: dict[str, Any], **within: Value) -> Resource:
    """A wanted resource whose properties stand on the lines after its own."""
    lines = tuple(((key,), at(line + 2 + index)) for index, key in enumerate(body))
    return Resource(address, type_name, place, freeze(body), Map(within), source=at(line), lines=lines)


def create(want: Resource, reason: Reason = Reason.NEW, message: str = "it is new in the blueprint") -> Change:
    """A create of what is wanted."""
    because = (Because(reason, message, source=want.source),)
    return Change(
        want.address,
        want.type,
        want.place,
        Action.CREATE,
        f"uid-{want.address}",
        1,
        because,
        want=want,
        source=want.source,
    )


def edit(path: Path, before: Value, after: Value, line: int = 0, **more: Any) -> Edit:
    """One property."""
    return Edit(path, freeze(before), freeze(after), source=at(line) if line else None, **more)


def changed(
    action: Action,
    want: Resource,
    identity: str,
    edits: tuple[Edit, ...],
    undo: Undo,
    because: Because,
    order: str = "",
) -> Change:
    """A change of an object that exists."""
    have = Observed(want.type, want.place, identity)
    return Change(
        want.address,
        want.type,
        want.place,
        action,
        f"uid-{want.address}",
        1,
        (because,),
        Diff(edits),
        undo,
        want,
        have,
        want.source,
        order,
    )


def _creates() -> tuple[Change, ...]:
    vpc = Reference("vpc", ("VpcId",))
    return (
        create(
            resource(
                "web-ip",
                "compute.googleapis.com/Address",
                GCP,
                70,
                {"name": "prod-web", "addressType": "EXTERNAL", "description": "café ☕"},
                region="europe-west1",
            )
        ),
        create(
            resource(
                "subnet-a",
                "AWS::EC2::Subnet",
                AWS,
                12,
                {
                    "VpcId": vpc,
                    "AvailabilityZone": "eu-west-1a",
                    "CidrBlock": "10.0.0.0/24",
                    "Tags": [{"Key": "Name", "Value": "prod-a"}, {"Key": "team", "Value": "platform"}],
                },
            ),
            Reason.MISSING,
            "subnet-0a1b2c3d no longer exists; it was deleted outside orch",
        ),
        create(
            resource(
                "web-nsg",
                "Microsoft.Network/networkSecurityGroups",
                AZURE,
                40,
                {
                    "location": "westeurope",
                    "tags": {"env": "prod"},
                    "properties": {
                        "securityRules": [
                            {
                                "name": "https",
                                "properties": {
                                    "access": "Allow",
                                    "direction": "Inbound",
                                    "priority": 100,
                                    "protocol": "Tcp",
                                    "sourceAddressPrefix": Interpolation((Reference("web-ip", ("address",)), "/32")),
                                    "destinationPortRange": "443",
                                },
                            },
                            {
                                "name": "ssh",
                                "properties": {
                                    "access": "Allow",
                                    "direction": "Inbound",
                                    "priority": 110,
                                    "protocol": "Tcp",
                                    "sourceAddressPrefix": "Internet",
                                    "destinationPortRange": "22",
                                },
                            },
                        ]
                    },
                },
                name="prod-web",
                scope=Reference("rg"),
            )
        ),
    )


def sample() -> Plan:
    """One plan with all that a plan can have: three clouds, every action, references, drift, findings, blindspots."""
    changes = (
        Change(
            "rg",
            "Microsoft.Resources/resourceGroups",
            AZURE,
            Action.NOOP,
            "uid-rg",
            1,
            have=Observed("Microsoft.Resources/resourceGroups", AZURE, "/subscriptions/5f1c/resourceGroups/prod"),
            source=at(36),
        ),
        *_creates(),
        changed(
            Action.UPDATE,
            resource(
                "web-sg",
                "AWS::EC2::SecurityGroup",
                AWS,
                21,
                {"GroupDescription": "web servers", "SecurityGroupIngress": [], "Tags": []},
            ),
            "sg-0f9e8d7c6b5a41234",
            (
                edit(
                    ("SecurityGroupIngress", 0, "CidrIp"),
                    "0.0.0.0/0",
                    Interpolation((Reference("web-ip", ("address",)), "/32")),
                    26,
                    reason=Reason.DRIFT,
                ),
                edit(
                    ("SecurityGroupIngress", 1),
                    ABSENT,
                    {
                        "IpProtocol": "tcp",
                        "FromPort": 8443,
                        "ToPort": 8443,
                        "CidrIp": "10.0.0.0/8",
                        "Description": "inside",
                    },
                    30,
                ),
                edit(("Tags", 0, "Value"), "prod-web", "prod-web-servers", 24),
                edit(("Tags", 1), {"Key": "owner", "Value": "nobody"}, ABSENT, reason=Reason.REMOVED),
            ),
            Undo(UndoLabel.EXACT),
            Because(Reason.WANTED, "the blueprint says something else than was last applied"),
        ),
        changed(
            Action.REPLACE,
            resource(
                "net", "compute.googleapis.com/Network", GCP, 60, {"name": "prod-net", "autoCreateSubnetworks": False}
            ),
            "projects/acme-prod/global/networks/prod-net",
            (edit(("autoCreateSubnetworks",), True, False, 62, effect=EffectKind.REPLACE),),
            Undo(UndoLabel.LOSSY, "its selfLinkWithId changes, and so does everything that kept the old one"),
            Because(
                Reason.CREATE_ONLY,
                "autoCreateSubnetworks can only be set at creation",
                ("autoCreateSubnetworks",),
                at(62),
            ),
            "delete_first",
        ),
        changed(
            Action.UPDATE,
            resource("db-password", "Microsoft.KeyVault/vaults/secrets", AZURE, 90, {"properties": {"value": "new"}}),
            "/subscriptions/5f1c/vaults/v/secrets/db",
            (edit(("properties", "value"), "hunter2", "hunter3", 92, redacted=True),),
            Undo(UndoLabel.IMPOSSIBLE, "the former value is not kept"),
            Because(Reason.WANTED, "the blueprint says something else than was last applied"),
        ),
        Change(
            "legacy-assets",
            "AWS::S3::Bucket",
            AWS,
            Action.DELETE,
            "uid-legacy",
            1,
            (Because(Reason.REMOVED, f"its entry has left the blueprint (it was at {FILE}:88)", source=at(88)),),
            undo=Undo(UndoLabel.IMPOSSIBLE, "the objects in it are gone for good"),
            have=Observed("AWS::S3::Bucket", AWS, "acme-legacy-assets"),
            source=at(88),
        ),
        Change(
            "old-logs",
            "AWS::S3::Bucket",
            AWS,
            Action.FORGET,
            "uid-logs",
            1,
            (Because(Reason.REMOVED, "its entry has left the blueprint and asks to be retained", source=at(89)),),
            have=Observed("AWS::S3::Bucket", AWS, "acme-logs"),
            source=at(89),
            retain=True,
        ),
    )
    return Plan(
        stack="bootstrap",
        environment="prod",
        lineage="abcdefghijklmnopqrstuvwxyz",
        created="2026-11-24T10:01:22Z",
        serial=7,
        places=(AWS, AZURE, GCP),
        changes=changes,
        steps=tuple(
            Step(f"s{index}", Verb.CREATE, c.address, c.type, c.place, c.uid, 1) for index, c in enumerate(changes[1:])
        ),
        knowns=(Known("rg", "uid-rg", "/subscriptions/5f1c/resourceGroups/prod"),),
        drift=(
            Drift(
                "web-sg",
                "AWS::EC2::SecurityGroup",
                AWS,
                "sg-0f9e8d7c6b5a41234",
                Diff((edit(("SecurityGroupIngress", 0, "CidrIp"), "10.0.0.0/8", "0.0.0.0/0"),)),
                fate=Fate.REVERTED,
                source=at(21),
            ),
            Drift("subnet-a", "AWS::EC2::Subnet", AWS, "subnet-0a1b2c3d", gone=True, fate=Fate.REVERTED, source=at(12)),
            Drift(
                "rg",
                "Microsoft.Resources/resourceGroups",
                AZURE,
                "/subscriptions/5f1c/resourceGroups/prod",
                Diff((edit(("tags", "cost"), ABSENT, "42"),)),
                source=at(36),
            ),
        ),
        blindspots=(
            Blindspot(
                GCP,
                "compute.googleapis.com/Firewall",
                "Required 'compute.firewalls.list' permission for 'projects/acme-prod'",
                code="403",
                request_id="9f2c",
            ),
        ),
        verdict=Verdict(
            (
                Finding(
                    "baseline/bucket-blocks-public-access",
                    Level.ADVISORY,
                    "high",
                    "old-logs",
                    "the bucket or account does not shut the public out",
                    source=at(89),
                ),
                Finding(
                    "baseline/ssh-from-anywhere",
                    Level.MANDATORY,
                    "critical",
                    "web-nsg",
                    "SSH (port 22) is open to the whole internet (properties.securityRules[1])",
                    "Allow the port from the addresses that need it only (an office, a bastion, a VPN).",
                    at(47),
                ),
            ),
            (
                Obligation(
                    "baseline/ssh-from-anywhere",
                    "web-sg",
                    (("SecurityGroupIngress", 0, "CidrIp"),),
                    "reads SecurityGroupIngress[0].CidrIp, known only after apply",
                ),
            ),
            ("baseline@c39390e8c1b5",),
            5,
        ),
        outputs=Map({"vpc_id": Reference("vpc", ("VpcId",)), "group": Reference("rg"), "region": "eu-west-1"}),
        outputs_before=Map({"region": "eu-west-1"}),
        proposals=(
            Proposal(
                "adopt",
                "sg-77 carries this project's mark, but stands in no ledger of it",
                "adopt: sg-77",
                "AWS::EC2::SecurityGroup",
                "sg-77",
            ),
            Proposal(
                "move",
                "old-subnet would be deleted, and subnet-a created just like it",
                "moved_from: old-subnet",
                "AWS::EC2::Subnet",
                "subnet-0",
                "subnet-a",
                at(12),
            ),
        ),
        notes=("Tags.owner of web-sg was left as it is: there is no default to go back to",),
    )


def many(count: int) -> Plan:
    """A plan of ``count`` changes, a tenth of them updates."""
    changes = []
    for index in range(count):
        want = resource(
            f"subnet-{index}",
            "AWS::EC2::Subnet",
            AWS,
            index + 1,
            {"CidrBlock": f"10.{index % 256}.0.0/24", "Tags": [{"Key": "Name", "Value": f"n{index}"}]},
        )
        if index % 10:
            changes.append(create(want))
        else:
            edits = (edit(("CidrBlock",), "10.0.0.0/25", f"10.{index % 256}.0.0/24", index + 3),)
            changes.append(
                changed(
                    Action.UPDATE,
                    want,
                    f"subnet-{index:08x}",
                    edits,
                    Undo(UndoLabel.EXACT),
                    Because(Reason.WANTED, "wanted"),
                )
            )
    steps = tuple(
        Step(f"s{index}", Verb.CREATE, c.address, c.type, c.place, c.uid, 1) for index, c in enumerate(changes)
    )
    return Plan("big", "prod", "lineage", "2026-11-24T10:01:22Z", places=(AWS,), changes=tuple(changes), steps=steps)
