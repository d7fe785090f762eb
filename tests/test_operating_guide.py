"""The guide for operators names nothing that does not exist."""

import re

import pytest
from flask import Flask

from project.config import ROOT

GUIDE = (ROOT / "docs" / "operating.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
SOURCES = "".join(path.read_text() for path in (ROOT / "project").rglob("*.py"))


def test_every_setting_that_it_names_is_explained() -> None:
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)[`=]", GUIDE))
    assert named
    assert named - set(re.findall(r"^#? *(?:e\.g\. )?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == set()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_every_command_that_it_names_exists(app: Flask) -> None:
    named = set(re.findall(r"flask (?:--app wsgi )?([a-z-]+)", GUIDE))
    assert named >= {"purge", "resync"}
    assert named - set(app.cli.commands) == set()


def test_every_event_that_it_names_is_logged() -> None:
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", GUIDE))
    assert named
    assert {event for event in named if f'"{event}"' not in SOURCES} == set()


def test_every_metric_that_it_names_is_collected() -> None:
    named = set(re.findall(r"\b((?:http|database|outbox)_[a-z_]+)[{ \[]", GUIDE))
    assert len(named) == 4
    bases = {re.sub("_(total|bucket)$", "", name) for name in named}
    assert {base for base in bases if f'"{base}"' not in SOURCES} == set()
