"""GET /contacts/export: the whole address book, in the format that one asks for."""

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient

from project.contacts.exchange.exporting import AT_ONCE
from tests import images, places
from tests.accounts import Account, body, problem
from tests.contacts import statements
from tests.contacts.calls import create, delete, done, fill, listed
from tests.contacts.exchange import strict
from tests.contacts.exchange.calls import bring, take
from tests.contacts.exchange.files import vcard
from tests.contacts.exchange.strict import Line

on_one_engine = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

ADA: dict[str, Any] = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.org",
    "phone": "+44 20 7946 0958",
    "birthday": "1815-12-10",
    "notes": "Bernoulli;\nand, more",
    "labels": ["Family"],
    "details": [{"kind": "phone", "label": "work", "value": "+44 20 7946 0000"}],
    "addresses": [{"label": "home", "city": "London", "country": "GB"}],
}


def cards(data: bytes, version: str = "4.0") -> list[list[Line]]:
    return strict.read(data, version)


def values(card: list[Line], name: str) -> list[str]:
    return [line.value for line in card if line.name == name]


class TestTheFormat:
    pytestmark = on_one_engine

    def test_is_vcard_4_unless_one_asks_for_another(self, ada: Account) -> None:
        create(ada, **ADA)
        with ada.get("/contacts/export") as answer:
            assert answer.status_code == 200
            assert answer.headers["Content-Type"] == "text/vcard; charset=utf-8"
            assert answer.headers["Content-Disposition"] == 'attachment; filename="contacts.vcf"'
            (card,) = cards(answer.data)
        assert values(card, "VERSION") == ["4.0"]
        assert values(card, "BDAY") == ["18151210"]
        assert values(card, "NOTE") == ["Bernoulli\\;\\nand\\, more"]

    @pytest.mark.parametrize(
        ("query", "media_type", "name"),
        [
            ("format=vcard", "text/vcard", "contacts.vcf"),
            ("format=vcard&version=3.0", "text/vcard", "contacts.vcf"),
            ("format=csv", "text/csv", "contacts.csv"),
            ("format=json", "application/json", "contacts.json"),
        ],
    )
    def test_is_what_the_query_says_whatever_is_accepted(
        self, ada: Account, query: str, media_type: str, name: str
    ) -> None:
        for accept in ("text/csv", "image/png"):
            with ada.get(f"/contacts/export?{query}", {"Accept": accept}) as answer:
                assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
                assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'

    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            ("text/vcard", "text/vcard"),
            ("text/csv", "text/csv"),
            ("application/json", "application/json"),
            ("text/vcard; version=4.0", "text/vcard"),
            ("application/*", "application/json"),
            ("text/*", "text/vcard"),
            ("*/*", "text/vcard"),
            ("image/png, */*; q=0.1", "text/vcard"),
            ("text/csv; q=0.5, application/json", "application/json"),
            ("text/vcard; q=0, text/csv", "text/csv"),
        ],
    )
    def test_is_otherwise_what_is_accepted_best(self, ada: Account, accept: str, media_type: str) -> None:
        with ada.get("/contacts/export", {"Accept": accept}) as answer:
            assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
            assert "Accept" in answer.headers["Vary"]

    @pytest.mark.parametrize("accept", ["image/png", "application/xml, text/html", "text/plain"])
    def test_is_none_where_nothing_is_accepted(self, ada: Account, accept: str) -> None:
        assert problem(ada.get("/contacts/export", {"Accept": accept})) == (406, "not-acceptable")

    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ("format=vcf", "format"),
            ("format=", "format"),
            ("format=csv&format=json", "format"),
            ("version=2.1", "version"),
            ("version=4", "version"),
            ("label=Family", "label"),
        ],
    )
    def test_is_never_guessed(self, ada: Account, query: str, parameter: str) -> None:
        answer = ada.get(f"/contacts/export?{query}")
        assert problem(answer) == (422, "validation-failed")
        assert [error["parameter"] for error in body(answer)["errors"]] == [parameter]


