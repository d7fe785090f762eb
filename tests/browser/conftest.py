"""A phone's browser: a real Chromium, with and without JavaScript, which notes all that it should not have done."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.faulty_tcp import HOST, free_port
from tests.servers import served

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
SECONDS = 15


@dataclass
class Visit:
    """A page as a phone shows it, and what went over the line meanwhile."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def note_complaint(self, message: ConsoleMessage) -> None:
        """Chromium says on the console what a policy forbids and what does not load, expected statuses too."""
        if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, NAMES)), None)
    assert program, "There is no Chromium on this machine."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """The application at its public URL, so that mailed links can be opened."""
    port = free_port()
    app = make_app(PUBLIC_URL=f"http://{HOST}:{port}")
    with served(app, port):
        yield app


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def visit(chromium: Browser, app: Flask, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A visit to our pages and to nobody else's, at which Chromium has nothing to complain about."""
    context = chromium.new_context(
        java_script_enabled=request.param == "with JavaScript",
        viewport={"width": PHONE["width"], "height": PHONE["height"]},
        is_mobile=True,
        has_touch=True,
        device_scale_factor=2,
    )
    context.set_default_timeout(SECONDS * 1000)
    visit = Visit(context.new_page())
    context.on("request", visit.note_request)
    context.on("console", visit.note_complaint)
    yield visit
    context.close()
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(f"{app.config['PUBLIC_URL']}/")] == []
