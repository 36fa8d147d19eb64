"""Faults on demand: rules that a running sandbox follows, over the control path that each has. Knows no cloud.

It must not decide what a fault looks like: the sandbox words it as its cloud would.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from provisioner.model.problem import OrchError
from provisioner.sandbox import manager
from provisioner.sandbox.record import SandboxState

_PATH = "/_orch/faults"
_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule. operation: regular expression over the call's name and ``METHOD path`` · times: how often, -1 for ever · skip:
    how many calls pass first · seconds: of a wait, where the kind has one · seed: of ``hostile``, which is a mode and no
    fault: it lasts until it is cleared."""

    kind: str
    operation: str = "."
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    seed: int = 0


HOSTILE = "hostile"


def add(directory: Path, fault: Fault, cloud: str | None = None) -> tuple[str, ...]:
    """Let one cloud, or all that run, make a fault; which ones that are. ``OrchError`` where a cloud has no such fault."""
    urls = _urls(directory, cloud)
    known = {name: _ask(name, url, "GET")["kinds"] for name, url in urls.items()}
    able = tuple(name for name in urls if fault.kind in known[name])
    if not able:
        kinds = ", ".join(dict.fromkeys(kind for each in known.values() for kind in each))
        raise OrchError(
            f"{' and '.join(urls)} {'has' if len(urls) == 1 else 'have'} no fault {fault.kind!r}",
            hint=f"there are: {kinds}",
        )
    for name in able:
        _ask(name, urls[name], "PATCH", [asdict(fault)])
    if fault.kind == HOSTILE:
        manager.mark_lagging(directory, able, lags=fault.seconds > 0)
    return able


def clear(directory: Path, cloud: str | None = None) -> tuple[str, ...]:
    """Let one cloud, or all that run, make no fault any more; which ones that are."""
    urls = _urls(directory, cloud)
    for name, url in urls.items():
        _ask(name, url, "POST", [])
    if manager.lagging(directory) & urls.keys():
        manager.mark_lagging(directory, urls, lags=False)
    return tuple(urls)


def active(state: SandboxState | None) -> Mapping[str, tuple[Fault, ...]]:
    """The rules that still apply, by cloud; nothing of one that does not answer."""
    answering = {name: one.url for name, one in state.clouds.items() if one.answers} if state else {}
    return {name: tuple(Fault(**rule) for rule in _ask(name, url, "GET")["rules"]) for name, url in answering.items()}


def _urls(directory: Path, cloud: str | None) -> Mapping[str, str]:
    running = manager.endpoints(directory)
    if cloud is not None and cloud not in running:
        raise OrchError(f"there is no sandbox of {cloud!r}", hint=f"there are: {', '.join(running)}")
    return {cloud: running[cloud]} if cloud else running


def _ask(cloud: str, url: str, method: str, content: Any = None) -> Any:
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=_SECONDS)  # never through a proxy
    try:
        connection.request(method, _PATH, None if content is None else json.dumps(content))
        answer = connection.getresponse()
        said = json.loads(answer.read() or b"{}")
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OrchError(f"the {cloud} sandbox does not answer at {url}: {error}", hint="orch sandbox status") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise OrchError(f"the {cloud} sandbox refuses that: {said.get('error', answer.status)}")
    return said
