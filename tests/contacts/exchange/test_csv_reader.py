"""CSV: our own, Google's, Outlook's, and what people make with a spreadsheet."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.contacts.exchange.card import Card, Failure
from project.contacts.exchange.csv import cells
from project.contacts.exchange.csv import reader as csv_reader
from project.contacts.exchange.csv import writer as csv_writer
from project.errors import UnreadableImport
from tests.accounts import Account
from tests.contacts.calls import done, listed
from tests.contacts.exchange.calls import CSV, bring, brought, take
from tests.contacts.exchange.files import details, read, read_one, whole

FORMULAS = ["=1+1", "+44 20 7946 0958", "-2", "@SUM(A1)", "\tx", "\rx", "＝1", "'=1", "''+1"]


def rows(cards: list[Card]) -> list[dict[str, str]]:
    """What a spreadsheet sees."""
    return list(csv.DictReader(io.StringIO(b"".join(csv_writer.write(cards)).decode(), newline="")))


def read_row(headings: str, *lines: str) -> Card:
    """The only card of a file."""
    (card,) = whole(csv_reader.read("\r\n".join([headings, *lines, ""]).encode()))
    return card


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_is_a_formula_to_a_spreadsheet_and_all_are_themselves_again(cell: str) -> None:
    assert cells.defuse(cell) == f"'{cell}"
    assert cells.restore(cells.defuse(cell)) == cell


@given(st.text(st.sampled_from("'=+-@\t\rab"), max_size=6))
def test_defusing_is_undone_by_restoring(cell: str) -> None:
    assert cells.restore(cells.defuse(cell)) == cell
    assert not cells.defuse(cell).startswith(tuple("=+-@\t\r"))


def test_numbers_and_apostrophes_come_back_as_they_were() -> None:
    card = read_one("N:O'Hara;'tis;;;", "TEL:+44 20 7946 0958", 'NOTE:=HYPERLINK("http://example.org")', "TITLE:-x")
    (row,) = rows([card])
    assert (row["phone"], row["last_name"], row["first_name"]) == ("'+44 20 7946 0958", "O'Hara", "'tis")
    assert (row["notes"], row["job_title"]) == ('\'=HYPERLINK("http://example.org")', "'-x")
    assert whole(csv_reader.read(b"".join(csv_writer.write([card])))) == [card]


def test_lists_are_json_in_their_cells() -> None:
    (row,) = rows([read_one("FN:Ada", "TEL:1", "TEL;TYPE=work:2", "CATEGORIES:Family", "X-FAVORITE:TRUE")])
    assert json.loads(row["details"]) == [{"kind": "phone", "label": "work", "value": "2"}]
    assert json.loads(row["labels"]) == ["Family"]
    assert (row["addresses"], row["favorite"], row["birthday"]) == ("", "true", "")


def test_an_address_book_without_cards_has_headings() -> None:
    assert whole(csv_reader.read(b"".join(csv_writer.write([])))) == []


def test_google_numbers_its_columns_and_stars_its_own_groups() -> None:
    katherine, langley, lonely = read("google.csv")
    assert katherine.contact["email"] == "katherine@example.org"
    assert katherine.contact["phone"] == "+1 757 555 0110"
    assert katherine.contact["favorite"] is True
    assert katherine.contact["labels"] == ["Langley"]
    assert katherine.contact["notes"] == "Trajectories\nand orbits"
    assert details(katherine) == [
        ("email", "work", "work@example.org"),
        ("email", "home", "kj@example.org"),
        ("phone", "work fax", "(757) 555-0111"),
        ("relation", "spouse", "James Johnson"),
        ("url", "home page", "https://example.org/johnson"),
        ("date", "anniversary", "1939-11-02"),
        ("other", "Mission", "Friendship 7"),
    ]
    assert katherine.contact["addresses"] == [
        {
            "label": "home",
            "street": "1 Langley Blvd",
            "city": "Hampton",
            "region": "VA",
            "postal_code": "23681",
            "country": "US",
        }
    ]
    assert (katherine.contact["middle_name"], katherine.contact["name_prefix"]) == ("Coleman", "Mrs.")
    assert katherine.contact["department"] == "Flight Research"
    assert "PHOTO;VALUE=uri:https://lh3.googleusercontent.com/johnson" in katherine.extra
    assert (langley.contact["company"], langley.contact["birthday"]) == ("Langley Research Center", "--07-17")
    assert lonely.contact["nickname"] == lonely.contact["email"] == "lonely@example.org"


def test_google_had_other_headings_before() -> None:
    (hedy,) = read("google-2019.csv")
    assert (hedy.name, hedy.contact["phone"]) == ("Hedy Lamarr", "+43 1 0000001")
    assert details(hedy) == [
        ("other", "Maiden Name", "Kiesler"),
        ("other", "Hobby", "Torpedoes"),
        ("email", "home", "lamarr@example.org"),
        ("im", "other", "skype:hedy.lamarr"),
        ("phone", "mobile", "+43 1 0000002"),
    ]


def test_outlook_has_a_column_for_everything() -> None:
    wu, cafeteria = read("outlook.csv")
    assert wu.contact["phone"] == "(212) 555-0121"
    assert wu.contact["birthday"] == "1912-05-31"
    assert wu.contact["labels"] == ["Physics", "Columbia"]
    assert [each["label"] for each in wu.contact["addresses"]] == ["work", "home"]
    assert details(wu) == [
        ("phone", "work fax", "(212) 555-0120"),
        ("phone", "work", "(212) 555-0122"),
        ("phone", "home", "(212) 555-0123"),
        ("phone", "mobile", "(212) 555-0124"),
        ("date", "anniversary", "1942-05-30"),
        ("relation", "child", "Vincent"),
        ("other", "email", "=not an address"),
        ("other", "Hobby", "Baking"),
        ("relation", "spouse", "Luke Yuan"),
        ("url", None, "https://example.org/wu"),
    ]
    assert cafeteria.name == "Pupin Hall Cafeteria"
    assert details(cafeteria) == []


def test_a_spreadsheet_has_semicolons_latin_1_and_days_first() -> None:
    lise, otto = read("spreadsheet.csv")
    assert lise.contact["birthday"] == "1878-11-07"
    assert lise.contact["addresses"][0]["country"] == "Österreich"
    assert details(lise) == [("other", "Shoe size", "37")]
    assert (otto.contact["phone"], otto.contact["birthday"]) == ("+43 1 0000004", "1904-10-01")


@pytest.mark.parametrize(
    ("dates", "birthday"),
    [
        (["04/05/1815"], "1815-04-05"),
        (["04/05/1815", "31/12/1815"], "1815-05-04"),
        (["04/05/1815", "12/31/1815"], "1815-04-05"),
    ],
)
def test_the_order_of_a_date_is_that_of_the_file(dates: list[str], birthday: str) -> None:
    file = "\n".join(["Name,Birthday", *(f"Ada,{date}" for date in dates)])
    assert whole(csv_reader.read(file.encode()))[0].contact["birthday"] == birthday


def test_headings_may_be_spelled_in_any_way_and_come_after_a_hint() -> None:
    card = read_row(
        "sep=;", "FIRST_NAME;last name;E-mail;MOBILE PHONE;job-title", "Ada;Lovelace;ada@example.org;1;Analyst"
    )
    assert (card.name, card.line) == ("Ada Lovelace", 3)
    assert (card.contact["email"], card.contact["job_title"]) == ("ada@example.org", "Analyst")
    assert card.extra == ['TEL;X-LABEL="mobile":']


def test_one_broken_row_stops_nothing() -> None:
    pet = '"[{""kind"":""pet"",""value"":""cat""}]"'
    rows = ["Ada,", 'Charles,"[{]"', "Mary,,too,many", ",", "", f"George,{pet}", "Emmy,", ""]
    found = list(csv_reader.read("\n".join(["first_name,details", *rows]).encode()))
    assert [each.name for each in found if isinstance(each, Card)] == ["Ada", "Emmy"]
    assert [each for each in found if isinstance(each, Failure)] == [
        Failure(3, "Charles", "details: not a list in JSON."),
        Failure(4, "", "The row has more cells than there are headings."),
        Failure(7, "George", "details: kind is none of email, phone, url, date, im, relation, other."),
    ]


@pytest.mark.parametrize(
    "extra", ['["BEGIN:VCARD"]', '["no property"]', '["X-A:b", 1]', '{"X-A": "b"}', '["VERSION:2.1"]', '["X-A"]', "x"]
)
def test_a_file_cannot_bring_lines_that_are_no_properties(extra: str) -> None:
    quoted = extra.replace('"', '""')
    (failure,) = csv_reader.read(f'first_name,extra\nAda,"{quoted}"\n'.encode())
    assert isinstance(failure, Failure)
    assert failure.name == "Ada"
    assert failure.detail.startswith("extra: ")


def test_a_line_of_a_file_cannot_become_two() -> None:
    card = read_row("first_name,extra", 'Ada,"[""X-A:b\\r\\nTEL:1\\u0000""]"')
    assert card.extra == ["X-A:bTEL:1"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n", b"PK\x03\x04" + bytes(99), b"Opis,Rozmiar\nAda,x\n"],
)
def test_a_file_without_a_heading_that_is_known_is_no_import(data: bytes) -> None:
    with pytest.raises(UnreadableImport):
        csv_reader.read(data)


def test_lone_surrogates_of_json_do_not_get_in() -> None:
    card = read_row(
        "first_name,labels,details", 'Ada,"[""a\\ud800""]","[{""kind"":""im"",""label"":null,""value"":""b\\udfff""}]"'
    )
    assert (card.contact["labels"], details(card)) == (["a"], [("im", None, "b")])


def brought_by(account: Account, file: str) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The contacts of a file by their names, and what was reported of it."""
    report = bring(account, file.encode(), CSV)
    return {contact["name"]: contact for contact in listed(account)}, [each["detail"] for each in report["failed"]]


