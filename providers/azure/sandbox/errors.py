"""ARM's errors: their shape, and the real service's words for those that more than one module raises.

Must not decide when an error is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Detail:
    """One inner error of ``details``."""

    code: str
    message: str
    target: str = ""

    def content(self) -> dict[str, Any]:
        """As ARM writes it."""
        return {"code": self.code, "message": self.message} | ({"target": self.target} if self.target else {})


@dataclass(slots=True)
class ArmError(Exception):
    """An answer with an error body; also what a long operation fails with."""

    status: int
    code: str
    message: str
    target: str = ""
    details: tuple[Detail, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """The error object itself, without the envelope."""
        target = {"target": self.target} if self.target else {}
        return {
            "code": self.code,
            "message": self.message,
            **target,
            "details": [detail.content() for detail in self.details],
        }

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def group_not_found(name: str) -> ArmError:
    """The resource group of a path does not exist."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def group_going(name: str) -> ArmError:
    """The resource group is being deleted."""
    message = f"The resource group '{name}' is in deprovisioning state and cannot perform this operation."
    return ArmError(409, "ResourceGroupBeingDeleted", message)


def not_found(kind: str, names: str, group: str) -> ArmError:
    """A resource does not exist, in Resource Manager's words."""
    message = (
        f"The Resource '{kind}/{names}' under resource group '{group}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return ArmError(404, "ResourceNotFound", message)


def child_not_found(identity: str) -> ArmError:
    """A nested resource does not exist, in the network provider's words."""
    return ArmError(404, "NotFound", f"Resource {identity} not found.")


def parent_not_found(name: str) -> ArmError:
    """A nested resource is put where there is no parent."""
    message = f"Can not perform requested operation on nested resource. Parent resource '{name}' not found."
    return ArmError(404, "ParentResourceNotFound", message)


def busy(operation_url: str, retry_after: str) -> ArmError:
    """Something else is changing the resource, or what it belongs to."""
    message = (
        "Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: "
        f"{operation_url}."
    )
    return ArmError(429, "AnotherOperationInProgress", message, headers={"Retry-After": retry_after})


def etag_mismatch(sent: str, current: str, identity: str) -> ArmError:
    """``If-Match`` named another state than the present one."""
    message = f"Etag provided in if-match header {sent} does not match etag {current} of resource {identity} in NRP data store."
    detail = Detail("PreconditionFailedEtagMismatch", message)
    return ArmError(412, "PreconditionFailed", "Precondition failed.", details=(detail,))


def exists_already(identity: str) -> ArmError:
    """``If-None-Match: *`` on a resource that exists."""
    message = f"If-None-Match header * was not satisfied: resource {identity} already exists."
    detail = Detail("PreconditionFailedResourceExists", message)
    return ArmError(412, "PreconditionFailed", "Precondition failed.", details=(detail,))


def method_not_allowed(method: str) -> ArmError:
    """The published operations of the type have no such verb."""
    return ArmError(405, "MethodNotAllowed", f"The requested resource does not support http method '{method}'.")
