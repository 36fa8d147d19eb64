"""Tables of Lambda, where they are more than names: code that is packed, configuration that is taken off again, permissions and
layers that have no name of the user's."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from aws_lives import changed, finished, made
from aws_rig import TOKEN, Aws

from providers.aws.terms import Frame
from providers.aws.types.lambda_functions import FUNCTION
from providers.aws.types.lambda_grants import LAYER_VERSION
from providers.aws.types.lambda_names import short
from providers.aws.types.lambda_sources import EVENT_SOURCE_MAPPING
from provisioner.engine import Engine
from provisioner.model.change import Action
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.plan import Plan
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.run import RunStatus
from provisioner.model.source import Source
from provisioner.model.stack import Stack
from provisioner.model.value import Map, Reference, Secret, freeze
from provisioner.planner.diff import diff
from provisioner.registry import Registry
from provisioner.state import container
from provisioner.state.sqlite import SqliteBackend
from provisioner.vault import Vault
from tests.memory_stack import FastClock

KIND, PERMISSION, LAYER = "AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Lambda::LayerVersion"
MAPPING = "AWS::Lambda::EventSourceMapping"
ROLE = "arn:aws:iam::123456789012:role/orch"
BASE = {"Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE, "Code": {"ZipFile": "x = 1\n"}}
PLACE = Place("aws", "aws", "123456789012", region="eu-west-1")


# --- code -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("runtime", "file"), [("python3.12", "index.py"), ("nodejs22.x", "index.js")])
def test_source_text_is_packed_as_one_file_and_always_the_same(runtime: str, file: str) -> None:
    frame = Frame(PLACE, want=freeze({**BASE, "Runtime": runtime}))
    packed = FUNCTION.create.parameters(frame)["Code"]["ZipFile"]
    assert packed == FUNCTION.create.parameters(frame)["Code"]["ZipFile"]
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == [file]
        assert archive.read(file) == b"x = 1\n"
        assert archive.getinfo(file).external_attr >> 16 == 0o644, "Lambda's user has to be able to read it"


def test_new_code_is_a_change_in_place_and_the_same_is_none(aws: Aws) -> None:
    want, have = made(aws, KIND, BASE)
    assert not aws.diff(want, have, want.body)
    aws.calls()
    changed(aws, have, aws.again(want, Code=Map(ZipFile="x = 2\n")), want.body)
    assert aws.calls()[:2] == ["UpdateFunctionCode", "GetFunctionConfiguration"]


# --- configuration --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        BASE,
        {**BASE, "Timeout": 3, "Layers": [], "Description": "", "Environment": {"Variables": {}}, "KmsKeyArn": "",
         "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []}, "DeadLetterConfig": {"TargetArn": ""},
         "TracingConfig": {"Mode": "PassThrough"}, "LoggingConfig": {"LogFormat": "Text"}},
        {"Role": ROLE, "PackageType": "Image", "Code": {"ImageUri": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:b"},
         "ImageConfig": {"Command": ["run"], "EntryPoint": []}},
    ],
)  # fmt: skip
def test_a_function_without_a_name_is_made_found_and_as_wanted(aws: Aws, body: dict[str, Any]) -> None:
    want, have = made(aws, KIND, body)
    assert not aws.diff(want, have, want.body)
    for ask in ({"owner": want.owner}, {"want": want}, {}):
        assert [each.identity for each in aws.look(KIND, **ask)[0]] == [have.identity]


def test_what_leaves_the_blueprint_is_taken_off(aws: Aws) -> None:
    more = {
        "Environment": {"Variables": {"A": "1"}},
        "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
        "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:1:q"},
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"},
        "ReservedConcurrentExecutions": 5,
        "EphemeralStorage": {"Size": 1024},
    }
    want, have = made(aws, KIND, BASE | more)
    assert have.body["ReservedConcurrentExecutions"] == 5
    aws.calls()
    after = changed(aws, have, aws.again(want, **dict.fromkeys(more)), want.body)
    sent = [call for call in aws.calls() if not call.startswith("Get")]
    assert sent == ["UpdateFunctionConfiguration", "DeleteFunctionConcurrency"]
    assert not {"Environment", "VpcConfig", "DeadLetterConfig", "ReservedConcurrentExecutions"} & set(after.body)
    assert after.body["LoggingConfig"]["LogFormat"] == "Text"


def test_variables_are_the_blueprints_alone(aws: Aws) -> None:
    want, have = made(aws, KIND, BASE | {"Environment": {"Variables": {"A": "1", "B": "2"}}})
    fewer = aws.again(want, Environment=freeze({"Variables": {"A": "1"}}))
    after = changed(aws, have, fewer, want.body)
    assert after.body["Environment"]["Variables"] == {"A": "1"}
    aws.client("lambda").update_function_configuration(
        FunctionName=have.identity, Environment={"Variables": {"A": "1", "MORE": "x"}}
    )
    edits = aws.diff(fewer, aws.one(KIND, have.identity), fewer.body).edits
    assert [edit.path for edit in edits] == [("Environment", "Variables", "MORE")], "somebody's own is drift"


def test_levels_do_not_stay_when_a_log_becomes_text(aws: Aws) -> None:
    want, have = made(aws, KIND, BASE | {"LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}})
    after = changed(aws, have, aws.again(want, LoggingConfig=Map(LogFormat="Text")), want.body)
    assert set(after.body["LoggingConfig"]) == {"LogFormat", "LogGroup"}


def test_a_reservation_of_none_is_one(aws: Aws) -> None:
    want, have = made(aws, KIND, BASE | {"ReservedConcurrentExecutions": 0})
    assert have.body["ReservedConcurrentExecutions"] == 0 and not aws.diff(want, have, want.body)


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("The role defined for the function cannot be assumed by Lambda.", Fault.NOT_READY),
        (
            "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
            Fault.NOT_READY,
        ),
        ("The runtime parameter of python2 is no longer supported", Fault.INVALID),
    ],
)
def test_a_role_that_was_just_made_is_waited_for(message: str, fault: Fault) -> None:
    error = ProviderError(Fault.INVALID, message, code="InvalidParameterValueException")
    assert FUNCTION.meant(error).fault is fault


# --- permissions ----------------------------------------------------------------------------------------------------------


def test_a_permission_is_ours_by_its_id_and_is_found_by_it(aws: Aws) -> None:
    function = made(aws, KIND, BASE)[1]
    other = {"StatementId": "theirs", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    aws.client("lambda").add_permission(FunctionName=function.identity, **other)
    body = {
        "FunctionName": function.body["Arn"],
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
    }
    want, have = made(aws, PERMISSION, body)
    assert want.owner and have.identity == f"{function.identity}|orch-{want.owner.tag}"
    assert not aws.diff(want, have)
    assert [each.identity for each in aws.look(PERMISSION, want=want)[0]] == [have.identity]
    with pytest.raises(ProviderError) as caught:
        aws.provider.create(want, TOKEN)
    assert caught.value.fault is Fault.CONFLICT
    finished(aws, aws.provider.delete(have, TOKEN), want)
    assert aws.look(PERMISSION, want=want) == ([], [])
    assert aws.look(PERMISSION, identities=(f"{function.identity}|theirs",))[0], "not ours, and left alone"


@pytest.mark.parametrize(
    "grant",
    [
        {"Principal": "*", "FunctionUrlAuthType": "NONE"},
        {"Principal": "arn:aws:iam::210987654321:root", "PrincipalOrgID": "o-abcdefghij"},
        {"Principal": "210987654321", "SourceAccount": "210987654321", "EventSourceToken": "t"},
        {"Principal": "arn:aws:iam::210987654321:role/r", "InvokedViaFunctionUrl": True},
        {"Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b", "InvokedViaFunctionUrl": False},
    ],
)
def test_a_permission_is_read_as_it_was_written(aws: Aws, grant: dict[str, Any]) -> None:
    function = made(aws, KIND, BASE)[1]
    want, have = made(aws, PERMISSION, {"FunctionName": function.identity, "Action": "lambda:InvokeFunction", **grant})
    assert not aws.diff(want, have)
    assert set(grant) <= set(have.body)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("jobs", "jobs"),
        ("jobs:live", "jobs:live"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:jobs", "jobs"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:jobs:live", "jobs:live"),
        ("123456789012:function:jobs", "jobs"),
        ("arn:aws:lambda:eu-west-1:210987654321:function:jobs", "arn:aws:lambda:eu-west-1:210987654321:function:jobs"),
    ],
)
def test_a_function_of_the_place_is_called_by_its_name(said: str, name: str) -> None:
    assert short(said, PLACE) == name
    reference = Reference("f", ("Arn",))
    assert short(reference, PLACE) is reference


# --- layers ---------------------------------------------------------------------------------------------------------------


def test_a_version_is_found_by_our_mark_where_the_description_is_free(aws: Aws) -> None:
    content = {"S3Bucket": "code", "S3Key": "a.zip"}
    made(aws, LAYER, {"LayerName": "tools", "Content": content})
    want, have = made(aws, LAYER, {"LayerName": "tools", "Content": content})
    assert have.identity.endswith(":layer:tools:2")
    assert [each.identity for each in aws.look(LAYER, want=want)[0]] == [have.identity]
    described, _ = made(aws, LAYER, {"LayerName": "tools", "Description": "mine", "Content": content})
    assert aws.look(LAYER, want=described) == ([], []), "nothing tells it apart"


def test_other_content_is_another_version() -> None:
    kind = Aws("http://127.0.0.1:1").provider.resource_type(LAYER)
    old, new = (freeze({"LayerName": "t", "Content": {"S3Bucket": "b", "S3Key": key}}) for key in ("a", "b"))
    assert (
        LAYER_VERSION.create.parameters(Frame(PLACE, want=new, owner=Owner("l", "u", 1)))["Description"] == "orch-u-1"
    )
    row = LedgerRow("u", 1, "s", "e", "here", LAYER, PLACE, "arn", applied=old)
    found = diff(kind, Resource("here", LAYER, PLACE, new), row, Observed(LAYER, PLACE, "arn", Map(LayerName="t")))
    assert [(edit.path, edit.effect.value) for edit in found.edits] == [(("Content",), "replace")]


# --- mappings -------------------------------------------------------------------------------------------------------------


def test_a_mapping_of_a_stream_from_a_moment_on(aws: Aws) -> None:
    function, stream = made(aws, KIND, BASE)[1], made(aws, "AWS::Kinesis::Stream", {})[1]
    body = {
        "FunctionName": function.body["Arn"], "EventSourceArn": stream.body["Arn"], "StartingPosition": "AT_TIMESTAMP",
        "StartingPositionTimestamp": 1700000000, "FilterCriteria": {"Filters": [{"Pattern": '{"a":  ["b"]}'}]},
    }  # fmt: skip
    want, have = made(aws, MAPPING, body)
    assert not aws.diff(want, have, want.body)
    assert [each.identity for each in aws.look(MAPPING, owner=want.owner)[0]] == [have.identity]
    limited = aws.again(want, MaximumRetryAttempts=3, FilterCriteria=None)
    after = changed(aws, have, limited, want.body)
    assert after.body["MaximumRetryAttempts"] == 3 and "FilterCriteria" not in after.body
    with pytest.raises(ProviderError) as caught:
        aws.provider.create(want, TOKEN)
    assert caught.value.fault is Fault.CONFLICT, "a source feeds a function once"


def test_brokers_are_called_as_in_cloudformation() -> None:
    servers = {"Endpoints": {"KafkaBootstrapServers": ["a:9092"]}}
    want = freeze({"FunctionName": "f", "SelfManagedEventSource": servers, "Topics": ["t"]})
    sent = EVENT_SOURCE_MAPPING.create.parameters(Frame(PLACE, want=want))["SelfManagedEventSource"]
    assert sent == {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ("a:9092",)}}
    read = EVENT_SOURCE_MAPPING.body["SelfManagedEventSource"]
    assert callable(read) and read(Map(SelfManagedEventSource=sent)) == freeze(servers)


# --- what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**BASE, "Runtime": "java21"}, "Code.ZipFile is source text, which java21 does not run"),
        ({**BASE, "Code": {"ZipFile": "x", "S3Bucket": "b", "S3Key": "k"}}, "Code names more than one code"),
        ({**BASE, "Code": {}}, "Code names no code"),
        ({"Role": ROLE, "PackageType": "Zip", "Code": {"S3Bucket": "b", "S3Key": "k"}}, "lacks Handler and Runtime"),
        (BASE, ""),
        ({"Role": ROLE, "PackageType": "Image", "Code": {"ImageUri": "u"}}, ""),
    ],
)
def test_what_lambda_is_sure_to_refuse_is_refused_at_once(body: dict[str, Any], words: str) -> None:
    aws = Aws("http://127.0.0.1:1")
    want = Resource("here", KIND, aws.place(), freeze(body))
    said = "; ".join(problem.message for problem in aws.provider.refusals(want))
    assert words in said if words else not said


# --- secrets --------------------------------------------------------------------------------------------------------------


def test_a_secret_variable_reaches_lambda_and_no_file(aws: Aws, tmp_path: Path) -> None:
    def engine(secret: str) -> Engine:
        made = Engine(backend, Registry({"aws": aws.provider}), clock=FastClock())
        made.vault = Vault(backend.key(), Map(token=secret), {}, allowed=())
        return made

    def plan_of(secret: str, **more: str) -> Plan:
        body = {**BASE, "FunctionName": "f", "Environment": {"Variables": {"TOKEN": Secret("param://token"), **more}}}
        place = aws.place(visible_within=0.0)
        wanted = Resource("f", KIND, place, freeze(body), source=Source("b", 1))
        return engine(secret).plan(Stack("s", "e", "b", (wanted,), places=(place,)))

    backend = SqliteBackend(tmp_path / "state.db")
    first, second = "canary-one", "canary-two"
    plan = plan_of(first)
    assert engine(first).apply(container.pack(plan)).run.status is RunStatus.DONE
    lambda_ = aws.client("lambda")
    assert lambda_.get_function_configuration(FunctionName="f")["Environment"]["Variables"] == {"TOKEN": first}
    assert plan_of(first).empty
    lambda_.update_function_configuration(FunctionName="f", Environment={"Variables": {"TOKEN": "meddled"}})
    for plan in (plan_of(first, LEVEL="info"), plan_of(second)):
        assert [change.action for change in plan.changes] == [Action.UPDATE]
    assert engine(second).apply(container.pack(plan)).run.status is RunStatus.DONE
    assert lambda_.get_function_configuration(FunctionName="f")["Environment"]["Variables"] == {"TOKEN": second}
    assert plan_of(second).empty
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert not any(canary in kept for canary in (b"canary", b"meddled"))
