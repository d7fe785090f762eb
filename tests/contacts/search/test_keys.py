"""What a contact is found and sorted by, with telephone numbers of every country spelled in every way."""

import sqlite3
from collections.abc import Iterator
from itertools import product
from typing import Any

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from project.contacts.naming import display_name
from project.contacts.search import keys, phones
from project.contacts.search.folding import fold
from tests.contacts.contents import content, derive

ADA: dict[str, Any] = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "nickname": "Enchantress of Numbers",
    "company": "Analytical Engines & Söhne",
    "job_title": "Rechnerin",
    "email": "Ada@Example.org",
    "phone": "+44 20 7946 0958",
    "birthday": "1815-12-10",
    "notes": "Bernoulli",
    "labels": ["Родина", "Piano"],
    "details": [
        {"kind": "phone", "label": "work", "value": "+380 50 123 45 67"},
        {"kind": "email", "label": "home", "value": "countess@example.org"},
        {"kind": "url", "label": None, "value": "https://ada.example.org"},
    ],
    "addresses": [{"label": "home", "street": "St James’s Square", "city": "London"}],
}

patient = settings(deadline=None)  # what phonenumbers knows about a country is read when it is first needed


def finds(q: str, contact: dict[str, Any], region: str | None = None) -> bool:
    text = derive(contact, region)["search_text"]
    return all(any(substring in text for substring in term) for term in keys.search_terms(q, region))


def stored_keys(number: str, region: str | None = None) -> str:
    return derive({"phone": number}, region)["phone_keys"]


def is_same_number(stored: str, asked: str, region: str | None = None) -> bool:
    numbers = stored_keys(stored, region)
    return any(pattern in numbers for pattern in keys.phone_patterns(asked, region))


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        (ADA, "Ada Lovelace"),
        ({"first_name": "Ada", "last_name": None, "nickname": "Countess"}, "Ada"),
        ({"first_name": None, "last_name": "Lovelace", "company": "Engines"}, "Lovelace"),
        ({"first_name": "", "last_name": None, "nickname": "Countess", "company": "Engines"}, "Countess"),
        ({"nickname": None, "company": "Engines"}, "Engines"),
        ({}, ""),
    ],
)
def test_a_contact_is_called_by_name_or_nickname_or_company(contact: dict[str, Any], name: str) -> None:
    assert display_name(content(contact)) == name


@pytest.mark.parametrize(
    "q",
    [
        "ada",
        "LOVELACE",
        "lace ada",
        "Ада",
        "numbers of",
        "engines",
        "sohne",
        "&",
        "rechner",
        "rodina",
        "piano",
        "ada@example.org",
        "countess@",
        "example.org ada",
        "7946",
        "020 7946",
        "+380",
        "(050)",
        "50-123",
        "ада 0958",
    ],
)
def test_a_contact_is_found_by_every_word_of_what_is_searched(q: str) -> None:
    assert finds(q, ADA)


@pytest.mark.parametrize(
    "q",
    [
        "bernoulli",
        "https",
        "London",
        "James",
        "1815",
        "home",
        "ada babbage",
        "adalovelace",
        "7946 0000",
        "%",
        "_",
        "a%a",
        "\\",
    ],
)
def test_a_contact_is_not_found_by_anything_else(q: str) -> None:
    assert not finds(q, ADA)


@patient
@given(
    st.fixed_dictionaries(
        {}, optional={field.name: st.none() | st.text() for field in keys.SEARCHED if field.kind != "labels"}
    )
)
def test_a_contact_is_found_by_whatever_it_contains(contact: dict[str, str | None]) -> None:
    for text in filter(None, contact.values()):
        assert finds(text, contact) == bool(fold(text))


@pytest.mark.parametrize("q", ["", " ", "\t\n", "\u200b", "\u0301", "'", "’ ʼ", "ь"])
def test_a_q_that_folds_to_nothing_finds_nothing(q: str) -> None:
    assert keys.search_terms(q, None) == [()]
    assert not finds(q, ADA)


@patient
@given(st.text() | st.text("0123456789+-()./ "), st.sampled_from([None, "UA", "US", "ZZ"]))
def test_no_text_looks_for_nothing_in_particular(text: str, region: str | None) -> None:
    terms = keys.search_terms(text, region)
    assert terms
    assert all(substring.strip() for term in terms for substring in term)
    assert all(pattern.strip() and pattern[0] == pattern[-1] == "\n" for pattern in keys.phone_patterns(text, region))


def written_with_country(number: phonenumbers.PhoneNumber) -> Iterator[str]:
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    yield from (e164, "00" + e164[1:], phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL))
    if len(e164) > 11:
        yield e164[1:]


def written_at_home(number: phonenumbers.PhoneNumber) -> Iterator[str]:
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    yield from (national, national.replace(" ", "").replace("-", "."), phonenumbers.national_significant_number(number))


