"""vCards as they are written: strict readers take them, and so does another library."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import vobject  # type: ignore[import-untyped]
from hypothesis import given, settings

from project.contacts.content import KINDS
from project.contacts.exchange.card import Card
from project.contacts.exchange.vcard import reader as vcard_reader
from project.contacts.exchange.vcard import writer as vcard_writer
from tests.contacts.exchange import strict
from tests.contacts.exchange.files import FILES, read, read_one, whole
from tests.contacts.exchange.strategies import CARDS

VERSIONS = ("3.0", "4.0")
every_version = pytest.mark.parametrize("version", VERSIONS)


def written(card: Card, version: str) -> bytes:
    return b"".join(vcard_writer.write([card], version))


def lines(card: Card, version: str) -> list[str]:
    """The lines of a card, unfolded."""
    return written(card, version).replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")


@every_version
@pytest.mark.parametrize("file", FILES)
def test_a_strict_reader_takes_what_came_from_anywhere(file: str, version: str) -> None:
    cards = read(file)
    assert len(strict.read(b"".join(vcard_writer.write(cards, version)), version)) == len(cards)


@every_version
@pytest.mark.slow
@given(card=CARDS)
@settings(max_examples=50, deadline=None)
def test_a_strict_reader_takes_any_contact(version: str, card: Card) -> None:
    assert len(strict.read(written(card, version), version)) == 1


@every_version
@pytest.mark.slow
@given(card=CARDS)
@settings(max_examples=50, deadline=None)
def test_another_library_reads_the_same(version: str, card: Card) -> None:
    contact = card.contact
    found = vobject.readOne(written(card, version).decode())
    assert found.fn.value == card.name
    assert (found.n.value.given, found.n.value.family) == (contact["first_name"] or "", contact["last_name"] or "")
    assert [each.value for each in found.contents.get("note", [])] == [contact["notes"]] * bool(contact["notes"])
    assert [each.value for each in found.contents.get("title", [])] == [contact["job_title"]] * bool(
        contact["job_title"]
    )
    numbers = [each["value"] for each in contact["details"] if each["kind"] == "phone"]
    assert [each.value for each in found.contents.get("tel", [])] == [contact["phone"]] * bool(
        contact["phone"]
    ) + numbers


HOSTILE = 'x\nEND:VCARD\r\nBEGIN:VCARD\rTEL:666;"^,\\'


@every_version
def test_no_value_starts_a_property_or_a_parameter(version: str) -> None:
    contact: dict[str, Any] = dict(read_one("FN:Ada").contact) | dict.fromkeys(
        ("first_name", "last_name", "nickname", "company", "job_title", "phone", "notes", "birthday", "email"), HOSTILE
    )
    contact["labels"] = [HOSTILE]
    contact["details"] = [{"kind": kind, "label": HOSTILE, "value": HOSTILE} for kind in KINDS]
    contact["addresses"] = [dict.fromkeys(("label", "street", "city", "region", "postal_code", "country"), HOSTILE)]
    card = Card(contact, uid=HOSTILE, extra=[f"X-FOO:{HOSTILE}", 'TEL;X-LABEL="home":'])
    found = written(card, version).replace(b"\r\n ", b"").decode().split("\r\n")
    assert [line for line in found if line.startswith(("BEGIN", "END", "VERSION"))] == [
        "BEGIN:VCARD",
        f"VERSION:{version}",
        "END:VCARD",
    ]
    assert not [line for line in found if line.startswith("TEL:666")]


def test_dates_are_written_in_the_format_of_the_version() -> None:
    ada = read_one("FN:Ada", "BDAY:1815-12-10", "ANNIVERSARY:1835-07-08", "X-ABDATE:--0901")
    emmy = read_one("FN:Emmy", "BDAY:--0323")
    assert {"BDAY:18151210", "ANNIVERSARY:18350708"} <= set(lines(ada, "4.0"))
    assert {"BDAY:1815-12-10", "item1.X-ABDATE:1835-07-08", "item1.X-ABLabel:_$!<Anniversary>!$_"} <= set(
        lines(ada, "3.0")
    )
    assert "X-ABDATE;X-APPLE-OMIT-YEAR=1604:1604-09-01" in lines(ada, "3.0")
    assert "BDAY:--0323" in lines(emmy, "4.0")
    assert "BDAY;X-APPLE-OMIT-YEAR=1604:1604-03-23" in lines(emmy, "3.0")


def test_a_second_anniversary_is_a_date_with_a_label() -> None:
    card = read_one("FN:Ada", "ANNIVERSARY:1835-07-08", "ANNIVERSARY:1843-09-01")
    assert "ANNIVERSARY:18350708" in lines(card, "4.0")
    assert "item1.X-ABDATE:1843-09-01" in lines(card, "4.0")


@every_version
def test_a_contact_without_a_number_to_reach_first_still_has_none_when_it_comes_again(version: str) -> None:
    card = read_one("FN:Ada")
    number = {"kind": "phone", "label": "work", "value": "1"}
    card = replace(card, contact={**card.contact} | {"details": [number]})
    assert whole(vcard_reader.read(written(card, version))) == [card]


def test_a_photo_is_written_as_data() -> None:
    card = replace(read_one("FN:Ada"), photo=b"\xff\xd8\xff\xe0")
    webp = replace(card, photo=b"RIFF\x00\x00\x00\x00WEBP")
    assert "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4A==" in lines(card, "3.0")
    assert "PHOTO:data:image/jpeg;base64,/9j/4A==" in lines(card, "4.0")
    assert "PHOTO:data:image/webp;base64,UklGRgAAAABXRUJQ" in lines(webp, "4.0")


def test_uid_and_time_of_change_are_written() -> None:
    card = replace(read_one("FN:Ada"), uid="urn:uuid:0192f5a0-0000-7000-8000-000000000000")
    card = replace(card, revised=datetime(2026, 11, 22, 10, 42, 0, 123, tzinfo=UTC))
    assert {"UID:urn:uuid:0192f5a0-0000-7000-8000-000000000000", "REV:20261122T104200Z"} <= set(lines(card, "4.0"))
    assert "REV:2026-11-22T10:42:00Z" in lines(card, "3.0")
    assert "UID;VALUE=text:a\\, b" in lines(replace(card, uid="a, b"), "4.0")


def test_labels_are_types_where_there_is_one_and_groups_else() -> None:
    card = read_one(
        "FN:Ada", "TEL;TYPE=CELL:1", "TEL;TYPE=WORK,FAX:2", "item7.TEL:3", "item7.X-ABLabel:Cottage", "item1.X-A:b"
    )
    assert {"TEL;TYPE=cell;PREF=1:1", "TEL;TYPE=work,fax:2", "item2.TEL:3", "item2.X-ABLabel:Cottage"} <= set(
        lines(card, "4.0")
    )
    assert "TEL;TYPE=CELL,PREF:1" in lines(card, "3.0")
    assert "item1.X-A:b" in lines(card, "4.0")


def test_a_name_that_somebody_chose_is_written_until_the_contact_is_renamed() -> None:
    card = read_one("N:Lovelace;Ada;Augusta;;", "FN:Countess of Lovelace")
    renamed = replace(card, contact={**card.contact} | {"last_name": "King"})
    assert {"FN:Countess of Lovelace", "N:Lovelace;Ada;Augusta;;"} <= set(lines(card, "4.0"))
    assert {"FN:Ada Augusta King", "N:King;Ada;Augusta;;"} <= set(lines(renamed, "4.0"))


def test_a_changed_contact_keeps_what_is_beside_it() -> None:
    card = read_one("FN:Ada", "ORG:Engines;Notes", "TEL;TYPE=CELL:1", "EMAIL;TYPE=HOME:ada@example.org", "X-MOOD:good")
    changed = replace(
        card, contact={**card.contact} | {"company": None, "phone": None, "email": "countess@example.org"}
    )
    assert {"ORG:;Notes", "EMAIL;TYPE=home:countess@example.org", "X-MOOD:good"} <= set(lines(changed, "4.0"))
    assert not [line for line in lines(changed, "4.0") if line.startswith("TEL")]


def test_names_in_two_scripts_are_whole_in_both_versions() -> None:
    (card,) = read("rfc6350-4.0.vcf")
    assert {"N;ALTID=1;LANGUAGE=en:Yukawa;Hideki;;;", "FN;PREF=2;LANGUAGE=en:Hideki Yukawa"} <= set(lines(card, "4.0"))
    assert "X-ALTERNATIVE-N;ALTID=1;LANGUAGE=en:Yukawa;Hideki;;;" in lines(card, "3.0")


def test_remainders_of_merged_contacts_are_written_once() -> None:
    card = Card(
        read_one("N:Lovelace;Ada;;;").contact, extra=["N:;;Augusta;;", "N:;;Byron;;", "ORG:;Notes", "ORG:;Engines"]
    )
    assert [line for line in lines(card, "4.0") if line.startswith("N:")] == ["N:Lovelace;Ada;Augusta;;"]
    assert len(strict.read(written(card, "4.0"), "4.0")) == 1


def test_cards_are_written_as_they_are_asked_for() -> None:
    asked: list[int] = []

    def cards() -> Any:
        for number in range(3):
            asked.append(number)
            yield read_one(f"FN:{number}")

    stream = vcard_writer.write(cards())
    assert asked == []
    next(stream)
    assert asked == [0]


def test_an_address_book_without_cards_is_an_empty_file() -> None:
    assert b"".join(vcard_writer.write([])) == b""
    assert whole([]) == []
