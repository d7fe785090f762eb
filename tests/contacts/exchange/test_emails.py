"""E-mail addresses: quickly read, and as the contract's own schema reads them."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from project.contacts.exchange.values.emails import LONGEST, MOST_UNUSUAL, Emails

PARTS = st.text(st.sampled_from("abAZ09.-_+@!'é ж"), max_size=12)
DOMAINS = st.sampled_from(
    ["example.org", "EXAMPLE.ORG", "a.test", "printer.local", "xn--e1afmkfd.xn--p1ai", "a--b.org", "x.y"]
)


def expected(written: str) -> str | None:
    try:
        return validate_email(written, check_deliverability=False).normalized
    except EmailNotValidError:
        return None


@given(PARTS, PARTS | DOMAINS)
@settings(deadline=None)
def test_an_address_is_what_email_validator_says(local: str, domain: str) -> None:
    assert Emails().read(f"{local}@{domain}") == expected(f"{local}@{domain}")


@pytest.mark.parametrize(
    "written",
    ["Ada.Lovelace+x@Example.ORG", "жук@пример.рф", "a..b@example.org", "a@b", f"{'a' * 65}@example.org", "ada"],
)
def test_usual_and_unusual_addresses_are_read_alike(written: str) -> None:
    assert Emails().read(written) == expected(written)


def test_no_address_is_longer_than_the_contract_allows() -> None:
    address = f"a@{'b.' * 125}org"
    assert len(address) == LONGEST + 1
    assert Emails().read(address) is None
    assert Emails().read(address.replace("b.b.", "b.", 1)) is not None


@pytest.mark.slow
def test_a_file_may_have_so_many_unusual_addresses_and_any_number_of_usual_ones() -> None:
    emails = Emails()
    assert all(emails.read("ж@example.org") for _ in range(MOST_UNUSUAL))
    assert emails.read("ж@example.org") is None
    assert emails.read("ada@example.org") == "ada@example.org"
