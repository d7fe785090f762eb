"""Text is composed as Unicode says, however it is written, and in little time."""

import json
import time
import unicodedata
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from project import unicode
from tests.accounts import Account, problem, sign_up

MARKS = "\u0301\u0327"  # an accent above and a cedilla, in the order that is not the canonical one
TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(["e", *MARKS, "\u0344", "\u3099"])))
SECONDS = 3.0  # of processor time; in quadratic time it would be minutes


@given(TEXTS.filter(lambda text: not unicode.CROWD.search(text)), st.sampled_from(["", "." * unicode.SHORT]))
def test_text_with_few_marks_is_composed_by_the_standard(text: str, before: str) -> None:
    text = before + text
    assert unicode.nfc(text) == unicodedata.normalize("NFC", text)
    assert unicode.nfkc(text) == unicodedata.normalize("NFKC", text)


@given(TEXTS, st.integers(0, 500))
def test_composing_again_changes_nothing(text: str, times: int) -> None:
    once = unicode.nfc(text + "e" + MARKS * times)
    assert unicode.nfc(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(st.lists(st.sampled_from([*MARKS, "e", "я"]), max_size=200).map("".join))
def test_in_long_texts_no_character_has_more_than_thirty_marks_and_joiners_are_all_that_is_added(text: str) -> None:
    text += "я" * unicode.SHORT
    composed = unicode.nfc(text)
    marks = 0
    for character in unicodedata.normalize("NFD", composed):
        marks = marks + 1 if unicodedata.combining(character) else 0
        assert marks <= unicode.MOST_MARKS
    left = composed.replace(unicode.JOINER, "")
    assert sorted(unicodedata.normalize("NFD", left)) == sorted(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize("text", [MARKS * 250_000, "e" + MARKS * 250_000, "漢" * 500_000, "я\u0301" * 250_000])
def test_any_text_takes_time_in_proportion(text: str) -> None:
    started = time.process_time()
    unicode.nfc(text)
    unicode.nfkc(text)
    assert time.process_time() - started < SECONDS


class TestRequests:
    """Bodies of the largest size, full of marks: below /auth they are small."""

    TEXT = MARKS * 240_000
    SMALL = MARKS * 3_800

    @pytest.fixture
    def ada(self, client: FlaskClient) -> Account:
        return sign_up(client)

    @pytest.mark.parametrize("field", ["first_name", "notes"])
    def test_a_contact_is_refused_soon(self, ada: Account, field: str) -> None:
        started = time.process_time()
        assert problem(ada.post("/contacts", **as_utf_8({field: self.TEXT}))) == (422, "validation-failed")
        assert time.process_time() - started < SECONDS

    @pytest.mark.parametrize("field", ["username", "email", "password"])
    def test_whoever_is_not_signed_in_is_refused_soon(self, client: FlaskClient, field: str) -> None:
        body = {"username": "ada", "email": "ada@example.org", "password": "between the numbers", field: self.SMALL}
        started = time.process_time()
        assert problem(client.post("/api/v1/auth/register", **as_utf_8(body))) == (422, "validation-failed")
        large = as_utf_8({**body, field: self.TEXT})
        assert problem(client.post("/api/v1/auth/register", **large)) == (413, "too-large")
        assert time.process_time() - started < SECONDS

    @pytest.mark.parametrize("name", ["a" + SMALL, "a@" + SMALL, SMALL, "a" * 16_000])
    @pytest.mark.parametrize("key", ["username", "email"])
    def test_a_sign_in_is_refused_soon(self, client: FlaskClient, key: str, name: str) -> None:
        started = time.process_time()
        answers = [client.post("/api/v1/auth/login", **as_utf_8({key: name, "password": "x"})) for _ in range(2)]
        assert [problem(answer) for answer in answers] == [(422, "validation-failed")] * 2
        large = as_utf_8({key: "a" + self.TEXT, "password": "x"})
        assert problem(client.post("/api/v1/auth/login", **large)) == (413, "too-large")
        assert time.process_time() - started < SECONDS

    def test_what_is_kept_is_found(self, ada: Account) -> None:
        name = "e" + MARKS * 40
        first, second = (ada.post("/contacts", json={"first_name": name}) for _ in range(2))
        assert (first.status_code, first.json["first_name"]) == (201, second.json["first_name"])
        assert ada.get("/contacts", query_string={"q": name}).json["total"] == 2


def as_utf_8(body: object) -> dict[str, Any]:
    """JSON without escapes, which would take three times the room."""
    return {"data": json.dumps(body, ensure_ascii=False).encode(), "content_type": "application/json"}
