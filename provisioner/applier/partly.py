"""A run that ended before all of its steps had succeeded, as an error. Must not decide what becomes of it."""

from __future__ import annotations

from provisioner.applier.applier import Report
from provisioner.model.counting import many
from provisioner.model.problem import PartialError, Problem
from provisioner.model.run import RunStatus


class PartlyAppliedError(PartialError):
    """A run ended before all of its steps had succeeded; ``report`` says which. more: why it was not rolled back either."""

    def __init__(self, report: Report, *more: Problem) -> None:
        self.report, self.more = report, more
        hint = "  or  ".join(report.next)
        message = f"run {report.run.id} was applied in part: {report.done} of {many(report.total, 'step', 'steps')}"
        super().__init__(Problem(message, hint=hint), *more)


def whole(report: Report) -> Report:
    """The report of a run that is done; ``PartlyAppliedError`` for any other."""
    if report.run.status is not RunStatus.DONE:
        raise PartlyAppliedError(report)
    return report
