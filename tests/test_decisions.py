"""Decision records are numbered without gaps, have one form, and every link to one leads somewhere."""

import re
from pathlib import Path

import pytest

from project.config import ROOT

PAGES = sorted((ROOT / "docs" / "decisions").iterdir())
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *PAGES]
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


def test_every_link_to_a_record_leads_to_one() -> None:
    linked = {name for document in DOCUMENTS for name in re.findall(r"\b(\d{4}-[a-z-]+\.md)", document.read_text())}
    assert linked
    assert linked - {page.name for page in PAGES} == set()
