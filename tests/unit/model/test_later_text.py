"""Text with references and secrets inside: what it becomes once they are known, in JSON too, and that a file keeps it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from provisioner.model.problem import OrchError
from provisioner.model.secret import reveal, secrets
from provisioner.model.value import (
    ABSENT,
    Interpolation,
    JsonText,
    Map,
    Reference,
    Secret,
    freeze,
    is_known,
    references,
    substitute,
)
from provisioner.state import codec

ID, PORTS = Reference("vpc", ("Id",)), Reference("vpc", ("Ports",))
KEY = Secret("env://KEY")
DOCUMENT = Interpolation(
    ("doc=", JsonText(None, freeze({"id": ID, "all": [PORTS, 1], "arn": Interpolation(("arn:", ID)), "key": KEY})))
)


def known(**values: Any) -> Any:
    return lambda leaf: values.get(leaf.path[0] if isinstance(leaf, Reference) else leaf.uri, ABSENT)


def test_json_is_written_once_everything_in_it_is_known() -> None:
    some = substitute(DOCUMENT, known(Id='a"b\n'))
    assert isinstance(some, Interpolation) and [str(r) for _, r in references(some)] == ["vpc.Ports"]
    more = substitute(some, known(Ports=(80, 443)))
    assert is_known(more) and [secret for _, secret in secrets(more)] == [KEY]
    text = reveal(more, lambda _: 'hunter"2')
    assert json.loads(text.removeprefix("doc=")) == {
        "id": 'a"b\n', "all": [[80, 443], 1], "arn": 'arn:a"b\n', "key": 'hunter"2',
    }  # fmt: skip


def test_json_inside_of_json_is_quoted_twice() -> None:
    inner = Interpolation((JsonText(None, (ID,)),))
    text = substitute(Interpolation((JsonText(None, Map({"policy": inner})),)), known(Id='"'))
    assert json.loads(json.loads(text)["policy"]) == ['"']


def test_lines_are_indented_as_they_were_asked_for() -> None:
    assert substitute(Interpolation((JsonText(2, (ID,)),)), known(Id="x")) == '[\n  "x"\n]'


def test_a_list_is_not_written_into_text() -> None:
    with pytest.raises(OrchError, match=r"vpc.Ports is a list, which cannot be put inside text"):
        substitute(Interpolation(("ports: ", PORTS)), known(Ports=(80,)))
    with pytest.raises(OrchError, match=r"param://creds is a map, which cannot be put inside text"):
        reveal(Interpolation(("x", Secret("param://creds"))), lambda _: {"a": 1})


def test_people_see_what_will_stand_there() -> None:
    said = 'doc={"all": ["{vpc.Ports}", 1], "arn": "arn:{vpc.Id}", "id": "{vpc.Id}", "key": "{env://KEY}"}'
    assert str(DOCUMENT) == said


def test_a_plan_keeps_it() -> None:
    body = Map({"a": DOCUMENT, "b": Interpolation((JsonText(1, ID),))})
    assert codec.decode(codec.encode(body), Map) == body
    assert hash(body) == hash(codec.decode(codec.encode(body), Map))
