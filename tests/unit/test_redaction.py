"""Whatever form a message gives a value, it leaves without it; and what is no secret is left as it is."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from provisioner.model.fault import Fault, ProviderError
from provisioner.model.problem import Problem, StaleError
from provisioner.model.value import Map
from provisioner.redaction import Redaction, Untold

VALUE = " Pa\"ss/w\\ö'rd &<x>+7 "


def knowing(*values: object) -> Redaction:
    out = Redaction()
    for value in values:
        out.learn(value)
    return out


@pytest.mark.parametrize(
    "form",
    [
        VALUE, VALUE.strip(), VALUE.upper(), VALUE.lower(), repr(VALUE), json.dumps(VALUE),
        json.dumps(VALUE, ensure_ascii=False), html.escape(VALUE), quote(VALUE), quote(VALUE, safe=""), quote_plus(VALUE),
        base64.b64encode(VALUE.encode()).decode(), json.dumps(json.dumps(VALUE.strip()))[3:-3],
    ],
)  # fmt: skip
def test_every_form_is_masked(form: str) -> None:
    clean = knowing(VALUE).text(f"the value '{form}' is refused")
    assert "rd" not in clean and "(sensitive)" in clean, clean


ODD = ("@#$%^&*()-+=Q7!", "пароль-секрет-ключ", "KVsecretCcQz+&=", "💧'\"<>\\💧~")


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize(
    "form",
    [
        str, repr, ascii, html.escape, json.dumps, quote_plus, lambda text: text.encode("unicode_escape").decode(),
        lambda text: quote(text, safe=""), lambda text: quote(text).lower(), lambda text: quote(quote_plus(text)),
        lambda text: text.replace("+", " "), lambda text: repr(text.encode()), lambda text: text.encode().hex(),
        lambda text: json.dumps(json.dumps(json.dumps(text))), lambda text: json.dumps(html.escape(text)),
        lambda text: text.encode("ascii", "xmlcharrefreplace").decode(), lambda text: html.escape(html.escape(text)),
        lambda text: re.sub(r"[^A-Za-z0-9]", lambda one: f"&#x{ord(one[0]):x};", text), lambda text: base64.b64encode(text.encode()).decode(),
    ],
)  # fmt: skip
def test_a_value_of_any_alphabet_is_masked_whole(value: str, form: Callable[[str], str]) -> None:
    clean = knowing(value).text(f"<{form(value)}>")
    assert re.fullmatch(r"<['\"\\b]*\(sensitive\)['\"\\=]*>", clean), clean


@pytest.mark.timeout(100)  # a search that grows with the square would take hours
def test_many_values_are_learned_and_looked_for_in_time() -> None:
    redaction = Redaction()
    for number in range(60):
        redaction.learn(f"{number}!@#$ пароль %^&*()-+=" * 2)
    redaction.learn("k" * 99 + "\n" + "é+ " * 20_000)
    text = "what a cloud says of anything, 10.0.0.0/16, at length. " * 400
    assert redaction.text(text) == text


def test_what_is_inside_of_a_value_is_masked_too() -> None:
    redaction = knowing(Map(user="admin-name", ports=(5432, 1.25, True), key="-----BEGIN-----\nMIIEvQIBADANBgkq\n--"))
    assert redaction.text("admin-name 5432 MIIEvQIBADANBgkq True") == "(sensitive) (sensitive) (sensitive) True"
    assert (
        redaction.text("port 54321 of 15432, request a5432b, 5432.5") == "port 54321 of 15432, request a5432b, 5432.5"
    )


def test_a_long_number_is_masked_inside_of_a_word() -> None:
    redaction = knowing(739153864201, "123456", "5432")
    assert redaction.text("user739153864201 x123456.5 y5432") == "user(sensitive) x(sensitive).5 y5432"


def test_a_short_value_is_masked_in_quotes_alone() -> None:
    redaction = knowing("ab", "")
    assert redaction.text("label l='Ab' is about") == "label l=(sensitive) is about"


def test_an_error_says_nothing_and_stays_what_it_is() -> None:
    redaction = knowing("hunter-two")
    error = StaleError(Problem("is 'hunter-two'", hint="not HUNTER-TWO"))
    error.__cause__ = ProviderError(Fault.INVALID, "hunter-two is wrong")
    clean = redaction.error(error)
    assert clean is error and "hunter" not in str(error).lower() + str(error.__cause__)
    assert error.problems[0].hint == "not (sensitive)"


def test_an_error_that_cannot_be_changed_is_replaced() -> None:
    class Stubborn(Exception):
        def __str__(self) -> str:
            return "it was hunter-two"

    clean = knowing("hunter-two").error(Stubborn())
    assert isinstance(clean, Untold) and str(clean) == "Stubborn: it was (sensitive)"
    outer = ValueError("no")
    outer.__cause__ = Stubborn()
    assert knowing("hunter-two").error(outer) is outer and outer.__cause__ is None
