"""Requests by the ten thousand: none of them is answered by a fault, late, or in another way than the contract says.

What is found shows the request as it was sent: shorten it by hand, and put it among the tests of its route.
"""

import re
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from flask import Flask

from project.database.base import now
from project.extensions import db
from project.users import passwords
from project.users import service as users
from tests.accounts import PASSWORD
from tests.fuzz.amounts import REQUESTS, Progress
from tests.fuzz.attack import Campaign, Person
from tests.fuzz.examples import EXAMPLES
from tests.proxies import needs_nginx, nginx
from tests.servers import Server, gunicorn

pytestmark = pytest.mark.fuzz

PLENTY = "1000000 per minute"  # the limits are counted, and hold nobody up
LIMITS = {
    f"{name}_RATE_LIMIT": PLENTY for name in ("ME", "REGISTER", "LOGIN", "LOGIN_ACCOUNT", "LOGIN_ADDRESS", "MAIL")
}
NEVER_RIGHT = {
    "/metrics",
    "/pictures/01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c/0123456789abcdef.webp",
    "/verify-email",
    "/reset-password",
    "verify",
    "reset",
    "/",
    "verifyEmail",
    "resetPassword",
}
LOGGED = re.compile(r"^\S+Z \[error.*\n(?:(?!\S+Z \[).*\n)*", re.MULTILINE)


@pytest.fixture
def recruit(make_app: Callable[..., Flask]) -> Callable[[], Person]:
    """Makes accounts whose address is proved."""
    app, numbers = make_app(), count()

    def make() -> Person:
        person = Person(f"ada{next(numbers)}", PASSWORD)
        with app.app_context():
            user = users.create(person.username, person.credential("email"), passwords.make_hash(PASSWORD))
            user.email_verified_at = now()
            db.session.commit()
        return person

    return make


@pytest.fixture
def server(settings: dict[str, object]) -> Iterator[Server]:
    with gunicorn({**settings, **LIMITS, "METRICS": "on"}) as server:
        yield server


def assert_bears(campaign: Campaign, server: Server) -> None:
    """No finding, or all of them and the errors in the log; and nearly everything was done right at least once."""
    campaign.run()
    if campaign.findings:
        pytest.fail("\n".join([*map(str, campaign.findings), *LOGGED.findall(server.output)[:5]]), pytrace=False)
    if campaign.progress.total >= len(EXAMPLES) * 100:
        assert {call.name for call in EXAMPLES} - campaign.succeeded() <= NEVER_RIGHT


def test_no_request_is_answered_by_a_fault_or_late(server: Server, recruit: Callable[[], Person], engine: str) -> None:
    assert_bears(Campaign(server.url, recruit, Progress(f"requests on {engine}", REQUESTS)), server)


@needs_nginx
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_nor_is_it_through_nginx(settings: dict[str, object], recruit: Callable[[], Person]) -> None:
    own = {**settings, **LIMITS, "METRICS": "on", "TRUSTED_PROXY_HOPS": 1}
    with gunicorn(own) as server, nginx(server.url) as proxy:
        assert_bears(Campaign(proxy.url, recruit, Progress("requests through nginx", REQUESTS // 5)), server)
