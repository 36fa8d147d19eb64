"""The compiled Azure schemas: ``archive()`` opens them. Must not read any SDK; ``compile`` does that for developers."""

from __future__ import annotations

import functools
from pathlib import Path

from providers.kit.archive import Archive

ARCHIVE = Path(__file__).with_name("archive.zip")


@functools.cache
def archive() -> Archive:
    """The archive of all ARM types, opened once."""
    return Archive(ARCHIVE)
