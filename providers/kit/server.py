"""The HTTP side of a sandbox: a loopback server, injected faults, and a log of requests. Knows no cloud and no provider.

Every sandbox answers these control paths besides its cloud's own:

``GET /_orch/health`` → 200 once it serves · ``GET /_orch/requests`` → ``{"count": n, "requests": [{"method", "path",
"operation", "status"}]}`` (oldest first, the last 10,000) · ``GET /_orch/faults`` → ``{"kinds": [...], "rules": [...]}``, each
``Rule`` with what is left of it · ``POST /_orch/faults`` with a list of ``Rule`` objects replaces the rules (an empty list clears
them), ``PATCH`` adds to them · ``POST /_orch/reset`` forgets rules and log, and the cloud's content · ``/_orch/calm/…`` is the
cloud itself, of whose hostile mode there is nothing to see.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from providers.kit.hostile import Mood


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a handler sees it. ``path`` is without query; ``headers`` have lower-case names."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is empty. ``ValueError`` where it is not JSON."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Response:
    """What to answer. ``operation`` names the call in the request log (``CreateVpc``, ``networks.insert``)."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    operation: str = ""

    @classmethod
    def of_json(cls, status: int, content: Any, operation: str = "", **headers: str) -> Response:
        """A JSON answer; header names are written with ``_`` for ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status, json.dumps(content).encode(), {"Content-Type": "application/json", **named}, operation)


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault to inject. kind: ``throttle`` (to be tried again after ``seconds``), ``error`` (500), ``deny``, ``expired``
    (credentials), ``quota``, ``lost`` (the work is done, the connection then closed without an answer), ``latency``
    (``seconds`` before the answer), ``refuse`` (connection closed before the work), ``echo`` (400, in words that repeat what was
    sent, as clouds do where they refuse a value); where a cloud has long operations also
    ``fail`` (accepted, then failing) and ``slow`` (``seconds`` long); where names are the whole world's ``taken`` (somebody else
    has it). ``hostile`` is no fault but a mode beside them: answers are as right and as unlike each other as the real cloud's;
    something new may stay unseen for ``seconds``.

    operation: regular expression searched in the operation's name or ``METHOD path`` · skip: let that many pass first ·
    times: how often, -1 for ever (as ``hostile`` always is) · seed: of ``hostile``.
    """

    kind: str
    operation: str = "."
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    seed: int = 0


HOSTILE = "hostile"
CALM = "/_orch/calm"
KINDS = ("throttle", "error", "deny", "expired", "quota", "lost", "latency", "refuse", "echo")
"""Every sandbox has these."""
LONG = ("fail", "slow")
"""Those with long operations have these too."""


def repeated(request: Request) -> str:
    """What was sent, as an ``echo`` repeats it: as it is, unquoted, in large letters, as a JSON text."""
    sent = f"{request.body.decode('utf-8', 'replace')} {request.query}"
    plain = unquote_plus(sent)
    return f"Value not valid: {sent} | {plain} | {plain.upper()} | {json.dumps(plain)}"


Handler = Callable[[Request], Response]
Namer = Callable[[Request], str]
FaultAnswer = Callable[[Rule, Request], Response]
Hostility = Callable[[Request, Callable[[], Response]], Response]
"""Answers a request in a mood: has the work done (or says that there is nothing to work on), and rewords what comes."""


