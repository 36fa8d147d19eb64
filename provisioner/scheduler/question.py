"""A question that is one request: asked again while that can help, and answered with a result or the last error.

It must not know what is asked, nor what an error means to whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from provisioner.model.fault import ProviderError
from provisioner.scheduler.budget import Lane
from provisioner.scheduler.retry import Kind, decide
from provisioner.scheduler.scheduler import Next

T = TypeVar("T")


@dataclass
class Question(Generic[T]):
    """ask: sends the request · answer: takes what came of it in the end."""

    lane: Lane
    ask: Callable[[], T]
    answer: Callable[[T | ProviderError], None]
    tries: int = 0
    weight: float = 0.0

    def prepare(self) -> None:
        return None

    def send(self) -> T:
        return self.ask()

    def settle(self, result: Any) -> Next:
        if isinstance(result, ProviderError):
            self.tries += 1
            decision = decide("read", result.fault, self.tries, retry_after=result.retry_after)
            if decision.kind is Kind.AGAIN:
                return Next(delay=decision.delay)
        elif isinstance(result, BaseException):
            raise result
        self.answer(result)
        return Next()
