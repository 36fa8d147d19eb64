"""Structured logs: every line with run, step, address and request id, for people or as JSON lines.

Lines are made from typed events and from short messages of our own; property values and the SDKs' own logs never get in.
"""

from __future__ import annotations

import json
import logging
from typing import Any, TextIO

from provisioner.model.event import Event, EventKind

LOGGER = logging.getLogger("orch")
FIELDS = (
    "run",
    "step",
    "address",
    "request_id",
    "event",
    "verb",
    "type",
    "place",
    "attempt",
    "code",
    "delay",
    "seconds",
    "done",
    "total",
)
_ALWAYS = FIELDS[:4]
_LEVEL = {
    EventKind.FAILED: logging.ERROR,
    EventKind.RETRIED: logging.INFO,
    EventKind.WARNED: logging.WARNING,
    EventKind.SKIPPED: logging.WARNING,
}
_QUIET = {EventKind.QUEUED, EventKind.POLLING}


def set_up(stream: TextIO, level: str | None, form: str = "text") -> None:
    """Write the logs of this process to a stream. level: a name of ``logging``'s in small letters, or None for no line at
    all · form: ``text`` or ``json``."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    LOGGER.handlers = [handler]
    LOGGER.propagate = False
    LOGGER.setLevel(level.upper() if level else logging.CRITICAL + 1)


def log_event(event: Event) -> None:
    """Log one event, at the level of what it is."""
    level = logging.DEBUG if event.kind in _QUIET else _LEVEL.get(event.kind, logging.INFO)
    if not LOGGER.isEnabledFor(level):
        return
    fields = {name: getattr(event, name) for name in FIELDS if name != "event"}
    LOGGER.log(
        level, "%s", event.message or event.kind, extra={"fields": {**fields, "event": str(event.kind)}, "at": event.at}
    )


class JsonFormatter(logging.Formatter):
    """One JSON object a line; the four ids are always there, other fields where they say something."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields = _fields(record)
        line = {
            "at": _at(self, record),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **{name: fields.get(name, "") for name in _ALWAYS},
            **{name: value for name, value in fields.items() if name not in _ALWAYS and value not in ("", 0, 0.0)},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """``time LEVEL message name=value…``, on one line unless there is a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        fields = _fields(record)
        told = [f"{name}={_word(fields[name])}" for name in FIELDS if fields.get(name) not in (None, "", 0, 0.0)]
        line = " ".join([_at(self, record), f"{record.levelname:<7}", _line(record.getMessage()), *told])
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields = getattr(record, "fields", {})
    return fields if isinstance(fields, dict) else {}


def _at(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return str(getattr(record, "at", "") or formatter.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"))


def _word(value: object) -> str:
    text = str(value)
    plain = text.isprintable() and not any(c in ' "=' for c in text)
    return text if plain else json.dumps(text)


def _line(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)[1:-1]
