"""Tables of SNS: Topic, Subscription, and the two types that set a topic's policy. Data and hooks, no request.

A topic's ``Subscription`` list is not managed: each subscription is an entry of its own, as CloudFormation advises too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from providers.aws.table import Bulk, ByArn, Call, Detail, Get, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import tagging
from providers.aws.words import arn, as_text, const, filled, from_text, ident, item, or_else, own_name, same
from providers.kit.refusals import known_list, not_one, wrong
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Effect, EffectKind, Equality, Sameness
from provisioner.model.value import ABSENT, EMPTY, Map, Value, freeze, get

# --- Topic ----------------------------------------------------------------------------------------------------------------

_SIMPLE = ("ContentBasedDeduplication", "DisplayName", "FifoThroughputScope", "KmsMasterKeyId", "MaximumMessageSize",
           "SignatureVersion", "TracingConfig")  # fmt: skip
_FEEDBACK = {"http/s": "HTTP", "sqs": "SQS", "lambda": "Lambda", "firehose": "Firehose", "application": "Application"}
_FEEDBACK_PARTS = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")


def _suffix(frame: Frame) -> str:
    return ".fifo" if frame.want.get("FifoTopic") else ""


def _if_fifo(frame: Frame) -> Value:
    return "true" if frame.want.get("FifoTopic") else ABSENT


def _document(name: str) -> Callable[[Frame], Value]:
    """A policy as text; SNS takes an empty one to mean that there is none any more."""
    text = as_text(name)
    return lambda frame: text(frame) or "{}"


def _feedback(body: Map) -> dict[str, Value]:
    """Delivery status logging as the attributes that it is: ``SQSSuccessFeedbackRoleArn`` and so on."""
    return {
        f"{_FEEDBACK[row['Protocol']]}{part}": row[part]
        for row in known_list(body.get("DeliveryStatusLogging"))
        for part in _FEEDBACK_PARTS
        if part in row
    }


def _logged(name: str) -> Callable[[Frame], Value]:
    return lambda frame: _feedback(frame.want).get(name, ABSENT)


def _changed_feedback(frame: Frame) -> tuple[Map, ...]:
    """What to set. A protocol that is logged no longer has no role; a rate means nothing then."""
    before, after = _feedback(frame.have), _feedback(frame.want)
    dropped = {name: "" for name in before if name not in after and name.endswith("RoleArn")}
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    return tuple(Map(name=name, value=value) for name, value in sorted({**dropped, **changed}.items()))


def _logging(attributes: Map) -> Value:
    rows = []
    for protocol, begin in _FEEDBACK.items():
        row = {part: found for part in _FEEDBACK_PARTS if (found := attributes.get(f"{begin}{part}"))}
        if any(part.endswith("RoleArn") for part in row):
            rows.append({"Protocol": protocol, **row})
    return freeze(rows) if rows else ABSENT


def _topic_name(item: Map) -> Value:
    return str(item["TopicArn"]).rpartition(":")[2] if "TopicArn" in item else ABSENT


def _set_topic(name: str, value: Term) -> Call:
    params = {"TopicArn": ident("TopicArn"), "AttributeName": const(name), "AttributeValue": value}
    return Call("SetTopicAttributes", params, sets=(name,))


def _fifo_name(want: Resource) -> Iterator[Problem]:
    name, fifo = want.body.get("TopicName"), want.body.get("FifoTopic", False)
    if isinstance(name, str) and isinstance(fifo, bool) and name.endswith(".fifo") is not fifo:
        hint = "the name of a FIFO topic ends in .fifo, and no other topic's does"
        yield wrong(want, ("TopicName",), f"is {name!r} while FifoTopic is {str(fifo).lower()}", hint)


def _own_arn(found: str, _place: Place) -> str | None:
    return found if found.count(":") == 5 else None


_ATTRIBUTES: dict[str, Term] = {
    **{name: as_text(name) for name in _SIMPLE},
    "ArchivePolicy": _document("ArchivePolicy"),
}
_OWN = {"TopicArn": ident("TopicArn")}

TOPIC = Table(
    "AWS::SNS::Topic",
    create=Call(
        "CreateTopic",
        {
            "Name": own_name("TopicName", _suffix),
            "Attributes.FifoTopic": _if_fifo,
            **{f"Attributes.{name}": as_text(name) for name in (*_SIMPLE, "ArchivePolicy")},
            **{f"Attributes.{b}{part}": _logged(b + part) for b in _FEEDBACK.values() for part in _FEEDBACK_PARTS},
            **tagging.in_create("Tags"),
        },
        sets=("TopicName", "FifoTopic", *_ATTRIBUTES, "DeliveryStatusLogging"),
    ),
    updates=(
        *(_set_topic(name, value) for name, value in _ATTRIBUTES.items()),
        Call(
            "SetTopicAttributes",
            {**_OWN, "AttributeName": item("name"), "AttributeValue": item("value")},
            sets=("DeliveryStatusLogging",),
            each=_changed_feedback,
        ),
    ),
    tags=tagging.calls({"ResourceArn": ident("TopicArn")}, "TagResource:Tags", "UntagResource:TagKeys"),
    delete=Call("DeleteTopic", _OWN),
    bulk=Bulk("ListTopics", "Topics", limit=None),
    get=Get("GetTopicAttributes", _OWN, "Attributes"),
    details=(Detail("Tags", "ListTagsForResource", {"ResourceArn": ident("TopicArn")}, "Tags"),),
    by_arn=ByArn("sns:topic", _own_arn),
    named={"TopicArn": arn("sns", own_name("TopicName", _suffix))},
    body={
        **same("TopicArn"),
        "TopicName": _topic_name,
        "FifoTopic": or_else(from_text("FifoTopic"), False, "Owner"),
        "ContentBasedDeduplication": or_else(from_text("ContentBasedDeduplication"), False, "Owner"),
        "DisplayName": filled("DisplayName"),
        "FifoThroughputScope": filled("FifoThroughputScope"),
        "KmsMasterKeyId": filled("KmsMasterKeyId"),
        "MaximumMessageSize": from_text("MaximumMessageSize"),
        "SignatureVersion": or_else("SignatureVersion", "1", "Owner"),
        "TracingConfig": or_else("TracingConfig", "PassThrough", "Owner"),
        "ArchivePolicy": from_text("ArchivePolicy"),
        "DeliveryStatusLogging": _logging,
    },
    defaults={
        "ArchivePolicy": EMPTY,
        "ContentBasedDeduplication": False,
        "DeliveryStatusLogging": (),
        "DisplayName": "",
        "FifoThroughputScope": "Topic",
        "FifoTopic": False,
        "KmsMasterKeyId": "",
        "MaximumMessageSize": 262144,
        "SignatureVersion": "1",
        "TracingConfig": "PassThrough",
    },
    equalities=(Equality(("DeliveryStatusLogging",), Sameness.KEYED, "Protocol"),),
    faults=((r"^(ConcurrentAccess|StaleTag)", Fault.NOT_READY),),  # tags of it are being changed
    natural_key=(("TopicName",),),
    refuses=(_fifo_name,),
    creates_over=True,  # answers with the ARN of a topic that has the same name and attributes
)


# --- Subscription ---------------------------------------------------------------------------------------------------------

# In this order: a filter is judged by the scope that stands.
_OF_SUBSCRIPTION: dict[str, Term] = {
    "FilterPolicyScope": as_text("FilterPolicyScope"),
    "FilterPolicy": _document("FilterPolicy"),
    "RawMessageDelivery": as_text("RawMessageDelivery"),
    "DeliveryPolicy": as_text("DeliveryPolicy"),
    # the one attribute that is taken off by sending none
    "RedrivePolicy": lambda frame: as_text("RedrivePolicy")(frame) or ABSENT,
    "SubscriptionRoleArn": as_text("SubscriptionRoleArn"),
}
_SUBSCRIPTION = {"SubscriptionArn": ident("Arn")}


def _set_subscription(name: str, value: Term) -> Call:
    return Call(
        "SetSubscriptionAttributes", _SUBSCRIPTION | {"AttributeName": const(name), "AttributeValue": value}, (name,)
    )


def _subscribed(answer: Map, key: Map) -> Value:
    """The subscription of a list that has an endpoint; one is enough for SNS to know it by."""
    same_end = (each for each in answer.get("Subscriptions", ()) if all(each.get(k) == v for k, v in key.items()))
    return next(same_end, ABSENT)


def _delivery(attributes: Map) -> Value:
    """What SNS adds to it says nothing: nulls, and that delivery is not guaranteed."""
    found = from_text("DeliveryPolicy")(attributes)
    if not isinstance(found, Mapping):
        return found
    return Map(
        {key: value for key, value in found.items() if value is not None and (key, value) != ("guaranteed", False)}
    )


def _filtered(body: Map, _place: Place) -> Map:
    """A scope without a filter is nothing that SNS keeps."""
    return body if "FilterPolicy" in body else Map({k: v for k, v in body.items() if k != "FilterPolicyScope"})


SUBSCRIPTION = Table(
    "AWS::SNS::Subscription",
    create=Call(
        "Subscribe",
        {
            **same("TopicArn", "Protocol", "Endpoint"),
            **{f"Attributes.{name}": as_text(name) for name in _OF_SUBSCRIPTION},
            "ReturnSubscriptionArn": const(True),  # also of one that waits to be confirmed
        },
        sets=("TopicArn", "Protocol", "Endpoint", *_OF_SUBSCRIPTION),
    ),
    updates=tuple(_set_subscription(name, value) for name, value in _OF_SUBSCRIPTION.items()),
    delete=Call("Unsubscribe", _SUBSCRIPTION),
    bulk=Bulk("ListSubscriptions", "Subscriptions", limit=None),
    get=Get("GetSubscriptionAttributes", _SUBSCRIPTION, "Attributes"),
    by_name=Get(
        "ListSubscriptionsByTopic",
        same("TopicArn"),
        _subscribed,
        key=same("TopicArn", "Protocol", "Endpoint"),
        token=("NextToken", "NextToken"),
    ),
    absent=lambda found: found.get("SubscriptionArn") in ("PendingConfirmation", "Deleted"),  # of the list: no ARN
    body={
        **same("TopicArn", "Protocol", "Endpoint", "FilterPolicyScope"),
        "Arn": "SubscriptionArn",
        "DeliveryPolicy": _delivery,
        "FilterPolicy": from_text("FilterPolicy"),
        "RawMessageDelivery": from_text("RawMessageDelivery"),
        "RedrivePolicy": from_text("RedrivePolicy"),
        "SubscriptionRoleArn": filled("SubscriptionRoleArn"),
    },
    defaults={
        "DeliveryPolicy": EMPTY,
        "FilterPolicy": EMPTY,
        "FilterPolicyScope": "MessageAttributes",
        "RawMessageDelivery": False,
        "RedrivePolicy": EMPTY,
    },
    canonical=_filtered,
    required=("Endpoint",),
    natural_key=(("TopicArn",), ("Protocol",), ("Endpoint",)),
    faults=(
        # nobody can take back what is not confirmed yet; SNS forgets it by itself
        (r"Cannot unsubscribe a subscription that is pending confirmation", Fault.NOT_FOUND),
    ),
    creates_over=True,  # answers with the ARN of one that has the same endpoint and attributes
)


# --- the policy of a topic ------------------------------------------------------------------------------------------------


def _default_policy(topic: str) -> dict[str, Any]:
    """What SNS gives a new topic, and what stands for no policy: the topic's account may do everything."""
    actions = ("GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
               "ListSubscriptionsByTopic", "Publish")  # fmt: skip
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": topic,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic.split(":")[4]}},
    }
    return {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}


