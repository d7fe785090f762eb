"""What a request may cost: bytes of its body by its route, before any of it is parsed."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from project.web import budgets
from tests.accounts import Account, body, problem, sign_up

SMALL, LARGE = budgets.SMALL_BODY, budgets.BODY


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


class Counted(io.BytesIO):
    """A body that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def small_routes(app: Flask) -> list[tuple[str, str]]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith(budgets.SMALL)]
    named = "00000000-0000-7000-8000-000000000000"
    return [
        (method, rule.rule.replace("<uuid:session_id>", named))
        for rule in rules
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})
        if rule.rule not in budgets.BODIES
    ]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_no_route_of_accounts_reads_more_than_sixteen_kibibytes(app: Flask, client: FlaskClient, ada: Account) -> None:
    found = small_routes(app)
    assert len(found) > 12
    for method, path in found:
        body = Counted(b'{"a":"%s"}' % (b"x" * LARGE))
        answer = client.open(
            path,
            method=method,
            headers=ada.headers,
            input_stream=body,
            content_length=LARGE + 8,
            content_type="application/json",
        )
        assert answer.status_code < 500, (method, path, answer.status)
        assert body.taken <= SMALL + 1, (method, path)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/auth/login", SMALL),
        ("/auth/refresh", SMALL),
        ("/auth/verify-email", SMALL),
        ("/auth/password/reset", SMALL),
        ("/contacts", LARGE),
        ("/contacts/batch", LARGE),
        ("/contacts/import", 20 * 2**20),
    ],
)
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_is_refused_by_its_length_before_it_is_parsed(
    ada: Account,
    path: str,
    most: int,
    announced: bool,  # noqa: FBT001
) -> None:
    def send(size: int) -> Any:
        sent: dict[str, Any] = {"input_stream": io.BytesIO(b"[".ljust(size)), "content_type": "application/json"}
        if announced:
            return ada.post(path, content_length=size, **sent)
        return ada.post(path, environ_overrides={"wsgi.input_terminated": True}, **sent)

    assert problem(send(most)) == (400, "malformed-request")
    refused = send(most + 1)
    assert problem(refused) == (413, "too-large")
    assert body(refused)["detail"] == f"The request body is larger than {budgets.size(most)}."


@pytest.mark.parametrize(("count", "text"), [(16 * 2**10, "16 KiB"), (2**20, "1 MiB"), (20 * 2**20, "20 MiB")])
def test_a_budget_is_said_as_people_read_it(count: int, text: str) -> None:
    assert budgets.size(count) == text


def test_every_budget_is_for_a_route_that_there_is(app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    assert set(budgets.BODIES) <= rules
    assert all(any(rule.startswith(small) for rule in rules) for small in budgets.SMALL)