def test_a_number_that_a_spreadsheet_has_spoilt_is_reported(ada: Account) -> None:
    lost = ["4.42E+11", '"4,42E+11"', "1.23457E+12", "+4.42E+11", "########"]
    whole = {"4.42079460958E+11": "442079460958", "442079460958.0": "442079460958", "'0170": "0170", "'+49": "+49"}
    rows = [
        *(f"L{number},{cell}" for number, cell in enumerate(lost)),
        *(f"W{number},{cell}" for number, cell in enumerate(whole)),
    ]
    found, problems = brought_by(ada, "\n".join(["Name,phone", *rows, ""]))
    assert [problem.rpartition(": ")[2] for problem in problems] == [cell.strip('"') for cell in lost]
    for number, cell in enumerate(lost):
        contact = found[f"L{number}"]
        detail = {"kind": "other", "label": "phone", "value": cell.strip('"')}
        assert (contact["phone"], contact["details"]) == (None, [detail])
    assert [found[f"W{number}"]["phone"] for number in range(len(whole))] == list(whole.values())
    assert brought(ada, take(ada, format="csv"), CSV) == (0, len(found), 0)


def test_what_a_spreadsheet_writes_for_nothing_is_nothing(ada: Account) -> None:
    cells = ["#N/A", "#REF!", "#VALUE!", "n/a", "NULL", "None", "nan", "(null)", "-", "--"]
    rows = (f"A{number},{cell},{cell},{cell},{cell}" for number, cell in enumerate(cells))
    found, problems = brought_by(ada, "\n".join(["Name,Phone,email,Birthday,Website", *rows, ""]))
    assert problems == []
    for contact in found.values():
        assert (contact["phone"], contact["email"], contact["birthday"], contact["details"]) == (None, None, None, [])


