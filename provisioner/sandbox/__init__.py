"""Starts, finds and stops the sandboxes: local stand-ins of the clouds' endpoints, each in a process of its own.

``<directory>/sandbox.json`` says where they answer. This package must not know any cloud.
"""

from provisioner.sandbox.manager import down, endpoints, lagging, status, up
from provisioner.sandbox.record import Running, SandboxState

__all__ = ["Running", "SandboxState", "down", "endpoints", "lagging", "status", "up"]
