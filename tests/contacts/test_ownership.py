"""Only one's own: strangers get nowhere, and what somebody else has is exactly like what does not exist."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.database.base import new_id
from tests.accounts import API, PASSWORD, Account, problem, sign_in, sign_up
from tests.contacts.calls import Contact, create, delete, done, fill, listed, show

BASE = f"{API}/contacts"
REQUESTS: list[dict[str, Any]] = [
    {},
    {"json": {}},
    {"json": {"first_name": 1, "unknown": 2}},
    {"json": {"ids": ["00000000-0000-0000-0000-000000000000"]}},
    {"json": {"ids": []}},
    {"json": []},
    {"data": b"junk", "content_type": "application/json"},
    {"data": b"junk", "content_type": "text/plain"},
    {"data": b"x" * (2**20 + 1), "content_type": "application/json"},
    {"data": b"", "content_type": "multipart/form-data; boundary=x"},
]
GOOD = {"json": {"first_name": "Mallory"}}
STALE = {"If-Match": '"stale"'}
DEMANDS: list[dict[str, str]] = [{}, STALE, {"If-Match": "*"}, {"If-None-Match": "*"}, {"If-None-Match": '"stale"'}]
CALLS = [*((demand, GOOD) for demand in DEMANDS), *((STALE, sent) for sent in REQUESTS)]


def routes(client: FlaskClient) -> list[tuple[str, str]]:
    """Every method and path below /contacts, as the application itself has them."""
    return [
        (method, rule.rule.removeprefix(API))
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith(BASE)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def path_to(route: str, contact_id: object) -> str:
    return route.replace("<uuid:contact_id>", str(contact_id))


def ended(client: FlaskClient) -> dict[str, str]:
    """The headers of a session that was signed out."""
    carl = sign_up(client, "carl")
    assert carl.post("/auth/logout").status_code == 204
    return carl.headers


def deleted(client: FlaskClient) -> dict[str, str]:
    """The headers of somebody whose account is gone."""
    dora = sign_up(client, "dora")
    create(dora)
    assert dora.delete("/users/me", json={"password": PASSWORD}).status_code == 204
    return dora.headers


def elsewhere(client: FlaskClient) -> dict[str, str]:
    """The headers of somebody who signed out on another device."""
    emmy = sign_up(client, "emmy")
    assert sign_in(emmy).delete("/auth/sessions").status_code == 204
    return emmy.headers


@pytest.mark.parametrize(
    ("stranger", "kind"),
    [
        (lambda client: {}, "authentication-required"),
        (lambda client: {"Authorization": "Bearer junk"}, "invalid-token"),
        (ended, "session-revoked"),
        (deleted, "session-revoked"),
        (elsewhere, "session-revoked"),
    ],
)
def test_no_route_is_open_to_who_is_not_signed_in(
    served: FlaskClient, ada: Account, stranger: Callable[[FlaskClient], dict[str, str]], kind: str
) -> None:
    contact = create(ada)
    headers = stranger(served)
    challenge = "Bearer" if kind == "authentication-required" else 'Bearer error="invalid_token"'  # RFC 6750 §3.1
    for method, route in routes(served):
        for contact_id in (contact["id"], new_id()):
            for sent in (GOOD, {"data": b"junk"}):
                answer = served.open(f"{API}{path_to(route, contact_id)}", method=method, headers=headers, **sent)
                assert problem(answer) == (401, kind), (method, route)
                assert answer.headers["WWW-Authenticate"] == challenge
    assert listed(ada) == [contact]


def test_the_walk_finds_the_routes_that_there_are(served: FlaskClient) -> None:
    found = routes(served)
    assert len(found) >= 14
    assert {("GET", "/contacts"), ("PATCH", "/contacts/<uuid:contact_id>"), ("POST", "/contacts/batch")} <= set(found)


def call(account: Account, method: str, path: str, demand: dict[str, str], sent: dict[str, Any]) -> TestResponse:
    """A call whose answer has nothing of its own but what it says."""
    answer: TestResponse = account.call(method, path, {"X-Request-ID": "the-same", **demand}, **sent)
    return answer


@pytest.mark.parametrize(("demand", "sent"), CALLS, ids=lambda value: str(value)[:40])
def test_what_somebody_else_has_is_byte_for_byte_like_nothing(
    served: FlaskClient, ada: Account, ben: Account, demand: dict[str, str], sent: dict[str, Any]
) -> None:
    """Living or in the bin, whatever is sent and whatever is demanded; a PUT is looked at by itself below."""
    living, binned = fill(ada, [{"first_name": "Ada"}, {"first_name": "Grace"}])
    delete(ada, binned["id"])
    before = [show(ada, living["id"]), listed(ada, deleted=True)]
    for method, route in routes(served):
        if "<uuid:contact_id>" not in route or (method, route) == ("PUT", "/contacts/<uuid:contact_id>"):
            continue
        nothing, *theirs = (
            call(ben, method, path_to(route, contact_id), demand, sent)
            for contact_id in (new_id(), living["id"], binned["id"])
        )
        assert problem(nothing) == (404, "not-found"), (method, route)
        for answer in theirs:
            assert answer.data == nothing.data
            assert dict(answer.headers) == dict(nothing.headers)
    assert [show(ada, living["id"]), listed(ada, deleted=True)] == before


@pytest.mark.parametrize(("demand", "sent"), CALLS, ids=lambda value: str(value)[:40])
def test_a_put_under_somebody_elses_id_is_a_put_under_a_free_one(
    ada: Account, ben: Account, demand: dict[str, str], sent: dict[str, Any]
) -> None:
    theirs = create(ada, first_name="Ada")
    free = str(new_id())
    answers = [call(ben, "PUT", f"/contacts/{contact_id}", demand, sent) for contact_id in (theirs["id"], free)]
    if answers[0].status_code == 201:
        assert [own(answer.get_json()) for answer in answers] == [own(show(ben, theirs["id"]))] * 2
        assert answers[1].status_code == 201
    else:
        assert answers[0].data == answers[1].data
        assert dict(answers[0].headers) == dict(answers[1].headers)
    assert show(ada, theirs["id"]) == theirs


def own(contact: Contact) -> Contact:
    """A contact without what must differ between two."""
    return {
        name: value for name, value in contact.items() if name not in ("id", "revision", "created_at", "updated_at")
    }


def test_nothing_of_ones_own_shows_that_somebody_else_has_contacts(
    served: FlaskClient, ada: Account, ben: Account
) -> None:
    views = [route for method, route in routes(served) if method == "GET" and "<" not in route]
    create(ben, first_name="Ben")

    def seen() -> list[tuple[bytes, dict[str, str]]]:
        answers = [call(ben, "GET", view, {}, {}) for view in views]
        return [(answer.data, dict(answer.headers)) for answer in answers]

    before = seen()
    shared = {"first_name": "Ben", "labels": ["Family"], "email": "ben@example.org", "birthday": "--02-28"}
    fill(ada, [shared, {**shared, "first_name": "Ada"}])
    assert seen() == before


def test_merging_with_what_somebody_else_has_is_merging_with_nothing(ada: Account, ben: Account) -> None:
    theirs, mine = create(ada, notes="theirs"), create(ben)
    nothing, something = (
        call(ben, "POST", f"/contacts/{mine['id']}/merge", {}, {"json": {"ids": [each]}})
        for each in (str(new_id()), theirs["id"])
    )
    assert nothing.status_code >= 400
    assert something.data == nothing.data
    assert listed(ada) == [theirs]
    assert done(ben.get(f"/contacts/{mine['id']}")) == mine
