"""The compiled schemas of Google Cloud's resource types. Reads only the committed archive, never a wheel."""

from __future__ import annotations

import functools
from pathlib import Path

from providers.kit.archive import Archive

PATH = Path(__file__).with_name("archive.zip")


@functools.cache
def archive() -> Archive:
    """The archive; made once, opened at its first use."""
    return Archive(PATH)