def examples(region: str) -> list[phonenumbers.PhoneNumber]:
    kinds = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    return [number for kind in kinds if (number := phonenumbers.example_number_for_type(region, kind))]


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_number_of_the_region_is_found_in_any_spelling_by_any_spelling(region: str) -> None:
    for number in examples(region):
        if len(phonenumbers.national_significant_number(number)) >= phones.PARSED_DIGITS:
            written = [*written_with_country(number), *written_at_home(number)]
            for stored, asked in product(written, written):
                assert is_same_number(stored, asked, region), (stored, asked)
                assert finds(asked, {"phone": stored}, region), (stored, asked)


# A mobile number of Argentina has a 9 abroad and a 15 in its middle at home: only PHONE_REGION brings the two together.
@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS - {"AR"}))
def test_without_a_region_the_national_part_decides(region: str) -> None:
    for number in examples(region):
        if len(phonenumbers.national_significant_number(number)) >= phones.NATIONAL_DIGITS:
            known, national = list(written_with_country(number)), list(written_at_home(number))
            for stored, asked in (*product(known, known), *product(known, national), *product(national, known)):
                assert is_same_number(stored, asked), (stored, asked)
                assert finds(asked, {"phone": stored}), (stored, asked)


digits = st.text("0123456789", min_size=9, max_size=9).filter(lambda text: text[0] != "0")


@patient
@given(digits, digits, st.sampled_from([None, "UA"]))
def test_other_numbers_are_not_the_same(one: str, other: str, region: str | None) -> None:
    assume(one != other)
    for stored, asked in product((f"+380{one}", f"0{one}", one), (f"+380 {other}", f"0{other}", other)):
        assert not is_same_number(stored, asked, region), (stored, asked)


@patient
@given(digits)
def test_the_same_digits_in_another_country_are_another_number(national: str) -> None:
    assert not is_same_number(f"+380 {national}", f"+49 {national}")
    assert not is_same_number(f"+380 {national}", f"+48 {national}", "UA")
    assert not is_same_number(f"0{national}", f"+48 {national}", "UA")
    assert is_same_number(f"+380 {national}", national)
    assert is_same_number(f"+49 {national}", national)


@pytest.mark.parametrize(
    "other", ["+380 50 112 11 12", "1120", "0112", "+44 112", "011 2112", "+1 112", "(112) 112", "11"]
)
@pytest.mark.parametrize("region", [None, "UA", "GB"])
def test_a_short_number_is_only_itself(other: str, region: str | None) -> None:
    assert is_same_number("112", "112", region)
    assert not is_same_number(other, "112", region)
    assert not is_same_number("112", other, region)


def test_seven_digits_are_enough_for_a_national_part() -> None:
    assert is_same_number("+372 321 2345", "321 2345")
    assert is_same_number("321 2345", "+372 321 2345")
    assert not is_same_number("+376 712 345", "712 345")
    assert not is_same_number("712 345", "+376 712 345")


def test_five_digits_are_enough_where_the_region_has_no_more() -> None:
    assert is_same_number("62 889", "+247 62889", "AC")
    assert is_same_number("+247 62889", "62 889", "AC")


def test_a_plus_that_was_lost_on_the_way_is_not_missed() -> None:
    assert is_same_number("+47 912 34 567", "4791234567")
    assert is_same_number("4791234567", "+47 912 34 567")
    assert is_same_number("050 123 45 67", " 380501234567")
    assert is_same_number("380501234567", "050 123 45 67")
    assert is_same_number("380501234567", "+380501234567", "DE")


@pytest.mark.parametrize("number", ["431 234 5678", "501 234 567 8901"])
def test_a_country_is_not_guessed_from_few_digits_or_from_a_number_it_cannot_have(number: str) -> None:
    assert stored_keys(number) == f"\n{number.replace(' ', '')}\n"


def test_a_number_without_its_area_code_has_no_country() -> None:
    assert stored_keys("123 45 67", "UA") == "\n1234567\n"


@pytest.mark.parametrize(
    ("number", "region"), [("050 123 45 67", "UA"), ("712 345", "AD"), ("8 (916) 123-45-67", "RU")]
)
def test_a_number_stored_before_the_region_was_set_is_still_found(number: str, region: str) -> None:
    assert any(pattern in stored_keys(number) for pattern in keys.phone_patterns(number, region))


def test_part_of_a_number_is_not_the_number() -> None:
    assert not is_same_number("+380 50 123 45 67", "123 45 67")
    assert not is_same_number("+380 50 123 45 67", "123 45 67", "UA")
    assert not is_same_number("123 45 67", "+380 50 123 45 67", "UA")


@pytest.mark.parametrize(
    "written",
    [
        "tel:+380-50-123-45-67",
        "+380 (0)50 123 45 67",
        "+380 050 1234567",
        "моб. +380 50 123 45 67",
        "00 380 50 123 45 67",
        "＋３８０ ５０ １２３ ４５ ６７",
        "+٣٨٠٥٠١٢٣٤٥٦٧",
        "+380\u00a050\u202f123\u201145\u201367",
        "\u202a+380501234567\u202c",
        "+380501234567 ext. 12",
        "+380 50 123 45 67 x12",
        "+380501234567,,12#",
        "tel:+380501234567;ext=12",
        "(+380) 50.123.45/67",
        "+380 50 123 45 67 доб. 12",
        "050 123 45 67 (ext 12)",
        "050-123-45-67 Viber",
        "380501234567",
    ],
)
def test_a_number_is_understood_as_people_write_it(written: str) -> None:
    assert is_same_number(written, "+380501234567")
    assert is_same_number("+380501234567", written)
    assert is_same_number(written, "050 123 45 67", "UA")


