"""No document names a file of this repository that does not exist."""

import re
from pathlib import Path

import pytest

from project.config import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
PATH = re.compile(r"`((?:benchmarks|deploy|docs|migrations|postman|project|tests)/[\w./*-]+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_file_that_it_names_exists(document: Path) -> None:
    text = document.read_text()
    assert [path for path in PATH.findall(text) if not any(ROOT.glob(path.rstrip("/")))] == []
    assert [link for link in LINK.findall(text) if not (document.parent / link).exists()] == []
