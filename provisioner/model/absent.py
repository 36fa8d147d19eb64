"""That there is no value, which is not the same as ``None``. Imported from ``model.value``, where values are.

Standard library only. Must not know what may be absent.
"""

from __future__ import annotations


class Absent:
    """The type of ``ABSENT``: no value at this path, which is not the same as ``None``."""

    __slots__ = ()
    _only: Absent | None = None

    def __new__(cls) -> Absent:
        if cls._only is None:
            cls._only = super().__new__(cls)
        return cls._only

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> tuple[type[Absent], tuple[()]]:
        return Absent, ()


ABSENT = Absent()
