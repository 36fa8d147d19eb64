"""Names of Lambda functions, and what Lambda says while roles and functions are not ready. Words for its tables, no table."""

from __future__ import annotations

import re

from providers.aws.words import arn_of
from provisioner.model.fault import Fault
from provisioner.model.place import Place
from provisioner.model.value import Map, Value

NOT_YET: tuple[tuple[str, Fault], ...] = (
    # a role that was just made, or just given its policies, does not show everywhere at once
    (r"InvalidParameterValueException: .*cannot be assumed by Lambda", Fault.NOT_READY),
    (r"InvalidParameterValueException: .*execution role does not have permissions", Fault.NOT_READY),
    (r"InvalidParameterValueException: .*KMS key is invalid for CreateGrant", Fault.NOT_READY),
    (r"ResourceConflictException: .*(update is in progress|following state: Pending)", Fault.NOT_READY),
)


def function_arn(found: Map) -> Value:
    """A function's ARN in any answer, of the function itself and not of a version."""
    text = str(found.get("Configuration", found).get("FunctionArn", ""))
    return ":".join(text.split(":")[:7])


def name_of_arn(arn: str, _place: Place) -> str | None:
    """The name of a function out of its ARN."""
    kind, name = [*arn.split(":")[5:7], "", ""][:2]
    return name if kind == "function" else None


def short(name: Value, place: Place) -> Value:
    """A function of the place by its name alone (``jobs``, ``jobs:live``), however it is named: a whole ARN, one without its
    beginning. Anything else, what is not known yet too, stays as it is."""
    if not isinstance(name, str):
        return name
    own = re.escape(f"{arn_of(place, 'lambda')}:")
    return re.sub(rf"^(?:{own}|{re.escape(place.account)}:)function:", "", name)
