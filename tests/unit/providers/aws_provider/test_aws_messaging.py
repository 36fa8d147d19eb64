"""Tables of SNS, SQS, Logs, CloudWatch, EventBridge, Kinesis and Step Functions, where they are more than names: whole lives without
a name of the user's, properties that are taken off again, answers that refuse in part."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lives import changed, finished, made
from aws_rig import TOKEN, Aws, answering

from providers.aws.terms import Frame
from providers.aws.types.stepfunctions import STATE_MACHINE
from providers.aws.words import arn, own_name
from providers.kit.server import Response
from provisioner.model.fault import Fault, ProviderError
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.value import ABSENT, Interpolation, Map, Reference, freeze
from provisioner.protocols.provider import Done

TOPIC, SUBSCRIPTION = "AWS::SNS::Topic", "AWS::SNS::Subscription"
GROUP, FILTER, ALARM = "AWS::Logs::LogGroup", "AWS::Logs::MetricFilter", "AWS::CloudWatch::Alarm"
RULE, STREAM, MACHINE = "AWS::Events::Rule", "AWS::Kinesis::Stream", "AWS::StepFunctions::StateMachine"
ROLE = "arn:aws:iam::123456789012:role/orch"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ERRORS = {"MetricName": "errors", "MetricNamespace": "orch", "MetricValue": "1"}
WATCHED = {
    "Namespace": "n", "MetricName": "m", "Period": 60, "Statistic": "Sum",
    "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 0,
}  # fmt: skip
DONE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (TOPIC, {}),
        (TOPIC, {"FifoTopic": True, "ContentBasedDeduplication": True, "FifoThroughputScope": "MessageGroup"}),
        (TOPIC, {"FifoTopic": False, "ContentBasedDeduplication": False, "SignatureVersion": "1", "DisplayName": ""}),
        ("AWS::SQS::Queue", {"FifoQueue": False, "ContentBasedDeduplication": False, "KmsMasterKeyId": ""}),
        (GROUP, {}),
        (GROUP, {"LogGroupClass": "STANDARD", "DeletionProtectionEnabled": False}),
        (ALARM, WATCHED),
        (ALARM, {**WATCHED, "ActionsEnabled": True, "AlarmDescription": "", "TreatMissingData": "missing"}),
        (RULE, {"ScheduleExpression": "rate(1 day)"}),
        (RULE, {"EventPattern": {"source": ["a"]}, "EventBusName": "default", "State": "ENABLED", "Targets": []}),
        (STREAM, {}),
        (STREAM, {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "DesiredShardLevelMetrics": ["ALL"]}),
        (MACHINE, {"RoleArn": ROLE, "DefinitionString": json.dumps(DONE)}),
        (
            MACHINE,
            {
                "RoleArn": ROLE,
                "Definition": DONE,
                "LoggingConfiguration": {"Level": "OFF", "IncludeExecutionData": False, "Destinations": []},
                "TracingConfiguration": {"Enabled": False},
                "EncryptionConfiguration": {"Type": "AWS_OWNED_KEY"},
            },
        ),
    ],
)
def test_what_has_no_name_of_the_users_is_made_found_and_as_wanted(aws: Aws, kind: str, body: dict[str, Any]) -> None:
    want, have = made(aws, kind, body)
    assert not aws.diff(want, have, want.body)
    assert have.owner == want.owner
    asks = ({"owner": want.owner}, {"want": want}, {})
    for ask in asks if kind != "AWS::SQS::Queue" else asks[::2]:  # a queue's name is looked for where it is given
        found, spots = aws.look(kind, **ask)
        assert ([each.identity for each in found], spots) == ([have.identity], []), ask
    finished(aws, aws.provider.delete(have, TOKEN), want)
    assert aws.look(kind) == ([], [])


@pytest.mark.parametrize(
    ("kind", "body", "set_before", "calls"),
    [
        (GROUP, {}, {"RetentionInDays": 30, "KmsKeyId": KEY}, ["DeleteRetentionPolicy", "DisassociateKmsKey"]),
        (STREAM, {}, {"StreamEncryption": {"EncryptionType": "KMS", "KeyId": KEY}}, ["StopStreamEncryption"]),
        (STREAM, {}, {"DesiredShardLevelMetrics": ["IncomingBytes"]}, ["DisableEnhancedMonitoring"]),
        (STREAM, {}, {"RetentionPeriodHours": 48}, ["DecreaseStreamRetentionPeriod"]),
        (ALARM, WATCHED, {"DatapointsToAlarm": 1, "OKActions": ["arn:aws:sns:eu-west-1:1:t"]}, ["PutMetricAlarm"]),
        (RULE, {"ScheduleExpression": "rate(1 day)"}, {"RoleArn": ROLE, "Description": "d"}, ["PutRule"]),
        (
            MACHINE,
            {"RoleArn": ROLE, "Definition": DONE},
            {"EncryptionConfiguration": {"Type": "CUSTOMER_MANAGED_KMS_KEY", "KmsKeyId": KEY}},
            ["UpdateStateMachine"],
        ),
        (TOPIC, {}, {"DisplayName": "d", "TracingConfig": "Active"}, ["SetTopicAttributes", "SetTopicAttributes"]),
    ],
)
def test_what_leaves_the_blueprint_is_taken_off(
    aws: Aws, kind: str, body: dict[str, Any], set_before: dict[str, Any], calls: list[str]
) -> None:
    want, have = made(aws, kind, body | set_before)
    aws.calls()
    again = aws.again(want, **dict.fromkeys(set_before))
    after = changed(aws, have, again, want.body)
    assert [call for call in aws.calls() if not call.startswith(("Describe", "Get", "List"))] == calls
    left = {name: after.body.get(name) for name in set_before}
    fresh = made(aws, kind, body)[1].body
    assert left == {name: fresh.get(name) for name in set_before}, "as where it was never set"


def test_an_alarm_may_watch_something_else(aws: Aws) -> None:
    want, have = made(aws, ALARM, WATCHED | {"AlarmActions": ["arn:aws:sns:eu-west-1:1:t"]})
    queries = [
        {"Id": "twice", "Expression": "one * 2"},
        {"Id": "one", "ReturnData": False, "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60,
                                                          "Stat": "Sum"}},
    ]  # fmt: skip
    of_metric = dict.fromkeys(("Namespace", "MetricName", "Period", "Statistic"))
    after = changed(aws, have, aws.again(want, **of_metric, Metrics=freeze(queries)), want.body)
    assert not set(of_metric) & set(after.body)
    assert after.body["AlarmActions"] == ("arn:aws:sns:eu-west-1:1:t",)


def test_a_call_that_sets_all_leaves_what_the_plan_does_not_show(aws: Aws) -> None:
    want, have = made(aws, ALARM, WATCHED)
    aws.client("cloudwatch").put_metric_alarm(AlarmName=have.identity, **WATCHED, TreatMissingData="breaching")
    have = aws.one(ALARM, have.identity)
    after = changed(aws, have, aws.again(want, Threshold=5), want.body)
    assert (after.body["Threshold"], after.body["TreatMissingData"]) == (5, "breaching")


# --- SNS ------------------------------------------------------------------------------------------------------------------


def test_a_subscription_is_known_by_its_end_on_any_page(aws: Aws) -> None:
    topic = aws.made(TOPIC, {"TopicName": "t"})
    sns = aws.client("sns")
    for number in range(120):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{number}@example.com")
    want = aws.want(SUBSCRIPTION, {"TopicArn": topic, "Protocol": "email", "Endpoint": "118@example.com"})
    aws.calls()
    found, _ = aws.look(SUBSCRIPTION, want=want)
    assert [each.body["Endpoint"] for each in found] == ["118@example.com"]
    assert aws.calls() == ["ListSubscriptionsByTopic", "ListSubscriptionsByTopic", "GetSubscriptionAttributes"]
    other = aws.want(SUBSCRIPTION, {"TopicArn": topic, "Protocol": "email", "Endpoint": "none@example.com"})
    assert aws.look(SUBSCRIPTION, want=other) == ([], [])


def test_a_filter_comes_and_goes_with_its_scope(aws: Aws) -> None:
    topic = aws.made(TOPIC, {"TopicName": "t"})
    base = {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.com"}
    want, have = made(aws, SUBSCRIPTION, base | {"FilterPolicyScope": "MessageBody"})
    assert not aws.diff(want, have, want.body), "a scope without a filter means nothing"
    filtered = aws.again(want, FilterPolicy=Map(kind=("a",)), FilterPolicyScope="MessageBody")
    have = changed(aws, have, filtered, want.body)
    assert have.body["FilterPolicyScope"] == "MessageBody"
    have = changed(aws, have, aws.again(filtered, FilterPolicy=None), filtered.body)
    assert not {"FilterPolicy", "FilterPolicyScope"} & set(have.body)


def test_what_waits_for_its_confirmation_cannot_be_taken_back_and_need_not_be() -> None:
    words = "Invalid parameter: Cannot unsubscribe a subscription that is pending confirmation"
    fields = f"<Type>Sender</Type><Code>InvalidParameter</Code><Message>{words}</Message>"
    refusal = f"<ErrorResponse><Error>{fields}</Error><RequestId>r</RequestId></ErrorResponse>".encode()
    with answering(Response(400, refusal, {"Content-Type": "text/xml"})) as aws:
        have = Observed(SUBSCRIPTION, aws.place(), "arn:aws:sns:eu-west-1:1:t:s")
        done = aws.provider.delete(have, TOKEN)
    assert isinstance(done, Done) and done.missing


def test_a_topics_own_policy_is_no_policy(aws: Aws) -> None:
    topic = aws.made(TOPIC, {"TopicName": "t"})
    kind = "AWS::SNS::TopicInlinePolicy"
    assert aws.look(kind, identities=(topic,)) == ([], [])
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}
    want, have = made(
        aws, kind, {"TopicArn": topic, "PolicyDocument": {"Version": "2012-10-17", "Statement": [allowed]}}
    )
    assert not aws.diff(want, have)
    finished(aws, aws.provider.delete(have, TOKEN), want)
    assert aws.look(kind, identities=(topic,)) == ([], [])
    policy = json.loads(aws.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert policy["Statement"][0]["Condition"] == {"StringEquals": {"AWS:SourceOwner": "123456789012"}}


# --- EventBridge ----------------------------------------------------------------------------------------------------------


def _answer(content: dict[str, Any]) -> Response:
    return Response(200, json.dumps(content).encode(), {"Content-Type": "application/x-amz-json-1.1"})


@pytest.mark.parametrize(
    ("code", "fault"),
    [("ConcurrentModificationException", Fault.NOT_READY), ("ResourceNotFoundException", Fault.NOT_FOUND)],
)
def test_targets_that_are_refused_by_an_answer_of_success_are_refused(code: str, fault: Fault) -> None:
    entry = {"TargetId": "two", "ErrorCode": code, "ErrorMessage": "words"}
    with answering(_answer({"FailedEntryCount": 1, "FailedEntries": [entry]})) as aws:
        want = aws.want(
            RULE, {"Name": "r", "ScheduleExpression": "rate(1 day)", "Targets": [{"Id": "two", "Arn": "arn"}]}
        )
        identity = "arn:aws:events:eu-west-1:123456789012:rule/r"
        have = Observed(RULE, aws.place(), identity, Map(Name="r", ScheduleExpression="rate(1 day)"), want.owner)
        with pytest.raises(ProviderError, match="target two: words") as caught:
            aws.update(have, want)
    assert (caught.value.fault, caught.value.code) == (fault, code)


def test_only_targets_that_change_are_sent_and_those_that_go_before(aws: Aws) -> None:
    kept, gone = {"Id": "kept", "Arn": "arn:aws:sqs:eu-west-1:1:a"}, {"Id": "gone", "Arn": "arn:aws:sqs:eu-west-1:1:b"}
    want, have = made(aws, RULE, {"ScheduleExpression": "rate(1 day)", "Targets": [kept, gone]})
    aws.calls()
    after = changed(aws, have, aws.again(want, Targets=freeze([kept])), want.body)
    assert aws.calls()[:1] == ["RemoveTargets"] and after.body["Targets"] == (kept,)
    new = {"Id": "new", "Arn": "arn:aws:sqs:eu-west-1:1:c"}
    aws.calls()
    after = changed(aws, after, aws.again(want, Targets=freeze([new])), want.body)
    assert aws.calls()[:2] == ["RemoveTargets", "PutTargets"] and after.body["Targets"] == (new,)


def test_a_rule_lives_on_the_bus_that_it_names(aws: Aws) -> None:
    aws.client("events").create_event_bus(Name="shop")
    bus = "arn:aws:events:eu-west-1:123456789012:event-bus/shop"
    want, have = made(aws, RULE, {"Name": "r", "EventBusName": bus, "EventPattern": {"source": ["a"]}})
    assert have.identity == "arn:aws:events:eu-west-1:123456789012:rule/shop/r"
    assert want.body["EventBusName"] == have.body["EventBusName"] == "shop"
    assert aws.look(RULE, want=want)[0][0].identity == have.identity
    finished(aws, aws.provider.delete(have, TOKEN), want)
    assert aws.look(RULE, identities=(have.identity,)) == ([], [])


# --- Step Functions -------------------------------------------------------------------------------------------------------

_TOPIC = Reference("topic", ("TopicArn",))


@pytest.mark.parametrize(
    ("definition", "values", "filled"),
    [
        ("${A}-${B}", {"A": "a", "B": 2}, "a-2"),
        ("${A} ${C}", {"A": True}, "true ${C}"),
        ({"x": ["${A}", 1]}, {"A": "a"}, {"x": ["a", 1]}),
        ('{"t": "${A}"}', {"A": _TOPIC}, Interpolation(('{"t": "', _TOPIC, '"}'))),
        (Interpolation(("${A}", _TOPIC)), {"A": "a"}, Interpolation(("a", _TOPIC))),
    ],
)
def test_substitutions_are_made_before_anything_is_compared(
    definition: Any, values: dict[str, Any], filled: Any
) -> None:
    canonical = STATE_MACHINE.canonical
    assert canonical is not None
    body = Map(Definition=freeze(definition), DefinitionSubstitutions=Map(values))
    found = canonical(body, Aws("http://127.0.0.1:1").place()).get("DefinitionString")
    if isinstance(filled, Interpolation):
        assert [part for part in found.parts if part != ""] == list(filled.parts)
    else:
        assert found == freeze(filled)


# --- what is refused ------------------------------------------------------------------------------------------------------


def _refusals(kind: str, body: dict[str, Any]) -> str:
    aws = Aws("http://127.0.0.1:1")
    want = Resource("here", kind, aws.place(), freeze(body))
    return "; ".join(problem.message for problem in aws.provider.refusals(aws.provider.normalize(want)))


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (TOPIC, {"TopicName": "a", "FifoTopic": True}, "TopicName is 'a' while FifoTopic is true"),
        (TOPIC, {"TopicName": "a.fifo"}, "TopicName is 'a.fifo' while FifoTopic is false"),
        ("AWS::SNS::TopicPolicy", {"Topics": ["a", "b"], "PolicyDocument": {}}, "Topics names 2 topics"),
        (ALARM, {"MetricName": "m", "Namespace": "n"}, "MetricName comes without Period and Statistic"),
        (RULE, {"ScheduleExpression": "rate(1 day)", "EventBusName": "shop"}, "stands in a rule of the bus shop"),
        (STREAM, {"ShardCount": 1, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, "ShardCount stands beside"),
    ],
)
def test_what_aws_is_sure_to_refuse_is_refused_at_once(kind: str, body: dict[str, Any], words: str) -> None:
    assert words in _refusals(kind, body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (TOPIC, {"TopicName": "a.fifo", "FifoTopic": True}),
        (ALARM, WATCHED),
        (RULE, {"ScheduleExpression": "rate(1 day)", "EventBusName": "default"}),
        (RULE, {"EventPattern": {"source": ["a"]}, "EventBusName": "shop", "Targets": [{"Id": "a", "Arn": "b"}]}),
        (STREAM, {"ShardCount": 1}),
        (MACHINE, {"RoleArn": ROLE, "Definition": DONE}),
    ],
)
def test_what_aws_takes_is_not_refused(kind: str, body: dict[str, Any]) -> None:
    assert not _refusals(kind, body)


# --- words ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("region", "part"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_an_arn_is_of_its_regions_part_of_aws(region: str, part: str) -> None:
    place = Place("aws", "aws", "1", region=region)
    topic = arn("sns", own_name("TopicName"))
    assert topic(Frame(place, want=Map(TopicName="t"))) == f"arn:{part}:sns:{region}:1:t"
    assert topic(Frame(place, owner=Owner("l", "u", 2))) == f"arn:{part}:sns:{region}:1:orch-u-2"
    assert topic(Frame(place)) is ABSENT, "nothing says yet what it is called"
    assert topic(Frame(Place("aws", "aws", "", region=region), want=Map(TopicName="t"))) is ABSENT
