"""Swagger UI from this server's own files; `visit` fails on a request to another host and on what a policy forbids."""

import json
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, expect

from project.config import ROOT
from tests.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text())
OPERATIONS = [
    (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if isinstance(operation, dict)
]

PATIENCE = 60_000  # milliseconds: Swagger UI keeps a browser busy, and the browser a machine

with_javascript = pytest.mark.parametrize("visit", ["with JavaScript"], indirect=True)


def opened(visit: Visit, app: Flask, name: str) -> Locator:
    """The block of one operation, by its name in the document, unfolded."""
    (tags,) = (found["tags"] for _, _, found in OPERATIONS if found["operationId"] == name)
    visit.page.set_default_timeout(PATIENCE)
    visit.page.goto(f"{app.config['PUBLIC_URL']}/docs")
    block = visit.page.locator(f"[id='operations-{tags[0]}-{name}']")
    block.locator(".opblock-summary-control").click()
    expect(block.locator(".opblock-body")).to_be_visible(timeout=PATIENCE)
    return block


@with_javascript
def test_every_operation_is_shown_with_its_summary(visit: Visit, app: Flask) -> None:
    visit.page.goto(f"{app.config['PUBLIC_URL']}/docs")
    expect(visit.page).to_have_title("API · Contacts")
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("Contacts API")
    expect(visit.page.locator(".opblock")).to_have_count(len(OPERATIONS), timeout=PATIENCE)
    shown = visit.page.locator(".opblock-summary").all_inner_texts()
    for (method, _, described), text in zip(sorted_as_shown(), shown, strict=True):
        assert method in text
        assert described["summary"] in text


def sorted_as_shown() -> list[tuple[str, str, dict[str, Any]]]:
    """By tag, in the order of the tags."""
    tags = [tag["name"] for tag in DOCUMENT["tags"]]
    return sorted(OPERATIONS, key=lambda found: tags.index(found[2]["tags"][0]))


@with_javascript
def test_an_operation_shows_its_examples_of_what_goes_in_and_what_goes_wrong(visit: Visit, app: Flask) -> None:
    block = opened(visit, app, "registerAccount")
    expect(block).to_contain_text('"email": "ada@example.org"')
    expect(block).to_contain_text("/problems/rate-limited", timeout=PATIENCE)
    expect(block.locator("select").filter(has_text="Email taken")).to_contain_text("Username taken")
    expect(visit.page.locator(".errors-wrapper")).to_have_count(0)


@with_javascript
def test_a_request_can_be_tried_out(visit: Visit, app: Flask) -> None:
    block = opened(visit, app, "requestPasswordReset")
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table tbody .response-col_status")).to_have_text("202", timeout=PATIENCE)


@with_javascript
def test_a_token_is_kept_while_the_tab_lives_and_no_longer(visit: Visit, app: Flask) -> None:
    visit.page.goto(f"{app.config['PUBLIC_URL']}/")
    visit.page.get_by_role("button", name="Authorize").first.click()
    dialog = visit.page.locator(".dialog-ux")
    expect(dialog).to_contain_text("access_token")
    dialog.get_by_role("textbox").first.fill("a-token")
    dialog.get_by_role("button", name="Apply credentials").first.click()
    expect(dialog).to_contain_text("Authorized")
    visit.page.reload()
    visit.page.get_by_role("button", name="Authorize").first.click()
    expect(dialog).to_contain_text("Authorized", timeout=PATIENCE)
    assert "a-token" in visit.page.evaluate("JSON.stringify(sessionStorage)")
    dialog.get_by_role("button", name="Remove authorization").first.click()
    expect(dialog).not_to_contain_text("Authorized")
    assert "a-token" not in visit.page.evaluate("JSON.stringify(sessionStorage)")
    assert visit.page.evaluate("localStorage.length + document.cookie.length") == 0


@pytest.mark.parametrize("visit", ["without JavaScript"], indirect=True)
def test_without_javascript_the_document_itself_is_offered(visit: Visit, app: Flask) -> None:
    visit.page.goto(f"{app.config['PUBLIC_URL']}/docs")
    expect(visit.page.get_by_role("link")).to_have_text("/api/v1/openapi.json")
    assert visit.page.request.get(f"{app.config['PUBLIC_URL']}/api/v1/openapi.json").ok
