"""Where moto's Kinesis differs: tags of a new stream, the size of records, open shards, and the tagging API. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from providers.aws.sandbox.call import Call
from providers.aws.sandbox.corrections import Handler, Work, answer, edited
from providers.aws.sandbox.errors import RefusedError
from providers.aws.sandbox.moto_app import ACCOUNT
from providers.kit.server import Response

_SIZE = "MaxRecordSizeInKiB"


def _create(call: Call, work: Work) -> Response:
    """moto wants a number of shards even of a stream that looks after its own, and leaves out tags."""
    asked = call.parameters()
    response = work({"ShardCount": 4, **asked})
    if response.status < 400:
        stream = work.model().streams[asked["StreamName"]]
        stream.orch_size = asked.get(_SIZE, 1024)
        stream.tags.update(asked.get("Tags", {}))
    return response


def _summary(call: Call, work: Work) -> Response:
    def completed(said: dict[str, Any]) -> dict[str, Any]:
        summary = said["StreamDescriptionSummary"]
        stream = work.model().streams[summary["StreamName"]]
        shards = sum(shard.is_open for shard in stream.shards.values())
        return {"StreamDescriptionSummary": {**summary, _SIZE: stream.orch_size, "OpenShardCount": shards}}

    return edited(work(), completed)


def _record_size(call: Call, work: Work) -> Response:
    asked = call.parameters()
    stream = next((each for each in work.model().streams.values() if each.arn == asked["StreamARN"]), None)
    if stream is None:
        raise RefusedError("ResourceNotFoundException", f"Stream {asked['StreamARN']} not found.")
    stream.orch_size = asked[_SIZE]
    return answer(call, {})


def _tagged(region: str) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    from moto.kinesis.models import kinesis_backends

    for stream in kinesis_backends[ACCOUNT][region].streams.values():
        yield stream.arn, "kinesis:stream", stream.tags


TAGGED = ("kinesis", "kinesis", _tagged)

HANDLERS: dict[str, Handler] = {
    "CreateStream": _create,
    "DescribeStreamSummary": _summary,
    "UpdateMaxRecordSize": _record_size,
}
