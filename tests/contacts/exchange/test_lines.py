"""Content lines: what is escaped, split or folded is the same when it is put together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.contacts.exchange.lines import text_lines

TEXTS = st.text(st.sampled_from('ab\\;,:n"^ \n\u00e9\u4e2d\U0001f600'), max_size=60)
PARTS = st.lists(TEXTS, min_size=1, max_size=6)


@given(TEXTS)
def test_an_escaped_text_is_itself_again(text: str) -> None:
    assert text_lines.unescape(text_lines.escape(text)) == text


@given(PARTS, st.sampled_from(";,"))
def test_escaped_parts_are_split_where_they_were_joined(parts: list[str], separator: str) -> None:
    joined = separator.join(map(text_lines.escape, parts))
    assert list(map(text_lines.unescape, text_lines.split(joined, separator))) == parts


@given(TEXTS)
def test_parts_of_any_value_can_be_joined_and_split_again(value: str) -> None:
    parts = text_lines.split(value, ";")
    assert text_lines.split(";".join(parts), ";") == parts


@given(TEXTS)
def test_a_quoted_parameter_is_itself_again(text: str) -> None:
    quoted = text_lines.quote(text)
    assert text_lines.unquote(quoted) == text
    assert "\n" not in quoted
    assert '"' not in quoted[1:-1]


@given(st.text(st.sampled_from("ab\u00e9\u4e2d\U0001f600"), min_size=20, max_size=200))
def test_a_folded_line_is_whole_again_and_no_piece_is_longer_than_75_octets(line: str) -> None:
    folded = text_lines.fold(line)
    pieces = folded.removesuffix(b"\r\n").split(b"\r\n")
    assert all(len(piece) <= 75 for piece in pieces)
    assert all(piece.decode() for piece in pieces)  # no piece ends within a character
    assert b"".join([pieces[0], *(piece[1:] for piece in pieces[1:])]).decode() == line
    assert text_lines.unfold(folded.replace(b"\r\n", b"\n")).decode() == f"{line}\n"


def test_a_backslash_that_escapes_nothing_is_one() -> None:
    assert text_lines.unescape(r"C:\dir\name") == "C:\\dir\name"
    assert text_lines.unescape("ends with \\") == "ends with \\"


@pytest.mark.parametrize("line", ["NOTE:a\r\nTEL:1", "NOTE:a\nTEL:1", "NOTE:a\rTEL:1"])
def test_no_line_break_gets_through_a_fold(line: str) -> None:
    assert text_lines.fold(line) == b"NOTE:aTEL:1\r\n"
