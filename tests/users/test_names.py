"""The keys of user names and addresses: one for all spellings that people take for the same."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from project.users.names import email_key, is_allowed, username_key

LONGEST_KEY = 200  # the column's

names = st.text(st.characters(categories=["L", "M", "Nd"], include_characters="._-"), min_size=1, max_size=32)
respellings: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [
        str.upper,
        str.lower,
        str.title,
        str.swapcase,
        str.casefold,
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: unicodedata.normalize("NFC", name),
        lambda name: unicodedata.normalize("NFKC", name),
    ]
)


@given(names, respellings)
@example("ᾷ", str.upper)
@example("Straße", str.upper)
@example("ΣΊΣΥΦΟΣ", str.lower)
@example("ﬁne", str.title)
def test_a_name_has_one_key_in_every_spelling(name: str, respell: Callable[[str], str]) -> None:
    assume("ı" not in name)  # the Turkish letter, whose capital is also that of i
    assert username_key(respell(name)) == username_key(name)


@given(names)
def test_the_key_of_a_key_is_itself(name: str) -> None:
    assert username_key(username_key(name)) == username_key(name)


@given(names)
@example("ﷴ" * 32)
@example("ΐ" * 32)
@example("ﷺ" * 32)
def test_the_key_of_an_allowed_name_fits_its_column(name: str) -> None:
    assume(is_allowed(name) and is_allowed(username_key(name)))
    assert 1 <= len(username_key(name)) <= LONGEST_KEY


@pytest.mark.parametrize("pair", [("ada", "adа"), ("o", "0"), ("l", "1"), ("ada", "ada."), ("é", "e")])
def test_what_only_looks_alike_is_not_the_same(pair: tuple[str, str]) -> None:
    assert username_key(pair[0]) != username_key(pair[1])


@given(st.text(st.characters(exclude_categories=["L", "M", "Nd"], exclude_characters="._-"), min_size=1), names)
def test_one_sign_of_another_kind_spoils_a_name(other: str, name: str) -> None:
    assert not is_allowed(name + other)
    assert not is_allowed(other + name)


@given(st.emails())
def test_an_address_has_one_key_whatever_its_case(email: str) -> None:
    assert email_key(email.upper()) == email_key(email.lower()) == email_key(email)


def test_an_address_has_one_key_however_it_is_composed() -> None:
    assert email_key(unicodedata.normalize("NFD", "Zoë@Example.ORG")) == email_key("zoë@example.org")
