"""docs/security.md names tests that there are, and requirements as OWASP numbers them."""

import re

import pytest

from project.config import ROOT

DOCUMENT = (ROOT / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| ([0-9][^|]*) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
NUMBERS = re.compile(r"[0-9]{1,2}\.[0-9]\.[0-9]{1,2}(?:–[0-9]{1,2}\.[0-9]\.[0-9]{1,2})?")
TESTS = re.compile(r"def (test_\w+)\(")


def test_every_test_that_is_named_exists() -> None:
    existing = {name for path in (ROOT / "tests").rglob("test_*.py") for name in TESTS.findall(path.read_text())}
    named = re.findall(r"`(test_\w+)`", DOCUMENT)
    assert len(named) > 100
    assert set(named) - existing == set()


@pytest.mark.parametrize("row", ROW.findall(DOCUMENT), ids=lambda row: row[0])
def test_every_requirement_is_shown_or_its_gap_declared(row: tuple[str, str, str]) -> None:
    numbers, _, shown = row
    assert NUMBERS.fullmatch(numbers.partition(", ")[0].removesuffix(" (level 3)"))
    assert shown.strip()


def test_every_row_of_every_table_is_looked_at() -> None:
    assert len(ROW.findall(DOCUMENT)) == len(re.findall(r"^\| [0-9]", DOCUMENT, re.MULTILINE))
