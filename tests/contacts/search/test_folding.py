"""Text folded to what is compared, whatever its case, accents and script."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.contacts.search.folding import FOLDING, UNASSIGNED, fold

LETTERS = "".join(map(chr, [*range(0x20, 0x7F), *range(0xC0, 0x180), *range(0x391, 0x3CF), *range(0x400, 0x460)]))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łukasz", "lukasz"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("Олена", "olena"),
        ("Ольга", "olga"),
        ("Алёна", "alena"),
        ("В’ячеслав Вʼячеслав В'ячеслав", "vyacheslav vyacheslav vyacheslav"),
        ("O’Brien", "obrien"),
        ("Œuvre ﬃ Æsir", "oeuvre ffi aesir"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("İstanbul ı", "istanbul i"),
        ("Νίκος ΝΊΚΟΣ", "nikos nikos"),
        ("王小明", "wangxiaoming"),
        ("김", "gim"),
        ("٠٥٠ ०५०", "050 050"),
        ("  two \t\u00a0words\r\nand\u2028lines ", "two words and lines"),
        ("nu\0ll zero\u200bwidth s\u00adoft \u202eturned", "null zerowidth soft turned"),
        ("e\u0301a\u0328o\u0363", "eao"),
        ("100%_\\", "100%_\\"),
        ("", ""),
    ],
)
def test_text_folds_to_what_people_type(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("pointed", "plain"), [("אַבְרָהָם", "אברהם"), ("مُحَمَّد", "محمد"), ("أحمد", "احمد"), ("إبراهيم", "ابراهيم")]
)
def test_points_and_hamzas_are_accents(pointed: str, plain: str) -> None:
    assert fold(pointed) == fold(plain)


def test_a_vowel_written_as_a_mark_is_no_accent() -> None:
    assert fold("สุข") != fold("สข")
    assert fold("हिंदी") != fold("हंद")


@pytest.mark.parametrize("text", ["ا", "א", "ע", "😀", "↔", "\ue000", "\U0003ffff", "𗀦"])
def test_what_has_no_spelling_stays_itself(text: str) -> None:
    assert fold(text) == text


def test_the_colour_of_a_face_is_an_accent() -> None:
    assert fold("👋🏽") == fold("👋") == "👋"


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_what_is_folded_is_one_trimmed_line(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split(" ")).strip(" ")
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in folded)


def test_no_character_folds_to_a_separator() -> None:
    everything = map(chr, range(0x110000))
    for character in (each for each in everything if unicodedata.category(each) not in UNASSIGNED):
        folded = fold(character)
        assert folded == folded.strip()
        assert not any(each < " " or each == "\x7f" for each in folded), character


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_equivalent_texts_fold_alike(text: str, form: Any) -> None:
    assert fold(unicodedata.normalize(form, text)) == fold(text)


@given(st.text(LETTERS))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


def test_what_has_no_meaning_yet_is_not_remembered() -> None:
    fold("\ue123\U0003fff0Ж")
    assert FOLDING.keys() & {0xE123, 0x3FFF0, ord("Ж")} == {ord("Ж")}