def test_a_number_of_no_country_is_known_by_its_code() -> None:
    assert is_same_number("+800 1234 5678", "00800 12345678")
    assert is_same_number("+800 1234 5678", "1234 5678")


@pytest.mark.parametrize("number", ["", " ", "unknown", "+", "()", "ʼ"])
def test_a_text_without_a_digit_is_no_number(number: str) -> None:
    assert keys.phone_patterns(number, "UA") == []
    assert derive({"phone": number}, "UA")["phone_keys"] == ""


@pytest.mark.parametrize(
    "stored", ["+380501234567", "+380 50 123 45 67", "050 123 45 67", "0501234567", "(050) 123-45-67"]
)
@pytest.mark.parametrize("typed", ["050 123 45 67", "0501234567", "050-123-45-67", "050/123"])
@pytest.mark.parametrize("region", [None, "UA", "DE"])
def test_a_number_is_found_while_it_is_typed(stored: str, typed: str, region: str | None) -> None:
    for length in range(1, len(typed) + 1):
        assert finds(typed[:length], {"phone": stored}, region), typed[:length]


@pytest.mark.parametrize("typed", ["+380 50 123 45 67", "+380501234567", "00380 50 1234567", "380501234567"])
def test_a_number_with_its_country_is_found_while_it_is_typed(typed: str) -> None:
    for length in range(5, len(typed) + 1):
        assert finds(typed[:length], {"phone": "+380 (50) 123-45-67"}), typed[:length]


def test_words_and_numbers_are_sought_together() -> None:
    assert finds("Ada +380501234567 lovelace", ADA)
    assert finds("(050) 1234567 ada 020.7946.0958", ADA)
    assert not finds("Ada +380501234568", ADA)
    assert not finds("+49 50 123 45 67 ada", ADA)


def test_numbers_that_are_not_of_a_telephone_are_words() -> None:
    engines = {"company": "Studio 54/3", "job_title": "Room 101 + 7"}
    assert finds("54/3", engines)
    assert finds("101 7 54", engines)
    assert finds("+ 7", engines)
    assert not finds("54 8", engines)


def test_the_keys_hold_each_value_on_a_line_of_its_own() -> None:
    assert derive(ADA)["email_keys"] == "\nada@example.org\ncountess@example.org\n"
    assert derive(ADA)["phone_keys"].startswith("\n+442079460958\n\t2079460958\n\t02079460958\n")
    assert "\n+380501234567\n" in derive(ADA)["phone_keys"]
    assert stored_keys("050 123 45 67") == "\n0501234567\n501234567\n"
    assert "\n+380501234567\n" in stored_keys("050 123 45 67", "UA")


def test_a_contact_without_values_has_empty_keys() -> None:
    assert set(derive({}, "UA").values()) == {""}


def test_a_value_given_twice_is_kept_once() -> None:
    twice = {"phone": "112", "details": [{"kind": "phone", "label": None, "value": "1-1-2"}]}
    assert derive(twice)["phone_keys"] == "\n112\n"


@pytest.mark.parametrize(
    ("birthday", "key"), [("1815-12-10", "1210"), ("--02-29", "0229"), ("2000-02-29", "0229"), (None, None)]
)
def test_a_birthday_is_kept_by_month_and_day(birthday: str | None, key: str | None) -> None:
    assert keys.birthday_key(birthday) == key


@given(st.text(r"%_\ab"), st.text(r"%_\ab"))
def test_an_escaped_text_means_itself_in_like(text: str, part: str) -> None:
    pattern = f"%{keys.escape_like(part)}%"
    with sqlite3.connect(":memory:") as database:
        (found,) = database.execute(r"SELECT ? LIKE ? ESCAPE '\'", (text, pattern)).fetchone()
    database.close()
    assert bool(found) == (part in text)


LETTERS = st.characters(categories=["L", "M"], min_codepoint=0x370, max_codepoint=0xD7A3)


@patient
@given(st.text(LETTERS | st.just(" "), min_size=2, max_size=12), st.none() | st.just("李"), st.integers(0, 10))
def test_what_holds_a_word_as_it_is_written_holds_it_romanised(text: str, last: str | None, start: int) -> None:
    """So only the romanised word is looked for, and the other decides the order."""
    known = derive({"first_name": text, "last_name": last})["search_text"]
    for word in keys.words_of(text[start:]):
        script, *romanised = keys.word_substrings(word)
        if script in known and romanised and not romanised[0].startswith("\n"):
            assert romanised[0] in known
