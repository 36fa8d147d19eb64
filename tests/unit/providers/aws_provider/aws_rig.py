"""The AWS provider at its sandbox, and what its tests say often. Spoken to over HTTP only."""

from __future__ import annotations

import functools
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from providers.aws.provider import AwsProvider
from providers.kit.server import Response, Server
from provisioner.model.change import Diff
from provisioner.model.ledger import LedgerRow
from provisioner.model.place import Place
from provisioner.model.resource import Observed, Owner, Resource
from provisioner.model.snapshot import Blindspot
from provisioner.model.value import EMPTY, Map, freeze
from provisioner.planner.diff import diff
from provisioner.protocols.provider import Ask, Done, Pending

ACCOUNT = "123456789012"
LINEAGE = "l" * 26
TOKEN = "6f1f3a52-41a7-5a34-9d15-0c0d7fb2c8a1"
VPC, SUBNET, GROUP = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::SecurityGroup"
GATEWAY, ATTACHMENT, EIP = "AWS::EC2::InternetGateway", "AWS::EC2::VPCGatewayAttachment", "AWS::EC2::EIP"
BUCKET = "AWS::S3::Bucket"


@functools.cache
def shared_provider() -> AwsProvider:
    """It keeps types and clients, which take half a second to make, and nothing else."""
    return AwsProvider()


class Aws:
    """A provider, a place, and the requests that were sent."""

    def __init__(self, url: str, provider: AwsProvider | None = None) -> None:
        self.url = url
        self.provider = provider or shared_provider()
        self._uids = 0
        self._seen = 0

    def place(self, region: str = "eu-west-1", **more: Any) -> Place:
        return Place("aws", "aws", ACCOUNT, region=region, endpoint=self.url, **more)

    def want(self, kind: str, body: dict[str, Any], place: Place | None = None, **more: Any) -> Resource:
        """A normalized resource with an owner of its own."""
        self._uids += 1
        fields = {"owner": Owner(LINEAGE, f"uid{self._uids}", 1), **more}
        return self.provider.normalize(Resource("here", kind, place or self.place(), freeze(body), **fields))

    def again(self, want: Resource, **changes: Any) -> Resource:
        """The same object, wanted otherwise: properties by name, None to leave one out."""
        body = {key: value for key, value in {**want.body, **changes}.items() if value is not None}
        fresh = Resource(want.address, want.type, want.place, freeze(body), owner=want.owner)
        return self.provider.normalize(fresh)

    def create(self, kind: str, body: dict[str, Any], place: Place | None = None) -> tuple[Resource, Done]:
        want = self.want(kind, body, place)
        return want, self.finish(self.provider.create(want, TOKEN), None, want, Diff())

    def made(self, kind: str, body: dict[str, Any], place: Place | None = None) -> str:
        return self.create(kind, body, place)[1].identity

    def finish(self, result: Done | Pending, have: Observed | None, want: Resource, changes: Diff) -> Done:
        while isinstance(result, Pending):
            assert result.writes and result.identity
            json.dumps(result.continuation)
            result = self.provider.advance(result, have, want, changes, TOKEN)
        return result

    def update(self, have: Observed, want: Resource, applied: Map = EMPTY) -> Done:
        changes = self.diff(want, have, applied)
        return self.finish(self.provider.update(have, want, changes, TOKEN), have, want, changes)

    def diff(self, want: Resource, have: Observed, applied: Map = EMPTY) -> Diff:
        row = LedgerRow("u", 1, "s", "e", "here", want.type, want.place, have.identity, applied=applied)
        return diff(self.provider.resource_type(want.type), want, row, have)

    def look(self, kind: str, place: Place | None = None, **narrowed: Any) -> tuple[list[Observed], list[Blindspot]]:
        """Everything that an ask finds, all its pages and details read."""
        found: list[Observed] = []
        spots: list[Blindspot] = []
        waiting = self.provider.reads(Ask(place or self.place(), kind, **narrowed))
        while waiting:
            result = self.provider.read(waiting.pop(0))
            found += result.observed
            spots += result.blindspots
            waiting += result.more
        return found, spots

    def one(self, kind: str, identity: str, place: Place | None = None) -> Observed:
        found, spots = self.look(kind, place, identities=(identity,))
        assert [each.identity for each in found] == [identity] and not spots
        return found[0]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(f"{self.url}/_orch/{path}", json.dumps(body or []).encode(), method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def faults(self, *rules: dict[str, Any]) -> None:
        self.control("POST", "faults", list(rules))

    def calls(self) -> list[str]:
        """Operations sent since the last look at them, ``sts:GetCallerIdentity`` as ``GetCallerIdentity``."""
        sent = [str(each["operation"]) for each in self.control("GET", "requests")["requests"]]
        new, self._seen = sent[self._seen :], len(sent)
        return [name.rpartition(":")[2] for name in new]

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        """A boto3 client of the test's own, not the provider's."""
        import boto3
        from botocore.config import Config

        config = Config(s3={"addressing_style": "path"})
        return boto3.client(
            service, region, endpoint_url=self.url, aws_access_key_id="t", aws_secret_access_key="t", config=config
        )


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """A server on a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def answering(*responses: Response | None) -> Iterator[Aws]:
    """A provider in front of a server that gives these answers in turn, the last one for ever."""
    left = list(responses)

    def handler(_request: object) -> Any:
        return left.pop(0) if len(left) > 1 else left[0]

    server = Server(handler, namer=lambda _: "", fault=lambda *_: Response(500), reset=lambda: None)
    with serving(server) as url:
        yield Aws(url)
