"""The compiled CloudFormation registry schemas: ``archive()`` opens them. Holds data only; ``compile.py`` makes it."""

from __future__ import annotations

import functools
from pathlib import Path

from providers.kit.archive import Archive

PATH = Path(__file__).with_name("archive.zip")


@functools.cache
def archive() -> Archive:
    """The schemas of all AWS types; entries are read when asked for."""
    return Archive(PATH)
