"""Files that users write, read with the line of every value: YAML, typed settings, near names.

This room must not know what the files are about.
"""

from provisioner.document.coerce import coerced, no_yaml
from provisioner.document.located import LinePool, Located
from provisioner.document.near import did_you_mean, near
from provisioner.document.reader import Scalars, SpecialScalarError, parse, read
from provisioner.document.typed import check
from provisioner.document.words import either, kind_of, type_words

__all__ = [
    "LinePool",
    "Located",
    "Scalars",
    "SpecialScalarError",
    "check",
    "coerced",
    "did_you_mean",
    "either",
    "kind_of",
    "near",
    "no_yaml",
    "parse",
    "read",
    "type_words",
]
