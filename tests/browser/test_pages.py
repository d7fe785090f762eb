"""The pages behind mailed links, on a phone."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from tests.accounts import API, PASSWORD, Letter, mailed, register, sign_up
from tests.browser.conftest import PHONE, Visit

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]

NEW = "an entirely different sentence"
FINGER = 44  # pixels, the least that a finger hits
READABLE = 16  # pixels, below which a phone zooms in when one types


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def registered(client: FlaskClient) -> Letter:
    register(client)
    return mailed(client.application)[-1]


def forgotten(client: FlaskClient) -> Letter:
    sign_up(client)
    client.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"})
    return mailed(client.application)[-1]


def login(client: FlaskClient, password: str) -> int:
    return client.post(f"{API}/auth/login", json={"username": "ada", "password": password}).status_code


def expect_heading(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def assert_fits(page: Page) -> None:
    """Nothing sticks out at the side, and what is pressed is large enough for a finger."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for control in (
        page.get_by_role("button").or_(page.get_by_role("textbox")).or_(page.locator("[type=password]")).all()
    ):
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= FINGER
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert control.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") >= READABLE


def test_an_address_is_confirmed_by_one_press(client: FlaskClient, visit: Visit) -> None:
    letter, page = registered(client), visit.page
    page.goto(letter.link)
    expect(page).to_have_title("Confirm your email address · Contacts")
    expect_heading(page, "Confirm your email address")
    assert_fits(page)
    assert login(client, PASSWORD) == 403  # looking has changed nothing
    page.get_by_role("button", name="Confirm my address").click()
    expect_heading(page, "Thank you")
    expect(page.get_by_role("status")).to_contain_text("Your address is confirmed.")
    assert_fits(page)
    assert login(client, PASSWORD) == 200


def test_a_page_that_is_loaded_again_confirms_again(client: FlaskClient, visit: Visit) -> None:
    letter, page = registered(client), visit.page
    for _ in range(2):
        page.goto(letter.link)
        page.get_by_role("button").click()
        expect_heading(page, "Thank you")


def test_a_new_password_is_chosen(client: FlaskClient, visit: Visit) -> None:
    letter, page = forgotten(client), visit.page
    page.goto(letter.link)
    expect_heading(page, "Choose a new password")
    assert_fits(page)
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("New password").press("Enter")
    expect_heading(page, "Your password is saved")
    assert_fits(page)
    assert (login(client, PASSWORD), login(client, NEW)) == (401, 200)


def test_a_refused_password_is_explained_where_it_was_typed(client: FlaskClient, visit: Visit) -> None:
    letter, page = forgotten(client), visit.page
    page.goto(letter.link)
    page.get_by_label("New password").fill("password")
    page.get_by_role("button", name="Save the new password").click()
    expect(page).to_have_title("Error: Choose a new password · Contacts")
    expect(page.get_by_role("alert")).to_contain_text("This password is among the most common ones.")
    password = page.get_by_label("New password")
    expect(password).to_be_focused()
    expect(password).to_have_value("")
    assert_fits(page)
    password.fill(NEW)
    page.get_by_role("button", name="Save the new password").click()
    expect_heading(page, "Your password is saved")


def test_a_short_password_is_not_even_sent(client: FlaskClient, visit: Visit) -> None:
    letter, page = forgotten(client), visit.page
    page.goto(letter.link)
    page.get_by_label("New password").press_sequentially("short")
    sent = len(visit.requests)
    page.get_by_role("button").click()
    expect_heading(page, "Choose a new password")
    assert len(visit.requests) == sent


def test_a_long_password_is_not_cut(client: FlaskClient, visit: Visit) -> None:
    letter, page = forgotten(client), visit.page
    page.goto(letter.link)
    page.get_by_label("New password").fill("x" * 129)
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("At most 128 characters.")
    page.get_by_label("New password").fill("x" * 128)
    page.get_by_role("button").click()
    expect_heading(page, "Your password is saved")
    assert login(client, "x" * 128) == 200


@pytest.mark.parametrize("path", ["verify-email?token=unknown", "reset-password?token=unknown", "verify-email"])
def test_a_link_that_no_longer_works_says_why_and_what_to_do(visit: Visit, app: Flask, path: str) -> None:
    answer = visit.page.goto(f"{app.config['PUBLIC_URL']}/{path}")
    assert answer is not None
    assert answer.status == 410
    expect_heading(visit.page, "This link no longer works")
    expect(visit.page.get_by_text("ask there for a new mail")).to_be_visible()
    assert_fits(visit.page)


def test_a_page_has_its_looks(client: FlaskClient, visit: Visit) -> None:
    """Its style sheet and its icon were let in by its own policy."""
    visit.page.goto(registered(client).link)
    visit.page.wait_for_load_state("networkidle")
    button = visit.page.get_by_role("button")
    assert button.evaluate("node => getComputedStyle(node).backgroundColor") != "rgb(239, 239, 239)"
    assert visit.page.locator("header img").evaluate("image => image.naturalWidth") > 0
