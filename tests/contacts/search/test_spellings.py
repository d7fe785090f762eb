"""People are found by the name as they themselves write it, in their script, and in the spellings that there are."""

from typing import Any

import pytest

from tests.accounts import Account
from tests.contacts.calls import create, fill, names

WESTERN = [{"first_name": "Lili", "last_name": "Li"}, {"first_name": "Ilia"}, {"first_name": "Noah"}]


@pytest.mark.parametrize(
    ("person", "queries"),
    [
        ({"first_name": "철수", "last_name": "김"}, ["김철수", "철수김", "김 철수", "철수"]),
        ({"first_name": "小龍", "last_name": "李"}, ["李小龍", "小龍李", "小龍"]),
        ({"first_name": "たろう", "last_name": "やまだ"}, ["やまだたろう", "ヤマダタロウ", "やまだ"]),
        ({"first_name": "太郎", "last_name": "山田", "phonetic_first_name": "たろう", "phonetic_last_name": "やまだ"},
         ["山田太郎", "やまだたろう", "ヤマダ"]),
        ({"first_name": "هدى"}, ["هدي", "هدى"]),
        ({"first_name": "آمنة"}, ["امنة", "امنه", "آمنه"]),
        ({"first_name": "مصطفى"}, ["مصطفي"]),
        ({"first_name": "علی"}, ["علي", "على"]),
        ({"last_name": "Müller"}, ["Mueller", "Müller", "muller", "MUELLER"]),
        ({"last_name": "Mueller"}, ["Müller", "mueller"]),
        ({"first_name": "Jörg"}, ["Joerg", "jorg"]),
        ({"first_name": "Soeren"}, ["Søren"]),
        ({"first_name": "Åse"}, ["Aase", "ase"]),
        ({"first_name": "Jean Luc"}, ["jean-luc", "jean luc"]),
        ({"first_name": "Jean-Luc"}, ["jean luc", "jean-luc"]),
        ({"first_name": "J.R.R."}, ["jrr", "j.r.r.", "JRR"]),
        ({"last_name": "O'Brien"}, ["O´Brien", "O’Brien", "obrien"]),
        ({"last_name": "O Brien"}, ["O'Brien", "O’Brien"]),
        ({"first_name": "Jean-Luc"}, ["jeanluc", "Jean–Luc"]),
        ({"first_name": "Jean–Luc"}, ["jeanluc", "jean-luc", "jean luc"]),
        ({"last_name": "Al-Khwarizmi"}, ["alkhwarizmi", "al khwarizmi"]),
        ({"first_name": "J. R. R.", "last_name": "Tolkien"}, ["jrr", "j.r.r. tolkien", "j r r"]),
        ({"last_name": "St John"}, ["St. John", "st john", "stjohn"]),
        ({"first_name": "عبد الله"}, ["عبدالله", "عبد الله", "عبد اللہ"]),
        ({"first_name": "عبدالله"}, ["عبد الله", "عبدالله"]),
        ({"last_name": "أبو بكر"}, ["ابوبكر", "أبوبكر", "ابو بكر"]),
        ({"last_name": "בן גוריון"}, ["בןגוריון", "בן-גוריון"]),
        ({"first_name": "Abdul Rahman"}, ["Abdulrahman", "abdul-rahman", "abdul rahman"]),
        ({"first_name": "Abdulrahman"}, ["Abdul Rahman", "abdul-rahman"]),
        ({"last_name": "Van den Berg"}, ["Vandenberg", "van den berg", "vanden berg"]),
        ({"last_name": "Vandenberg"}, ["van den Berg"]),
        ({"last_name": "de la Cruz"}, ["Delacruz", "dela cruz"]),
        ({"last_name": "Mac Donald"}, ["MacDonald", "macdonald"]),
        ({"last_name": "El-Baradei"}, ["ElBaradei", "el baradei"]),
        ({"last_name": "Le Blanc"}, ["LeBlanc"]),
        ({"last_name": "d'Arc"}, ["darc", "d arc", "d’Arc"]),
        ({"last_name": "D Arc"}, ["d'Arc"]),
        ({"last_name": "St. John"}, ["st john"]),
        ({"first_name": "Олена"}, ["олена", "olena", "Олена"]),
        ({"first_name": "Olena"}, ["Олена"]),
        ({"first_name": "Ada", "phone": "*31#+33612345678"}, ["+33612345678", "*31#+33612345678"]),
        ({"first_name": "Ada", "phone": "1-800-FLOWERS"}, ["1-800-356-9377", "+18003569377"]),
        ({"first_name": "Ada", "phone": "+33 1 23 45 67 89, +33 6 12 34 56 78"}, ["+33612345678", "+33 1 23456789"]),
        ({"first_name": "Ada", "phone": "+49 30 1234567p89"}, ["+49301234567"]),
    ],
)  # fmt: skip
def test_a_person_is_found_in_every_spelling(ada: Account, person: dict[str, Any], queries: list[str]) -> None:
    fill(ada, WESTERN)
    contact = create(ada, **person)
    assert {query: names(ada, q=query) for query in queries} == {query: [contact["name"]] for query in queries}


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("*31#+33612345678", "+33612345678"),
        ("#31#+33 6 12 34 56 78", "+33612345678"),
        ("1-800-FLOWERS", "1-800-356-9377"),
        ("(800) CALL-ATT", "+1 800 225 5288"),
        ("+33 1 23 45 67 89, +33 6 12 34 56 78", "+33612345678"),
        ("+33 1 23 45 67 89 / +33 6 12 34 56 78", "+33 1 23 45 67 89"),
        ("+49 30 1234567p89", "+49301234567"),
        ("+49 30 1234567w89", "+49301234567"),
        ("+49 30 1234567,,89", "+49301234567"),
        ("*67 +1 212 555 0123", "+12125550123"),
        ("**21*+491701234567", "+491701234567"),
        ("+49 30 1234567 oder +49 170 1234567", "+491701234567"),
        ("+44 20 7946 0958 & +44 20 7946 0959", "+442079460959"),
        ("+33 1 23 45 67 89 poste 12", "+33123456789"),
        ("+49 30 1234567 Durchwahl 12", "+49301234567"),
    ],
)
def test_a_number_is_the_same_in_every_spelling(ada: Account, stored: str, asked: str) -> None:
    contact = create(ada, phone=stored)
    assert names(ada, phone=asked) == [contact["name"]]


