"""The fields that the schemas share: strict about types, exact about text."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from project import unicode
from project.web.fields import Email, Flag, Id, Lines, Password, StrictSchema, Text

NOT_TEXT: list[Any] = [None, 1, 1.5, True, [], {}, ["Ada"]]


class Person(StrictSchema):
    server_made = frozenset({"id", "revision"})

    name = Text(most=10, required=True)
    nickname = Text(most=10, allow_none=True)
    notes = Lines(most=20, allow_none=True)
    email = Email()
    password = Password(most=128)
    favorite = Flag()
    friend_id = Id()


def load(field: str, value: Any) -> Any:
    return Person().load({"name": "Ada", field: value})[field]


def refuse(field: str, value: Any) -> str:
    """What is wrong with the value, in one sentence."""
    with pytest.raises(ValidationError) as refusal:
        load(field, value)
    ((name, (sentence,)),) = refusal.value.messages_dict.items()
    assert name == field
    return str(sentence)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Ada", "Ada"),
        ("  Ada\t\n", "Ada"),
        ("Ada  L.", "Ada  L."),
        ("e\u0301", "é"),
        ("Å", "Å"),
        ("ﬁ", "ﬁ"),
        ("👩🏽\u200d🚀", "👩🏽\u200d🚀"),
        ("\u202bעדה\u202c", "\u202bעדה\u202c"),
        ("\U0001fae8", "\U0001fae8"),
        ("\uf8ff Inc.", "\uf8ff Inc."),
        ("\uf8ff", "\uf8ff"),
        ("e\u0301" * 10, "é" * 10),
    ],
)
def test_text_is_composed_and_trimmed_and_otherwise_kept(typed: str, kept: str) -> None:
    assert load("name", typed) == kept


@pytest.mark.parametrize("character", ["\0", "\x01", "\x1b", "\x7f", "\x85", "\x9f", "\n", "\r", "\t", "\u2028"])
def test_one_line_of_text_has_no_control_characters(character: str) -> None:
    assert refuse("name", f"A{character}da") == "Control characters are not allowed."


@pytest.mark.parametrize(
    "nothing",
    ["", " ", "\n", "\u00a0", "\u2003", "\u200b", "\ufeff", "\u2060", "\u00ad", "\u0301", "\u3164", "\u115f", "\u2800"],
)
def test_text_that_shows_nothing_is_empty(nothing: str) -> None:
    assert refuse("name", nothing) == "Must not be empty."
    assert load("nickname", nothing * 2) is None
    assert load("notes", nothing) is None


@pytest.mark.parametrize("field", ["name", "notes"])
def test_length_is_measured_in_characters_after_normalisation(field: str) -> None:
    most = {"name": 10, "notes": 20}[field]
    assert load(field, " " + "😀" * most + " ") == "😀" * most
    assert refuse(field, "😀" * (most + 1)) == f"At most {most} characters."
    assert refuse(field, "\u0958" * (most // 2 + 1)) == f"At most {most} characters."  # each becomes two


def test_no_text_that_fits_when_composed_is_refused_for_its_length_before() -> None:
    """Of all characters these take the most: four that become one."""
    assert load("name", "\u03b1\u0313\u0300\u0345" * 10) == "\u1f82" * 10
    assert max(len(unicodedata.normalize("NFD", chr(code))) for code in range(0x110000)) == unicode.MOST_COMPOSED


def test_a_text_that_is_far_too_long_is_refused_without_being_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    composed: list[str] = []

    def nfc(text: str) -> str:
        composed.append(text)
        return text

    monkeypatch.setattr(unicode, "nfc", nfc)
    assert refuse("name", "a" * 41) == "At most 10 characters."
    assert refuse("notes", "\r\n" * 41 + "a" * 81) == "At most 20 characters."
    assert set(composed) == {"Ada"}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\ntwo", "one\ntwo"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("one\ttwo", "one\ttwo"),
        ("\n one\n\n two \n", "one\n\n two"),
    ],
)
def test_lines_keep_their_breaks_each_as_one_line_feed(typed: str, kept: str) -> None:
    assert load("notes", typed) == kept


@pytest.mark.parametrize("character", ["\0", "\x0b", "\x0c", "\x1b", "\x7f", "\x85"])
def test_lines_have_no_other_control_characters(character: str) -> None:
    assert refuse("notes", f"one{character}two") == "Control characters are not allowed."


@pytest.mark.parametrize("field", [Text(most=50), Lines(most=50)])
@given(typed=st.text(max_size=60))
def test_what_was_taken_once_is_taken_again_and_stays_the_same(field: Text, typed: str) -> None:
    try:
        kept = field.deserialize(typed)
    except ValidationError:
        return
    assert kept == unicodedata.normalize("NFC", kept).strip()
    assert field.deserialize(kept) == kept


@pytest.mark.parametrize("value", NOT_TEXT)
@pytest.mark.parametrize("field", ["name", "email", "password", "friend_id"])
def test_what_is_not_text_is_refused_and_never_turned_into_text(field: str, value: Any) -> None:
    if field == "name" or value is not None:
        assert refuse(field, value)


@pytest.mark.parametrize("field", ["email", "password", "favorite", "friend_id"])
def test_null_means_absent_where_a_field_has_no_null_of_its_own(field: str) -> None:
    assert Person().load({"name": "Ada", "nickname": None, field: None}) == {"name": "Ada", "nickname": None}


@pytest.mark.parametrize(
    "address", ["ada@example.org", "ADA@Example.ORG", "ada+notes@example.org", "łukasz@exämple.org"]
)
def test_an_address_of_good_syntax_is_taken(address: str) -> None:
    assert load("email", f" {address} ").lower() == address.lower()


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@@example.org",
        "ada@exa mple.org",
        "Ada <ada@example.org>",
        "ada@example.org, charles@example.org",
        "ada@[127.0.0.1]",
        "ada@" + "a" * 250 + ".org",
    ],
)
def test_an_address_of_bad_syntax_is_refused(address: str) -> None:
    assert refuse("email", address)


def test_an_address_has_no_control_characters() -> None:
    assert refuse("email", "ada@example.org\nBcc: charles@example.org") == "Control characters are not allowed."


@given(password=st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_a_password_is_kept_whole_but_for_its_composition(password: str) -> None:
    assert load("password", password) == unicodedata.normalize("NFC", password)


def test_a_password_is_as_long_as_128_characters_of_any_script() -> None:
    assert load("password", "😀" * 128) == "😀" * 128
    assert refuse("password", "😀" * 129) == "At most 128 characters."


def test_a_password_has_no_null_character() -> None:
    assert refuse("password", "analytical\0engine") == "Control characters are not allowed."


@pytest.mark.parametrize("value", [True, False])
def test_a_flag_is_true_or_false(value: bool) -> None:  # noqa: FBT001
    assert load("favorite", value) is value


@pytest.mark.parametrize("value", [0, 1, "true", "false", "1", "", [], {}])
def test_nothing_that_looks_like_a_flag_is_one(value: Any) -> None:
    assert refuse("favorite", value)


@given(identifier=st.uuids())
def test_an_id_in_canonical_form_is_taken_in_either_case(identifier: Any) -> None:
    for spelling in (str(identifier), str(identifier).upper(), str(identifier).title()):
        assert load("friend_id", spelling) == identifier


@given(identifier=st.uuids())
def test_an_id_in_any_other_form_is_refused(identifier: Any) -> None:
    moved = f"{identifier.hex[:7]}-{identifier.hex[7:]}"
    for spelling in (identifier.hex, f"{{{identifier}}}", identifier.urn, f" {identifier}", f"{identifier}\n", moved):
        assert refuse("friend_id", spelling)


def test_what_the_server_makes_is_ignored_and_all_else_unknown_is_refused() -> None:
    assert Person().load({"name": "Ada", "id": 1, "revision": []}) == {"name": "Ada"}
    with pytest.raises(ValidationError) as refusal:
        Person().load({"name": "Ada", "ID": 1})
    assert refusal.value.messages == {"ID": ["Unknown field."]}


@pytest.mark.parametrize("value", [None, [], "Ada", 1])
def test_what_is_no_object_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Person().load(value)
