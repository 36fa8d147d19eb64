"""The text of ``GenerateSecretString``: what GetRandomPassword would answer, made here. Keeps it nowhere, sends nothing.

Made here, because a value that one request answers and another is sent would have to be kept in between.
"""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable, Sequence

from provisioner.model.value import Map

Choose = Callable[[Sequence[str]], str]
_LENGTH = 32
_CLASSES = {
    "ExcludeLowercase": string.ascii_lowercase,
    "ExcludeUppercase": string.ascii_uppercase,
    "ExcludeNumbers": string.digits,
    "ExcludePunctuation": string.punctuation,
}


def generated(asked: Map, choose: Choose = secrets.choice) -> str:
    """A secret as it is asked for: a password, or a JSON text that has one beside what its template says."""
    password = _password(asked, choose)
    key = asked.get("GenerateStringKey")
    if not key:
        return password
    return json.dumps({**json.loads(asked.get("SecretStringTemplate") or "{}"), key: password})


def _password(asked: Map, choose: Choose) -> str:
    excluded = asked.get("ExcludeCharacters") or ""
    classes = [
        [one for one in letters if one not in excluded] for name, letters in _CLASSES.items() if not asked.get(name)
    ]
    if asked.get("IncludeSpace") and " " not in excluded:
        classes.append([" "])
    classes = [each for each in classes if each]
    every = [one for each in classes for one in each]
    length = int(asked.get("PasswordLength") or _LENGTH)
    while True:  # any of those that have one of each kind, with the same chance
        letters = [choose(every) for _ in range(length)]
        if asked.get("RequireEachIncludedType") is False or all(set(each) & set(letters) for each in classes):
            return "".join(letters)


def fits(asked: Map) -> str:
    """Why there is no such text; empty where there is one."""
    length = asked.get("PasswordLength", _LENGTH)
    classes = [name for name in _CLASSES if not asked.get(name)]
    if not classes and not asked.get("IncludeSpace"):
        return "excludes every kind of character"
    if isinstance(length, int) and asked.get("RequireEachIncludedType") is not False and length < len(classes):
        return f"has {length} characters, and one of each of {len(classes)} kinds is required"
    if bool(asked.get("GenerateStringKey")) is not bool(asked.get("SecretStringTemplate")):
        return "has one of GenerateStringKey and SecretStringTemplate, which go together"
    return ""
