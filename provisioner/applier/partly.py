"""A run that ended before all of its steps had succeeded, as an error. Must not decide what becomes of it."""

from __future__ import annotations

from dataclasses import replace

from provisioner.applier.applier import Report
from provisioner.model.counting import many
from provisioner.model.problem import PartialError, Problem
from provisioner.model.run import RunStatus


class PartlyAppliedError(PartialError):
    """A run ended before all of its steps had succeeded; ``report`` says which, and what became of its rollback."""

    def __init__(self, report: Report) -> None:
        self.report = report
        hint = "  or  ".join(report.next)
        message = f"run {report.run.id} was applied in part: {report.done} of {many(report.total, 'step', 'steps')}"
        super().__init__(Problem(message, hint=hint), *report.problems)


def undone(report: Report, rollback: Report) -> Report:
    """The report of a run that has failed and was then rolled back, as far as that got: what stands and what to type are the
    rollback's."""
    status = RunStatus.ROLLED_BACK if rollback.run.status is RunStatus.DONE else report.run.status
    return replace(
        report, run=replace(report.run, status=status), outputs=rollback.outputs, next=rollback.next,
        notes=rollback.notes, rollback=rollback,
    )  # fmt: skip


def whole(report: Report) -> Report:
    """The report of a run that is done; ``PartlyAppliedError`` for any other."""
    if report.run.status is not RunStatus.DONE:
        raise PartlyAppliedError(report)
    return report
