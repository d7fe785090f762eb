"""The examples that Hypothesis draws are the same in every run, whatever else the code has."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st


def drawn() -> list[str]:
    found: list[str] = []

    @given(st.text())
    @settings(max_examples=100)
    def draw(example: str) -> None:
        found.append(example)

    draw()
    return found


def test_code_that_is_added_draws_no_other_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = drawn()
    added = tmp_path / "added.py"
    added.write_text("".join(f"CONSTANT_{each} = 'constant {each}'\n" for each in range(1000)))
    specification = spec_from_file_location("added", added)
    assert specification is not None
    monkeypatch.setitem(sys.modules, "added", module_from_spec(specification))
    assert drawn() == before
    assert len(set(before)) > 50
