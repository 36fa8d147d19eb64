"""Azure through plain HTTP to Resource Manager."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.conformance.case import Call
from tests.conformance.hands.base import Found, Inventory, indexed

_GROUPS = "Microsoft.Resources/resourceGroups"
_VERSIONS = {"Microsoft.Resources": "2021-04-01", "Microsoft.Network": "2024-05-01"}
_CHILDREN = {"microsoft.network/virtualnetworks": ("Microsoft.Network/virtualNetworks/subnets", "subnets")}
_POLLS = 2000  # more than any operation of a sandbox takes


class Plain:
    """A subscription. Identities are ids in lower case, since ARM keeps none."""

    def __init__(self, endpoint: str, account: str, _region: str, _types: Iterable[str]) -> None:
        self._endpoint, self._root = endpoint, f"/subscriptions/{account}"

    def inventory(self) -> Inventory:
        return indexed([*self._groups(), *self._resources()])

    def _groups(self) -> Iterator[Found]:
        for item in self._all(f"{self._root}/resourcegroups", _VERSIONS["Microsoft.Resources"]):
            yield _found(_GROUPS, item, f"{item['id'].lower()} {item['location']}")

    def _resources(self) -> Iterator[Found]:
        for item in self._all(f"{self._root}/resources", _VERSIONS["Microsoft.Resources"]):
            whole = self._get(item["id"], item["type"])
            yield _found(item["type"], whole, str(whole["properties"]["resourceGuid"]))
            kind, segment = _CHILDREN.get(item["type"].lower(), ("", ""))
            for child in self._all(f"{item['id']}/{segment}", _version(kind)) if kind else ():
                yield _found(kind, child, f"{child['id'].lower()} in {whole['properties']['resourceGuid']}")

    def meddle(self, call: Call, found: Found) -> None:
        body = self._get(found.identity, found.type)
        for path, value in call.arguments.items():
            *above, name = path.split(".")
            node = body
            for part in above:
                node = node[part]
            node[name] = value
        self._finish(f"{call.target.upper()}", found, body)

    def remove(self, found: Found) -> None:
        self._finish("DELETE", found)

    def lacks(self, call: Call) -> bool:
        method, _, target = call.target.partition(" ")
        try:
            self._send(method, f"{self._root}{target}", call.arguments or None)
        except HTTPError as error:
            return error.code in (404, 405, 501)
        return False

    def _finish(self, method: str, found: Found, body: Any = None) -> None:
        """One request and the polls of its operation."""
        status, headers, _ = self._send(method, f"{found.identity}?api-version={_version(found.type)}", body)
        where = headers.get("Azure-AsyncOperation") or headers.get("Location")
        for _ in range(_POLLS if where and status in (201, 202) else 0):
            status, _, answer = self._send("GET", str(where))
            state = str((answer or {}).get("status", "")) if "Azure-AsyncOperation" in headers else ""
            if state not in ("", "InProgress") or (not state and status != 202):
                assert state in ("", "Succeeded"), answer
                return

    def _get(self, ident: str, kind: str) -> Any:
        return self._send("GET", f"{ident}?api-version={_version(kind)}")[2]

    def _all(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        url = f"{path}?api-version={version}"
        while url:
            page = self._send("GET", url)[2]
            yield from page["value"]
            url = page.get("nextLink", "")

    def _send(self, method: str, target: str, body: Any = None) -> tuple[int, Any, Any]:
        url = target if target.startswith("http") else f"{self._endpoint}{target}"
        headers = {"Authorization": "Bearer plain", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(url, data, headers, method=method), timeout=30) as answer:
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None


def _version(kind: str) -> str:
    return _VERSIONS.get(kind.partition("/")[0], _VERSIONS["Microsoft.Resources"])


def _found(kind: str, item: dict[str, Any], stamp: str) -> Found:
    return Found(kind, item["id"].lower(), stamp, item.get("tags") or {}, item)
