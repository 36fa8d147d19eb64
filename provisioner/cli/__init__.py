"""The command line: arguments to the service, results to a renderer, outcomes to an exit code. Nothing is decided here."""

from __future__ import annotations

from provisioner.cli.app import main, run

__all__ = ["main", "run"]
