"""Decision records are numbered without gaps and have one form."""

import re
from pathlib import Path

import pytest

from project.config import ROOT

PAGES = sorted((ROOT / "docs" / "decisions").iterdir())
FORM = re.compile(
    r"# (?P<number>\d+)\. [A-Z].*[^.]\n\n"
    r"(?:Accepted|Replaced by \[\d+\]\(.*\.md\)), \d{4}-\d\d-\d\d\.\n\n"
    r"## Context\n\n.+\n\n## Decision\n\n.+\n\n## Consequences\n\n.+\n\n## Alternatives\n\n.+\n",
    re.DOTALL,
)


def test_numbers_have_no_gaps() -> None:
    assert [page.name[:5] for page in PAGES] == [f"{number:04}-" for number in range(1, len(PAGES) + 1)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_record_has_the_common_form(page: Path) -> None:
    text = page.read_text()
    match = FORM.fullmatch(text)
    assert match
    assert text.count("\n## ") == 4
    assert f"{int(match['number']):04}-" == page.name[:5]