def _is_default(policy: Value) -> bool:
    sids = [get(each, ("Sid",)) for each in known_list(get(policy, ("Statement",)))]
    return get(policy, ("Id",)) == "__default_policy_ID" and sids == ["__default_statement_ID"]


def _policy(kind: str, topic: str, *, of_list: bool = False) -> Table:
    """A policy has no life of its own: it is an attribute of its topic, and AWS's own where there is none."""

    def shown(answer: Map, _identity: Map) -> Value:
        attributes = answer.get("Attributes", EMPTY)
        policy = from_text("Policy")(attributes)
        return ABSENT if policy is ABSENT or _is_default(policy) else attributes

    def named(body: Map, _place: Place) -> dict[str, Value]:
        return {topic: (body[topic],)} if of_list and isinstance(body[topic], str) else {}

    def set_to(value: Term, *sets: str, label: str = "") -> Call:
        params = {"TopicArn": ident(topic), "AttributeName": const("Policy"), "AttributeValue": value}
        return Call("SetTopicAttributes", params, sets=sets, label=label)

    def default(frame: Frame) -> Value:
        return json.dumps(_default_policy(str(frame.identity[topic])))

    document = as_text("PolicyDocument")
    return Table(
        kind,
        create=set_to(document, topic, "PolicyDocument"),
        updates=(set_to(document, "PolicyDocument"),),
        delete=set_to(default, label="default"),
        get=Get("GetTopicAttributes", {"TopicArn": ident(topic)}, shown),
        body={"PolicyDocument": from_text("Policy")},
        derive=named,
        identity=(topic,),
        effects=(Effect((topic,), EffectKind.REPLACE),),
        natural_key=((topic,),),
        unique=(((topic,),),),
        refuses=(_one_topic,) if of_list else (),
        creates_over=True,
    )


def _one_topic(want: Resource) -> Iterator[Problem]:
    return not_one(want, "Topics", "topics")


TOPIC_POLICY = _policy("AWS::SNS::TopicPolicy", "Topics", of_list=True)
TOPIC_INLINE_POLICY = _policy("AWS::SNS::TopicInlinePolicy", "TopicArn")

TABLES = (TOPIC, SUBSCRIPTION, TOPIC_POLICY, TOPIC_INLINE_POLICY)