class Server:
    """A threaded HTTP server on 127.0.0.1. ``handler`` does the work, ``namer`` names the operation before it,
    ``fault`` words throttling, errors and denials as the cloud would, ``reset`` empties the cloud, ``more`` are kinds of faults
    beyond those that every sandbox has, ``hostile`` makes the mode of that name, where there is one."""

    def __init__(
        self,
        handler: Handler,
        *,
        namer: Namer,
        fault: FaultAnswer,
        reset: Callable[[], None],
        port: int = 0,
        more: tuple[str, ...] = (),
        hostile: Callable[[Mood], Hostility] | None = None,
    ) -> None:
        self._kinds = (*KINDS, *more, *((HOSTILE,) if hostile else ()))
        self._handler, self._namer, self._fault, self._reset = handler, namer, fault, reset
        self._moods = hostile
        self._hostility: Hostility = _calm
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._log: deque[dict[str, Any]] = deque(maxlen=10_000)
        self._count = 0
        self._http = _LoopbackServer(("127.0.0.1", port), self._handler_class())
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def serve_forever(self) -> None:
        """Answer until ``shutdown``."""
        self._http.serve_forever(poll_interval=0.1)

    def shutdown(self) -> None:
        """Stop and free the port. Safe from any thread but the serving one."""
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: Request) -> Response | None:
        """The answer to one request, faults and control paths included; None closes the connection unanswered."""
        calm = request.path.startswith(CALM)
        if calm:
            request = replace(request, path=request.path.removeprefix(CALM) or "/")
        if request.path.startswith("/_orch/"):
            return self._control(request)
        name = self._namer(request)
        called = f"{name} {request.method} {request.path}"
        rule = self._hit(called)
        hostility = self._hostility if not calm and self._is_hostile(called) else _calm
        response = (
            self._faulty(rule, request, hostility) if rule else hostility(request, partial(self._handler, request))
        )
        entry = {
            "method": request.method,
            "path": request.path,
            "operation": name,
            "status": response.status if response else 0,
        }
        with self._lock:
            self._count += 1
            self._log.append(entry)
        return response

    def _faulty(self, rule: Rule, request: Request, hostility: Hostility) -> Response | None:
        if rule.kind == "latency":
            time.sleep(rule.seconds)
        if rule.kind in ("latency", "lost"):
            response = hostility(request, partial(self._handler, request))
            return response if rule.kind == "latency" else None
        return None if rule.kind == "refuse" else self._fault(rule, request)

    def _is_hostile(self, called: str) -> bool:
        with self._lock:
            return any(rule.kind == HOSTILE and re.search(rule.operation, called) for rule in self._rules)

    def _hit(self, operation: str) -> Rule | None:
        with self._lock:
            for index, rule in enumerate(self._rules):
                if rule.times == 0 or rule.kind == HOSTILE or not re.search(rule.operation, operation):
                    continue
                if rule.skip > 0:
                    self._rules[index] = replace(rule, skip=rule.skip - 1)
                    continue
                self._rules[index] = replace(rule, times=rule.times - 1) if rule.times > 0 else rule
                return rule
        return None

    def _control(self, request: Request) -> Response:
        with self._lock:
            match request.method, request.path:
                case "GET", "/_orch/health":
                    return Response.of_json(200, {"ok": True})
                case "GET", "/_orch/requests":
                    return Response.of_json(200, {"count": self._count, "requests": list(self._log)})
                case "GET", "/_orch/faults":
                    left = [asdict(rule) for rule in self._rules if rule.times]
                    return Response.of_json(200, {"kinds": self._kinds, "rules": left})
                case "POST" | "PATCH", "/_orch/faults":
                    try:
                        given = [self._rule(rule) for rule in request.json() or []]
                    except (TypeError, ValueError) as error:
                        return Response.of_json(400, {"error": str(error)})
                    self._take(given if request.method == "POST" else [*self._rules, *given])
                    return Response.of_json(200, {"rules": len(self._rules)})
                case "POST", "/_orch/reset":
                    self._count = 0
                    self._take([])
                    self._log.clear()
                    self._reset()
                    return Response.of_json(200, {"ok": True})
        return Response.of_json(404, {"error": f"no control path {request.method} {request.path}"})

    def _take(self, rules: list[Rule]) -> None:
        """Follow these rules; of two moods the newer one, which keeps what it knows as long as it lasts."""
        before = next((rule for rule in self._rules if rule.kind == HOSTILE), None)
        mood = next((rule for rule in reversed(rules) if rule.kind == HOSTILE), None)
        self._rules = [rule for rule in rules if rule.kind != HOSTILE or rule is mood]
        if mood is None:
            self._hostility = _calm
        elif mood != before and self._moods:
            self._hostility = self._moods(Mood(mood.seed, mood.seconds))

    def _rule(self, content: dict[str, Any]) -> Rule:
        rule = Rule(**content)
        if rule.kind not in self._kinds:
            raise ValueError(f"there is no fault {rule.kind!r} here; there are {', '.join(self._kinds)}")
        try:
            re.compile(rule.operation)
        except re.error as error:
            raise ValueError(f"{rule.operation!r} is no regular expression: {error}") from None
        return replace(rule, times=-1, skip=0) if rule.kind == HOSTILE else rule

    def _handler_class(self) -> type[BaseHTTPRequestHandler]:
        answer = self.answer

        class _Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                chunked = self.headers.get("Transfer-Encoding") == "chunked"
                body = _chunked(self.rfile) if chunked else self.rfile.read(length)
                if body is None or len(body) < length:  # its sender died while it was sending: nothing was asked
                    self.close_connection = True
                    return
                split = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                response = answer(Request(self.command, split.path, split.query, headers, body))
                if response is None:
                    self.close_connection = True
                    return
                self.send_response(response.status)
                for name, value in response.headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in response.headers:
                    self.send_header("Content-Length", str(len(response.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(response.body)
                self.wfile.flush()

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

            def log_message(self, format: str, *args: object) -> None:
                """Requests are logged by the sandbox itself."""

        return _Handler


def _calm(_request: Request, work: Callable[[], Response]) -> Response:
    """No mood at all."""
    return work()


class _LoopbackServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def _chunked(stream: Any) -> bytes | None:
    """A body in chunks; None where it ends before its last one."""
    parts = []
    while line := stream.readline():
        size = int(line.split(b";")[0].strip() or b"0", 16)
        parts.append(stream.read(size))
        stream.readline()
        if size == 0:
            return b"".join(parts)
    return None
