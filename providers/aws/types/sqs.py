"""Tables of SQS: Queue, and the two types that set its policy. Data and hooks, no request."""

from __future__ import annotations

from collections.abc import Iterator

from providers.aws.table import Bulk, ByArn, Call, Detail, Get, Table
from providers.aws.terms import Frame, Term
from providers.aws.types import tagging
from providers.aws.words import as_text, const, from_text, ident, or_else, own_name, same
from providers.kit.refusals import not_one, wrong
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.problem import Problem
from provisioner.model.resource import Resource
from provisioner.model.resource_type import Effect, EffectKind
from provisioner.model.value import ABSENT, EMPTY, Map, Value

# --- Queue ----------------------------------------------------------------------------------------------------------------

_FIXED = ("FifoQueue",)
_FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
_ATTRIBUTES = (
    "DelaySeconds", "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize", "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds", "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout",
)  # fmt: skip


def _suffix(frame: Frame) -> str:
    return ".fifo" if frame.want.get("FifoQueue") else ""


def _attributes(*names: str) -> dict[str, Term]:
    return {f"Attributes.{name}": as_text(name) for name in names}


def _if_fifo(frame: Frame) -> Value:
    return "true" if frame.want.get("FifoQueue") else ABSENT  # SQS refuses the word false


def _url(arn: str, place: Place) -> str | None:
    region, account, name = (arn.split(":", 5)[3:] + [""] * 3)[:3]
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    base = place.endpoint or f"https://sqs.{region}.{suffix}"
    return f"{base}/{account}/{name}" if name else None


def _listed(answer: Map) -> Value:
    return tuple(Map(QueueUrl=url) for url in answer.get("QueueUrls", ()))


def _fifo_name(want: Resource) -> Iterator[Problem]:
    name, fifo = want.body.get("QueueName"), want.body.get("FifoQueue", False)
    if isinstance(name, str) and isinstance(fifo, bool) and name.endswith(".fifo") is not fifo:
        hint = "the name of a FIFO queue ends in .fifo, and no other queue's does"
        yield wrong(want, ("QueueName",), f"is {name!r} while FifoQueue is {str(fifo).lower()}", hint)


_MISSING = ((r"^(AWS\.SimpleQueueService\.)?(NonExistentQueue|QueueDoesNotExist)", Fault.NOT_FOUND),)

QUEUE = Table(
    "AWS::SQS::Queue",
    create=Call(
        "CreateQueue",
        {
            "QueueName": own_name("QueueName", _suffix),
            "Attributes.FifoQueue": _if_fifo,
            **_attributes(*_FIFO, *_ATTRIBUTES),
        }
        | tagging.in_create("tags", tagging.as_map),
        sets=("QueueName", *_FIXED, *_FIFO, *_ATTRIBUTES),
    ),
    updates=(
        Call(
            "SetQueueAttributes",
            {"QueueUrl": ident("QueueUrl"), **_attributes(*_FIFO, *_ATTRIBUTES)},
            sets=(*_FIFO, *_ATTRIBUTES),
        ),
    ),
    tags=tagging.calls({"QueueUrl": ident("QueueUrl")}, "TagQueue:Tags", "UntagQueue:TagKeys", tagging.as_map),
    delete=Call("DeleteQueue", {"QueueUrl": ident("QueueUrl")}),
    bulk=Bulk("ListQueues", _listed),
    get=Get("GetQueueAttributes", {"QueueUrl": ident("QueueUrl"), "AttributeNames": const(("All",))}, "Attributes"),
    by_name=Get("GetQueueUrl", {"QueueName": "QueueName"}),
    details=(Detail("Tags", "ListQueueTags", {"QueueUrl": ident("QueueUrl")}, "Tags"),),
    by_arn=ByArn("sqs", _url),
    body={
        **same("QueueUrl"),
        **{name: from_text(name) for name in (*_FIFO, *_ATTRIBUTES)},
        # said of FIFO queues alone
        **{name: or_else(from_text(name), False, "QueueArn") for name in ("FifoQueue", "ContentBasedDeduplication")},
        "Arn": "QueueArn",
        "QueueName": lambda item: str(item["QueueArn"]).rpartition(":")[2] if "QueueArn" in item else ABSENT,
    },
    defaults={
        "DelaySeconds": 0,
        "FifoQueue": False,
        "KmsDataKeyReusePeriodSeconds": 300,
        "MaximumMessageSize": 262144,
        "MessageRetentionPeriod": 345600,
        "ReceiveMessageWaitTimeSeconds": 0,
        "RedriveAllowPolicy": EMPTY,
        "RedrivePolicy": EMPTY,
        "KmsMasterKeyId": "",
        "VisibilityTimeout": 30,
    },
    faults=(*_MISSING, (r"QueueDeletedRecently", Fault.NOT_READY)),  # for a minute nobody can have its name
    natural_key=(("QueueName",),),
    refuses=(_fifo_name,),
    creates_over=True,  # answers with the url of a queue that has the same name and attributes
    data_store=True,
)


# --- its policy -----------------------------------------------------------------------------------------------------------


_POLICY: dict[str, Term] = {"Attributes.Policy": as_text("PolicyDocument")}


def _policy(kind: str, queue: str, *, of_list: bool = False) -> Table:
    """A policy has no life of its own: it is an attribute of its queue, and empty where there is none."""

    def shown(answer: Map, _identity: Map) -> Value:
        attributes = answer.get("Attributes", EMPTY)
        return attributes if attributes.get("Policy") else ABSENT

    def named(body: Map, _place: Place) -> dict[str, Value]:
        return {queue: (body[queue],)} if of_list and isinstance(body[queue], str) else {}

    return Table(
        kind,
        create=Call(
            "SetQueueAttributes",
            {"QueueUrl": ident(queue), **_POLICY},
            sets=(queue, "PolicyDocument"),
        ),
        updates=(Call("SetQueueAttributes", {"QueueUrl": ident(queue), **_POLICY}, sets=("PolicyDocument",)),),
        delete=Call("SetQueueAttributes", {"QueueUrl": ident(queue), "Attributes.Policy": const("")}, label="none"),
        get=Get("GetQueueAttributes", {"QueueUrl": ident(queue), "AttributeNames": const(("Policy",))}, shown),
        body={"PolicyDocument": from_text("Policy")},
        derive=named,
        identity=(queue,),
        effects=(Effect((queue,), EffectKind.REPLACE),),
        faults=_MISSING,
        natural_key=((queue,),),
        unique=(((queue,),),),
        refuses=(_one_queue,) if of_list else (),
        creates_over=True,
    )


def _one_queue(want: Resource) -> Iterator[Problem]:
    return not_one(want, "Queues", "queues")


QUEUE_POLICY = _policy("AWS::SQS::QueuePolicy", "Queues", of_list=True)
QUEUE_INLINE_POLICY = _policy("AWS::SQS::QueueInlinePolicy", "Queue")

TABLES = (QUEUE, QUEUE_POLICY, QUEUE_INLINE_POLICY)
