"""Telephone numbers: quickly read, and as Google's library reads them. How they are found is tested with the keys."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.contacts.search import phones
from project.contacts.search.phones import Reading

COUNTRIES = st.sampled_from(sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
DIGITS = st.text("0123456789", max_size=20)


@given(COUNTRIES | st.integers(1, 999), DIGITS)
def test_a_plain_number_is_what_the_library_says(country: int, national: str) -> None:
    written = f"+{country}{national}"
    quick = phones.plain(written)
    assert quick is None or quick == phones.parse(written, None)


def test_a_number_of_every_region_is_what_the_library_says() -> None:
    quick = 0
    for region in phonenumbers.SUPPORTED_REGIONS:
        number = phonenumbers.example_number(region)
        assert number
        written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert phones.plain(written) in (None, phones.parse(written, None)), region
        quick += phones.plain(written) is not None
    assert quick > 200


@pytest.mark.parametrize(
    ("written", "national"),
    [("+442079460958", "2079460958"), ("+390612345678", "0612345678"), ("+80012345678", "12345678")],
)
def test_most_numbers_are_read_without_the_library(written: str, national: str) -> None:
    found = phones.plain(written)
    assert found == phones.parse(written, None)
    assert isinstance(found, Reading)
    assert national in found.spellings


@pytest.mark.parametrize("written", ["+4402079460958", "+11202", "+999123456", "+44", "020 7946 0958", "+", ""])
def test_the_library_reads_the_others(written: str) -> None:
    assert phones.plain(written) is None