def test_what_is_dialled_after_a_pause_is_no_part_of_the_number(ada: Account) -> None:
    create(ada, phone="+49 30 1234567p89")
    assert names(ada, phone="+4930123456789") == []


@pytest.mark.parametrize("q", ["이", "李", "あ", "오", "ш", "ש", "И", "श"])
def test_one_letter_finds_only_what_holds_it(ada: Account, q: str) -> None:
    fill(ada, [{"first_name": name} for name in ("Ali", "Emil", "Olaf", "Anna", "Sasha", "Ivan")])
    contact = create(ada, first_name=f"{q}{q}")
    assert names(ada, q=q) == [contact["name"]]


def test_a_reading_is_found_where_it_is_the_whole_name(ada: Account) -> None:
    fill(ada, WESTERN)
    assert names(ada, q="李") == ["Lili Li"]


def test_names_of_other_scripts_are_not_found_run_together(ada: Account) -> None:
    create(ada, first_name="Ada", last_name="Lovelace")
    assert names(ada, q="adalovelace") == []


@pytest.mark.parametrize("sort", ["name", "-name", "updated_at", "-created_at"])
def test_what_is_written_so_comes_before_what_only_sounds_so(ada: Account, sort: str) -> None:
    fill(ada, [{"first_name": "Olena"}, {"first_name": "Олена"}, {"first_name": "Olena B"}, {"first_name": "Олена Б"}])
    found = names(ada, q="Олена", sort=sort, limit=1)
    assert (len(found), {*found[:2]}) == (4, {"Олена", "Олена Б"})
