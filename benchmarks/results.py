"""What was measured, as rows that are kept in a file and shown in the document."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.operations import OPERATIONS

ORDER = list(OPERATIONS)
TARGETS = ["application", "itself", "peer", "floor"]
FILE = Path(__file__).with_name("latest.json")


class Spread(NamedTuple):
    """What rounds gave: the one in the middle, the least and the most."""

    median: float
    least: float
    most: float


@dataclass
class Row:
    """An operation at a server, with books of so many contacts: for each round what was measured, by name."""

    section: str
    operation: str
    target: str
    contacts: int
    samples: list[dict[str, float]] = field(default_factory=list)

    def spread(self, measure: str) -> Spread:
        values = [sample[measure] for sample in self.samples]
        return Spread(median(values), min(values), max(values))

    def median(self, measure: str) -> float:
        return self.spread(measure).median


@dataclass
class Results:
    """One run of the benchmark, and what it was run on."""

    machine: dict[str, str]
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row, sample: dict[str, float]) -> None:
        """Another round of a row."""
        known = [each for each in self.rows if key(each) == key(row)]
        if not known:
            self.rows.append(row)
        (known or [row])[0].samples.append(sample)

    def of(self, section: str) -> list[Row]:
        """The rows of a section, those of an operation together, in the order of `ORDER`."""
        return sorted((row for row in self.rows if row.section == section), key=place)

    def find(self, section: str, operation: str, target: str = "application", contacts: int = 1_000) -> Row | None:
        wanted = (section, operation, target, contacts)
        return next((row for row in self.rows if key(row) == wanted), None)

    def with_sections(self, other: "Results") -> "Results":
        """These results with those sections of another run that it has measured."""
        anew = {row.section for row in other.rows}
        return Results(self.machine, [*(row for row in self.rows if row.section not in anew), *other.rows])

    def write(self) -> None:
        FILE.write_text(json.dumps(asdict(self), indent=1) + "\n")


def place(row: Row) -> tuple[int, int, int]:
    operation = ORDER.index(row.operation) if row.operation in ORDER else len(ORDER)
    return operation, TARGETS.index(row.target) if row.target in TARGETS else len(TARGETS), row.contacts


def key(row: Row) -> tuple[str, str, str, int]:
    return row.section, row.operation, row.target, row.contacts


def read() -> Results:
    kept: dict[str, Any] = json.loads(FILE.read_text())
    return Results(kept["machine"], [Row(**row) for row in kept["rows"]])


def names(rows: Iterable[Row]) -> list[str]:
    """The operations of some rows, each once, in their order."""
    return list(dict.fromkeys(row.operation for row in rows))
