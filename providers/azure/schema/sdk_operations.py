"""Reads the operations of an azure-mgmt package: URL templates, verbs, status codes and the style of long operations.

Must not import the package (its source is read as text) and must not know models, kept tables or archives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_BUILDER = re.compile(r"(?m)^def (build_\w+)\(")
_METHOD = re.compile(r"(?m)^    def (\w+)\(")
_ARGUMENT = re.compile(r'"(\w+)": _SERIALIZER\.url\(\s*"\w+",\s*\w+,\s*"\w+"((?:[^()]|\([^()]*\))*?)\)')
_FINAL_STATE = re.compile(r"final-state-via[\"']?\s*[:=]\s*[\"']([\w-]+)")


@dataclass(frozen=True, slots=True)
class Operation:
    """One REST operation.

    url: template as the SDK has it · limits: constraints of its placeholders, JSON Schema words · body, answer: model
    names, empty where there is none · choices: placeholder to the name of the enum of its values · lro:
    ``azure-async-operation``, ``location``, ``original-uri``; empty: answers at once.
    """

    method: str
    url: str
    api_version: str
    status: tuple[int, ...]
    body: str = ""
    answer: str = ""
    lro: str = ""
    limits: dict[str, dict[str, Any]] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)


def read_operations(folder: Path) -> Iterator[Operation]:
    """All operations of an ``operations`` folder that answer with models or nothing."""
    for path in sorted(folder.glob("*.py")):
        text = path.read_text("utf-8")
        if "def build_" in text:
            yield from _module(text)


def _module(text: str) -> Iterator[Operation]:
    first_class = re.search(r"(?m)^class ", text)
    cut = first_class.start() if first_class else len(text)
    builders = dict(_chunks(_BUILDER, text[:cut]))
    for group in re.split(r"(?m)^(?=class )", text[cut:]):
        methods: dict[str, str] = {}
        for name, chunk in _chunks(_METHOD, group):
            methods[name] = methods.get(name, "") + chunk  # overloads stand before the implementation
        for name, chunk in methods.items():
            called = re.search(r"\b(build_\w+)\(", chunk)
            if called and called[1] in builders and not name.startswith("begin_"):
                begin = methods.get(f"begin_{name.removeprefix('_').removesuffix('_initial')}", "")
                yield _operation(builders[called[1]], chunk, begin)


def _chunks(start: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    marks = list(start.finditer(text))
    for index, mark in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(text)
        yield mark[1], text[mark.start() : end]


def _operation(builder: str, method: str, begin: str) -> Operation:
    url = "".join(re.findall(r'"((?:/|\{)[^"]*)"', builder.split("path_format_arguments")[0].split("_url")[-1]))
    version = re.search(r'_params\.pop\(\s*"api-version",\s*"([^"]+)"', builder)
    statuses = re.search(r"status_code not in \[([\d, ]+)\]", method)
    verb = re.search(r'method="([A-Z]+)"', builder)
    return Operation(
        method=verb[1] if verb else "",
        url=url,
        api_version=version[1] if version else "",
        status=tuple(int(code) for code in statuses[1].split(",")) if statuses else (),
        body=_body(method),
        answer=_answer(begin or method),
        lro=_lro(method, begin),
        limits={name: _limits(rest) for name, rest in _ARGUMENT.findall(builder) if _limits(rest)},
        choices=_choices(builder),
    )


def _body(method: str) -> str:
    typed = re.search(r'_serialize\.body\(\w+, "\[?(\w+)\]?"\)', method)
    if typed:
        return typed[1]
    dumped = re.search(r"json\.dumps\((\w+), cls=SdkJSONEncoder", method)
    if not dumped:
        return ""
    models = re.findall(rf"\b{dumped[1]}:\s*(?:Optional\[)?(?:Union\[)?\s*_models\.(\w+)", method)
    return models[-1] if models else ""


def _answer(method: str) -> str:
    shape = re.findall(r'_deserialize\(\s*(?:_models\.(\w+)|"(\w+)")', method.replace("failsafe_deserialize", ""))
    names = [new or old for new, old in shape if (new or old)[:1].isupper()]
    return names[-1] if names else ""


def _choices(builder: str) -> dict[str, str]:
    """Placeholders whose values are those of an enum: ``record_type: Union[str, "_models.RecordType"]``."""
    enums = dict(re.findall(r'\b(\w+): Union\[str, "?_models\.(\w+)"?\]', builder))
    placed = re.findall(r'"(\w+)": _SERIALIZER\.url\(\s*"\w+",\s*(\w+),', builder)
    return {placeholder: enums[argument] for placeholder, argument in placed if argument in enums}


def _lro(method: str, begin: str) -> str:
    if not begin:
        return ""
    named = _FINAL_STATE.search(begin)
    if named:
        return named[1]
    if '["Azure-AsyncOperation"]' in method:
        return "azure-async-operation"
    return "location" if '["Location"]' in method else "original-uri"


def _limits(rest: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, word in (("max_length", "maxLength"), ("min_length", "minLength")):
        match = re.search(rf"{key}=(\d+)", rest)
        if match:
            found[word] = int(match[1])
    pattern = re.search(r'pattern=r"([^"]*)"', rest)
    return found | ({"pattern": pattern[1]} if pattern else {})
