"""Where moto's SNS differs: it keeps a topic's newer attributes and tells of the older ones only. Sends nothing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from xml.sax.saxutils import escape

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work
from providers.aws.sandbox.errors import RefusedError
from providers.kit.server import Response

_PROTOCOLS = ("HTTP", "SQS", "Lambda", "Firehose", "Application")
_PARTS = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
_NEWER = (
    "ArchivePolicy", "FifoThroughputScope", "MaximumMessageSize", "SignatureVersion", "TracingConfig",
    *(protocol + part for protocol in _PROTOCOLS for part in _PARTS),
)  # fmt: skip


def _topic_attributes(call: Call, work: Work) -> Response:
    response = work()
    topic = work.model().topics.get(call.form().get("TopicArn", ""))
    if response.status >= 400 or topic is None:
        return response
    entries = "".join(_entry(name, value) for name, value in _kept(topic))
    text = response.body.decode().replace("</Attributes>", f"{entries}</Attributes>")
    return replace(response, body=text.encode())


def _kept(topic: object) -> Iterator[tuple[str, str]]:
    """moto sets whatever attribute it is given, under its name in small letters; an empty one is none."""
    from moto.core.utils import camelcase_to_underscores

    for name in _NEWER:
        value = getattr(topic, camelcase_to_underscores(name), "")
        if value not in ("", "{}"):
            yield name, str(value)


def _entry(name: str, value: str) -> str:
    return f"<entry><key>{name}</key><value>{escape(value)}</value></entry>"


def _create_topic(call: Call, work: Work) -> Response:
    """A topic of that name is answered for with its ARN only where it is the same."""
    name, form = call.form().get("Name", ""), call.form()
    model = work.model()
    topic = next((each for each in model.topics.values() if each.name == name), None)
    keys = [key for key in form if key.startswith("Tags.member.") and key.endswith(".Key")]
    tags = {form[key]: form[key.removesuffix("Key") + "Value"] for key in keys}
    if topic is not None and tags and tags != topic._tags:
        raise RefusedError(
            "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags"
        )
    return work()


def _set_subscription(call: Call, work: Work) -> Response:
    """An empty filter is none, and an attribute without a value is taken off."""
    form = call.form()
    name, value = form.get("AttributeName", ""), form.get("AttributeValue", "")
    if name == "RedrivePolicy" and value == "" and "AttributeValue" in form:
        raise RefusedError("InvalidParameter", "Invalid parameter: RedrivePolicy: must be a JSON object")
    response = work()
    if response.status < 400 and value in ("", "{}"):
        subscription = work.model().subscriptions[form["SubscriptionArn"]]
        with contextlib.suppress(KeyError):
            del subscription.attributes[name]
    return response


HANDLERS: dict[str, Handler] = {
    "CreateTopic": _create_topic,
    "GetTopicAttributes": _topic_attributes,
    "SetSubscriptionAttributes": _set_subscription,
}
