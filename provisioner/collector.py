"""Python's cyclic collector, switched off while many objects are made that stay: nothing here makes circles of them, and walking
them again and again would double the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def off() -> Iterator[None]:
    """Off inside, and as it was before afterwards; then it looks at all that was made, so the outermost work is best.

    Of a function too: ``@collector.off()``."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
