"""A goal: a number that shall be at most, or at least, a limit."""

from typing import NamedTuple

from benchmarks.operations import LOGIN, OPERATIONS
from benchmarks.results import Row


class Goal(NamedTuple):
    """What is claimed, what was measured, and what else says something about it."""

    claim: str
    value: float
    limit: float
    is_upper: bool = True
    unit: str = ""
    remark: str = ""

    @property
    def is_reached(self) -> bool:
        return self.value <= self.limit if self.is_upper else self.value >= self.limit

    @property
    def missed_by(self) -> float:
        """By what part of the limit."""
        return abs(self.value / self.limit - 1)


def titled(name: str) -> str:
    return (OPERATIONS | {"login": LOGIN})[name].title


def ratio(one: Row, other: Row, measure: str) -> float:
    return one.median(measure) / other.median(measure)