def test_a_name_that_looks_like_nothing_is_one(ada: Account) -> None:
    found, _ = brought_by(ada, "First Name,Last Name,Phone\nNan,Null,1\n")
    assert list(found) == ["Nan Null"]


def test_references_of_html_are_the_characters_that_they_are_for(ada: Account) -> None:
    file = (
        "First Name,Last Name,Company,Notes,Website,Home Street\n"
        "AT&amp;T,O&#39;Neill,R&amp;D &lt;x&gt;,a &quot;b&quot;,https://example.org/?a=1&amp;b=2,1 M&amp;M<br>Floor 2\n"
        "M&uuml;ller,&#1054;&#x43B;,&nbsp;C&amp;amp;A,&foo; &copy2,https://example.org,1 Main\\nFloor 2\n"
        "Smith&Sons;,R&D,H&M;x,5 &lt; 6,https://example.org,1 Main_x000D_ Floor 2\n"
    )
    found, problems = brought_by(ada, file)
    assert problems == []
    shown = {
        name: (each["company"], each["notes"], each["details"][0]["value"], each["addresses"][0]["street"])
        for name, each in found.items()
    }
    assert shown == {
        "AT&T O'Neill": ("R&D <x>", 'a "b"', "https://example.org/?a=1&b=2", "1 M&M, Floor 2"),
        "Müller Ол": ("C&amp;A", "&foo; &copy2", "https://example.org", "1 Main, Floor 2"),
        "Smith&Sons; R&D": ("H&M;x", "5 < 6", "https://example.org", "1 Main Floor 2"),
    }
    assert brought(ada, take(ada, format="csv"), CSV) == (0, 3, 0)


def test_our_own_cells_are_exact(ada: Account) -> None:
    content = {"first_name": "R&amp;D", "phone": "4.42E+11", "company": "#N/A", "notes": "_x000D_"}
    done(ada.post("/contacts", json=content), 201)
    assert brought(ada, take(ada, format="csv"), CSV) == (0, 1, 0)
    assert {name: listed(ada)[0][name] for name in content} == content
