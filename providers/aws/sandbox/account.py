"""One AWS account on loopback: moto, with tokens, pages, refusals and faults around it. Holds no rule of a service."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from providers.aws.sandbox import ec2, ec2_lists, errors, s3
from providers.aws.sandbox.call import Call, Protocol, parse
from providers.aws.sandbox.corrections import corrected, knows_tokens
from providers.aws.sandbox.errors import RefusedError
from providers.aws.sandbox.hostile import Hostile
from providers.aws.sandbox.moto_app import Moto
from providers.aws.sandbox.paging import Pages, page_size
from providers.aws.sandbox.tokens import Tokens
from providers.kit.server import Request, Response, Server

_LOG = logging.getLogger(__name__)


class Account:
    """The account 123456789012, without a default VPC in any region. Calls are served one at a time: moto needs it, and
    being bound to the processor it is no slower for it."""

    def __init__(self) -> None:
        self._moto = Moto()
        self._tokens, self._pages = Tokens(), Pages()
        self._emptied: set[str] = set()  # regions whose default VPC is gone
        self._lock = threading.RLock()

    def serve(self, port: int = 0) -> Server:
        """Bind; ``OSError`` where the port is taken."""
        return Server(
            self.handle,
            namer=lambda request: parse(request).name,
            fault=errors.fault,
            reset=self.reset,
            port=port,
            more=("taken",),
            hostile=Hostile,
        )

    def reset(self) -> None:
        """Forget every object, token and listing."""
        with self._lock:
            self._moto.reset()
            self._tokens.clear()
            self._pages.clear()
            self._emptied.clear()

    def handle(self, request: Request) -> Response:
        """The answer to one request; what moto cannot do is answered 501, what it breaks on 500."""
        call = parse(request)
        try:
            with self._lock:
                return self._by_protocol(call)
        except RefusedError as refused:
            return errors.answer(call, refused)
        except NotImplementedError:
            words = f"The sandbox does not implement {call.name or request.path}."
            return errors.answer(call, RefusedError("NotImplemented", words, 501))
        except Exception as error:  # noqa: BLE001 - a sandbox answers whatever breaks in moto, as a cloud would
            _LOG.exception("%s failed in moto", call.name)
            words = f"moto failed on {call.name}: {type(error).__name__}: {error}"
            return errors.answer(call, RefusedError("InternalError", words, 500))

    def _by_protocol(self, call: Call) -> Response:
        if call.protocol is Protocol.EC2:
            return self._ec2(call, call.form())
        if call.protocol is Protocol.S3:
            return self._s3(call)
        if knows_tokens(call):
            return corrected(call, self._moto)
        parameters = call.form() if call.protocol is Protocol.QUERY else call.request.body
        return self._tokens.answer(call, parameters, lambda: corrected(call, self._moto))

    def _ec2(self, call: Call, form: dict[str, str]) -> Response:
        try:
            model = self._moto.ec2(call.region)
        except KeyError:
            raise RefusedError("AuthFailure", f"There is no region {call.region}.", 401) from None
        if call.region not in self._emptied:
            ec2.remove_default_vpc(model)
            self._emptied.add(call.region)
        if call.operation.startswith("Describe"):
            return self._describe(call, form, model)

        def work() -> Response:
            read = ec2.as_read(form)
            ec2.refuse(call.operation, read, model)
            return self._settled(call, ec2.before(call.operation, read, model), model)

        return self._tokens.answer(call, form, work)

    def _describe(self, call: Call, form: dict[str, str], model: Any) -> Response:
        if "NextToken" in form:
            return self._pages.following(call.operation, form)
        if "MaxResults" in form:
            page_size(form)
        whole = self._settled(call, ec2_lists.narrowed(call.operation, form, model), model)
        return self._pages.first(call.operation, form, whole) if "MaxResults" in form and whole.status < 400 else whole

    def _settled(self, call: Call, form: dict[str, str], model: Any) -> Response:
        response = self._moto(call.request, urlencode(form).encode())
        if response.status >= 400:
            return response
        return replace(response, body=ec2.after(call.operation, form, model, response.body))

    def _s3(self, call: Call) -> Response:
        model, request = self._moto.s3(), call.request
        if call.operation == "ListBuckets":
            return s3.list_buckets(model, request)
        existed = s3.has_bucket(model, request)
        response = self._moto(request)
        if response.status < 400:
            if call.operation == "CreateBucket" and not existed:
                s3.furnish(model, request)
            elif call.operation == "DeleteBucket":
                s3.forget_tags(model, request)
            elif call.operation == "DeleteBucketEncryption":
                s3.restore_encryption(model, request)
        return response