@on_one_engine
def test_version_3_is_as_older_phones_read_it(ada: Account) -> None:
    create(ada, **ADA)
    (card,) = cards(take(ada, version="3.0"), "3.0")
    assert values(card, "BDAY") == ["1815-12-10"]
    assert values(card, "N") == ["Lovelace;Ada;;;"]


@on_one_engine
def test_a_birthday_without_a_year_is_in_basic_format(ada: Account) -> None:
    create(ada, birthday="--12-10")
    (card,) = cards(take(ada))
    assert values(card, "BDAY") == ["--1210"]


@on_one_engine
def test_json_is_the_contacts_as_they_are_listed(ada: Account) -> None:
    fill(ada, [ADA, {"last_name": "Hopper"}, {"company": "Analytical Engines"}])
    with ada.get("/contacts/export?format=json") as answer:
        exported = body(answer)
    by_id = sorted(listed(ada), key=lambda contact: contact["id"])
    assert exported == by_id


@on_one_engine
def test_an_empty_book_is_an_empty_file(ada: Account) -> None:
    assert take(ada) == b""
    assert take(ada, format="json") == b"[]"
    assert len(take(ada, format="csv").splitlines()) == 1


@on_one_engine
def test_cells_that_a_spreadsheet_would_run_are_defused(ada: Account) -> None:
    create(ada, first_name="=1+1", last_name="@SUM(A1)", nickname="+44", company="-x")
    (row,) = csv.DictReader(io.StringIO(take(ada, format="csv").decode("utf-8-sig")))
    assert {row[name] for name in ("first_name", "last_name", "nickname", "company")} == {
        "'=1+1",
        "'@SUM(A1)",
        "'+44",
        "'-x",
    }


def test_all_living_contacts_go_out_and_nobody_elses(ada: Account, ben: Account) -> None:
    created = fill(ada, ({"first_name": f"Ada {number}"} for number in range(AT_ONCE + 1)))
    delete(ada, created[0]["id"])
    create(ben, first_name="Ben")
    living = {f"urn:uuid:{contact['id']}" for contact in created[1:]}
    for written in (cards(take(ada)), cards(take(ada, version="3.0"), "3.0")):
        assert {uid for card in written for uid in values(card, "UID")} == living
    rows = list(csv.DictReader(io.StringIO(take(ada, format="csv").decode("utf-8-sig"))))
    assert {row["first_name"] for row in rows} == {contact["first_name"] for contact in created[1:]}


def test_a_book_is_read_page_by_page_while_it_is_sent(ada: Account) -> None:
    for _ in range(2):
        fill(ada, ({"first_name": f"Ada {number}"} for number in range(AT_ONCE)))
    with statements.listening() as heard, ada.get("/contacts/export", buffered=False) as answer:
        assert answer.is_streamed
        assert "Content-Length" not in answer.headers
        before = len(heard)
        assert sum(piece.count(b"BEGIN:VCARD") for piece in answer.response) == 2 * AT_ONCE
    assert before < len(heard) == 5  # who asks, two pages, the end, and the groups


@on_one_engine
def test_a_uid_that_a_card_came_with_goes_out_again(ada: Account) -> None:
    bring(ada, vcard("FN:Ada", "UID:grace-hopper-1", "X-PHONETIC-FIRST-NAME:Eida"))
    (card,) = cards(take(ada))
    assert values(card, "UID") == ["grace-hopper-1"]
    assert values(card, "X-PHONETIC-FIRST-NAME") == ["Eida"]


@on_one_engine
def test_a_photo_goes_out_with_its_contact(served: FlaskClient, ada: Account, ben: Account) -> None:
    contact = create(ada, **ADA)
    done(places.put(ada, f"/contacts/{contact['id']}/photo", images.jpeg(64, 64)))
    (card,) = cards(take(ada))
    (photo,) = values(card, "PHOTO")
    assert photo.startswith("data:image/jpeg;base64,")
    assert bring(ben, take(ada, version="3.0"))["failed"] == []
    assert listed(ben)[0]["photo_url"] is not None


@on_one_engine
def test_an_export_is_for_nobodys_cache_but_the_callers(ada: Account) -> None:
    with ada.get("/contacts/export") as answer:
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
