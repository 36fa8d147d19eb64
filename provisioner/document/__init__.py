"""Files that users write, read with the line of every value: YAML, typed settings, near names.

This room must not know what the files are about.
"""

from provisioner.document.coerce import coerced
from provisioner.document.near import did_you_mean, near
from provisioner.document.reader import LinePool, Located, Scalars, SpecialScalarError, parse, read
from provisioner.document.typed import check

__all__ = [
    "LinePool",
    "Located",
    "Scalars",
    "SpecialScalarError",
    "check",
    "coerced",
    "did_you_mean",
    "near",
    "parse",
    "read",
]
