"""The page that sets up a phone for CardDAV, on that phone."""

import plistlib
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect

from tests.accounts import Account, body, sign_up
from tests.browser.conftest import PHONE, Visit
from tests.browser.test_pages import FINGER, READABLE, assert_fits, expect_heading
from tests.contacts.carddav.calls import basic

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]

PROFILE_KEYS = {"PayloadVersion", "PayloadIdentifier", "PayloadUUID", "PayloadDisplayName", "PayloadType"}
ACCOUNT_KEYS = PROFILE_KEYS | {
    f"CardDAV{name}"
    for name in ("AccountDescription", "HostName", "Port", "UseSSL", "Username", "Password", "PrincipalURL")
}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.fixture
def made(ada: Account) -> dict[str, Any]:
    answer = ada.post("/auth/app-passwords", json={"device": "Ada's <iPhone>", "password": ada.password})
    assert answer.status_code == 201
    found: dict[str, Any] = body(answer)
    return found


def test_it_fits_a_phone_and_shows_what_to_type(made: dict[str, Any], visit: Visit) -> None:
    page = visit.page
    page.goto(made["setup_url"])
    expect_heading(page, "Set up Ada's <iPhone>")
    assert_fits(page)
    for link in page.locator("a.button").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= FINGER
        assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE["width"]
    for shown in (made["server_url"], made["username"], made["password"]):
        value = page.get_by_text(shown, exact=True)
        expect(value).to_be_visible()
        assert value.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= READABLE
    code = page.locator(".code svg").bounding_box()
    assert code is not None
    assert code["width"] <= PHONE["width"]
    assert code["width"] == pytest.approx(code["height"], abs=1)
    assert page.evaluate("document.scripts.length") == 0


def test_the_profile_is_downloaded_and_is_apples(ada: Account, made: dict[str, Any], visit: Visit) -> None:
    page = visit.page
    page.goto(made["setup_url"])
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the profile").click()
    assert download.value.suggested_filename == "contacts.mobileconfig"
    profile = plistlib.loads(download.value.path().read_bytes(), fmt=plistlib.FMT_XML)
    assert profile.keys() == PROFILE_KEYS | {"PayloadContent"}
    (account,) = profile["PayloadContent"]
    assert account.keys() == ACCOUNT_KEYS
    assert (account["CardDAVPassword"], account["CardDAVUsername"]) == (made["password"], "ada")
    answer = ada.client.open(
        account["CardDAVPrincipalURL"],
        method="OPTIONS",
        headers=basic(account["CardDAVUsername"], account["CardDAVPassword"]),
    )
    assert answer.status_code == 200


def test_android_is_given_a_link_that_davx5_reads(made: dict[str, Any], visit: Visit) -> None:
    page = visit.page
    page.goto(made["setup_url"])
    link = urlsplit(page.get_by_role("link", name="Open DAVx⁵").get_attribute("href") or "")
    server = urlsplit(made["server_url"])
    assert (link.scheme, link.netloc.rpartition("@")[2], link.path) == ("davx5", server.netloc, server.path)
    assert unquote(link.netloc.rpartition("@")[0]) == f"{made['username']}:{made['password']}"


def test_it_is_gone_once_the_phone_has_connected(ada: Account, made: dict[str, Any], visit: Visit) -> None:
    ada.client.open("/carddav/", method="OPTIONS", headers=basic("ada", made["password"]))
    answer = visit.page.goto(made["setup_url"])
    assert answer is not None
    assert answer.status == 410
    assert not re.search(re.escape(made["password"]), visit.page.content())
    assert_fits(visit.page)
