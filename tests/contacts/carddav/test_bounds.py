"""What one device may ask for: nothing that is worth many times its size, and one costly request at a time."""

from uuid import UUID

import pytest

from project.contacts.carddav import filters, requests
from project.web import budgets, shares
from tests.accounts import problem
from tests.contacts.carddav.calls import C, D, Device, card, multistatus, propfind, query, sync_collection, unmet

NAMES = [f"{{urn:example}}a{number}" for number in range(requests.MOST_NAMES + 1)]
LONG = [f"{{urn:example}}{'a' * 1_000}{number}" for number in range(9)]


@pytest.mark.parametrize("names", [NAMES, LONG], ids=["many", "long"])
def test_more_properties_than_any_client_asks_for_are_refused(phone: Device, names: list[str]) -> None:
    """Each card would answer each of them."""
    proppatch = propfind(*names).replace("propfind", "propertyupdate", 1).replace("prop>", "set><D:prop>", 1)
    proppatch = proppatch.replace("</D:prop></D:propfind>", "</D:prop></D:set></D:propertyupdate>")
    included = propfind(*names).replace("<D:prop>", "<D:allprop/><D:include>").replace("</D:prop>", "</D:include>")
    for method, content in (
        ("PROPFIND", propfind(*names)),
        ("PROPFIND", included),
        ("REPORT", sync_collection("", *names)),
        ("PROPPATCH", proppatch),
    ):
        refused = phone.call(method, phone.book, content, Depth="1")
        assert problem(refused) == (400, "malformed-request"), method
        assert len(refused.data) < 1_000


def test_as_many_properties_as_clients_ask_for_are_answered(phone: Device) -> None:
    answers = phone.propfind(phone.book, *NAMES[:-1], depth="1")
    assert len(answers[phone.book].properties["HTTP/1.1 404 Not Found"]) == requests.MOST_NAMES


def test_a_filter_of_very_many_parts_is_refused(phone: Device) -> None:
    def filtered(count: int) -> str:
        parts = '<C:prop-filter name="FN"/>' * count
        return query(f"<C:filter>{parts}</C:filter>")

    assert phone.call("REPORT", phone.book, filtered(filters.MOST_ELEMENTS - 1)).status_code == 207
    refused = phone.call("REPORT", phone.book, filtered(filters.MOST_ELEMENTS))
    assert unmet(refused) == (403, f"{C}supported-filter")


def test_a_query_that_takes_too_long_says_that_there_is_more(phone: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ada", "grace"):
        assert phone.put(f"{name}.vcf", card(name)).status_code == 201
    assert len(multistatus(phone.call("REPORT", phone.book, query()))) == 2
    monkeypatch.setattr(budgets, "QUERY_SECONDS", -1.0)
    (answer,) = multistatus(phone.call("REPORT", phone.book, query())).values()
    assert answer.status == "HTTP/1.1 507 Insufficient Storage"


@pytest.mark.parametrize(("method", "content"), [("PROPFIND", propfind(f"{D}getetag")), ("REPORT", query())])
def test_a_device_has_one_costly_request_at_a_time(
    phone: Device, monkeypatch: pytest.MonkeyPatch, method: str, content: str
) -> None:
    monkeypatch.setattr(shares, "WAIT_SECONDS", 0.05)
    with shares.of_process.place(UUID(phone.id)):
        refused = phone.call(method, phone.book, content, Depth="1")
        assert problem(refused) == (429, "rate-limited")
        assert int(refused.headers["Retry-After"]) > 0
        assert phone.call("PROPFIND", phone.book, content if method == "PROPFIND" else "", Depth="0").status_code == 207
    assert phone.call(method, phone.book, content, Depth="1").status_code == 207
    assert shares.of_process.users == set()
