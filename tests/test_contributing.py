"""CONTRIBUTING.md names no command and no file that does not exist."""

import re

from project.config import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text()


def test_every_command_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(" ".join(re.findall(r"[`$] ?make ([a-z ]+)", PAGE)).split())
    assert named >= {"quick", "test", "lint", "lock"}
    assert named - targets == set()


def test_every_file_exists() -> None:
    named = re.findall(r"(?:[\w-]+/)*[\w-]+\.(?:py|md|txt|lock|json)\b|\b(?:tests|docs)/[\w/-]+", PAGE)
    assert len(named) > 10
    assert [name for name in named if not (ROOT / name).exists()] == []
