"""What libyaml says of text that is no YAML, in words that name the mistake and the way out.

Must not know what a document is about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provisioner.document.breaks import lines
from provisioner.model.problem import Problem
from provisioner.model.source import Source

_LONGEST_KEY = 1024
_KEY_HINT = "YAML reads none that is longer; a long text as a value needs quotes or |"
_OPEN = {
    "flow mapping": ("'{'", "}"),
    "flow sequence": ("'['", "]"),
}


def explained(error: Any, text: str, line: Callable[[Any], Source]) -> Problem:
    """The problem that a ``MarkedYAMLError`` is. line: of a mark, as the user knows it."""
    said, context = str(error.problem or error.context), str(error.context or "")
    at = error.problem_mark or error.context_mark
    begun = error.context_mark
    for what, (bracket, closing) in _OPEN.items():
        if context == f"while parsing a {what}" and said.startswith("did not find expected ','"):
            message = f"a {bracket} is never closed, or a ',' is missing before this"
            return _problem(message, line(begun), f"look for the missing '{closing}' or ',' before {line(at)}")
    if said == "found unexpected end of stream" and "quoted scalar" in context:
        return _problem("a quote is opened here and never closed", line(begun), "close it on the same line")
    if said == "did not find expected node content" and context == "while parsing a flow node":
        return _problem("inside of [ ] or { } a value is missing, or one of them is never closed", line(at))
    if said == "did not find expected key":
        message = f"this is no key of the map that starts at {line(begun)}"
        return _problem(
            message, line(at), "indent it as the other keys of its map; a text with quotes in it needs quotes"
        )
    if said == "did not find expected '-' indicator":
        message = f"this is no item of the list that starts at {line(begun)}"
        return _problem(message, line(at), "begin it with '- ', in the column of the other items")
    if said == "could not find expected ':'" and len(lines(text)[begun.line]) > _LONGEST_KEY:
        return _problem(f"a key of more than {_LONGEST_KEY:,} characters", line(begun), _KEY_HINT)
    if said == "could not find expected ':'":
        hint = "write key: value; a text over several lines needs quotes or |"
        return _problem("a key is not followed by ': '", line(begun), hint)
    if said.startswith("block sequence entries are not"):
        hint = "begin the list on a line of its own beneath its key; so too a macro that makes one"
        return _problem("a '- ' behind a key", line(at), hint)
    if said.startswith("mapping values are not allowed") and at.column > _LONGEST_KEY:
        return _problem(f"a key of more than {_LONGEST_KEY:,} characters", line(at), _KEY_HINT)
    if said.startswith("mapping values are not allowed"):
        return _problem("a ': ' where no key can be", line(at), "a value with ': ' or ' #' in it needs quotes")
    if said == "found character that cannot start any token":
        return _character(_at(text, at), line(at))
    more = f" ({context} that starts at {line(begun)})" if context and begun and line(begun) != line(at) else ""
    return _problem(f"{said}{more}", line(at))


def unreadable(error: Any, line: Source) -> Problem:
    """The problem that a ``ReaderError`` is: a character that YAML does not allow."""
    code = error.character if isinstance(error.character, int) else ord(error.character)
    message = f"the character U+{code:04X}, which YAML allows in no text as it is"
    return _problem(message, line, f'in double quotes it is written "\\u{code:04X}"')


def _character(character: str, source: Source) -> Problem:
    if character == "\t":
        return _problem("a tab, and YAML is indented with spaces only", source, "replace it by spaces")
    return _problem(f"no text can begin with {character!r}", source, f"put it in quotes: '{character}…'")


def _at(text: str, mark: Any) -> str:
    all_lines = lines(text)
    line = all_lines[mark.line] if mark.line < len(all_lines) else ""
    return line[mark.column] if mark.column < len(line) else ""


def _problem(message: str, source: Source, hint: str = "") -> Problem:
    return Problem(f"broken YAML: {message}", source, hint=hint)
