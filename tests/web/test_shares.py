"""Fair shares: one costly request for each user, few in all, and a thread for whatever is quick."""

import os
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.database.base import new_id
from project.errors import RateLimited, ServiceUnavailable
from project.users import passwords
from project.web import shares
from project.web.client_address import network_of
from project.web.shares import Shares
from tests import images, places
from tests.accounts import PASSWORD, Account, body, problem, sign_up
from tests.contacts import statements

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def ada(client: FlaskClient) -> Account:
    return sign_up(client)


@pytest.fixture
def of_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shares]:
    """Four threads, and nobody waits long."""
    monkeypatch.setattr(shares, "WAIT_SECONDS", 0.05)
    shares.of_process.divide(4)
    yield shares.of_process
    shares.of_process.divide(shares.UNKNOWN)
    assert (shares.of_process.slow, shares.of_process.users) == (0, set())


def contact(ada: Account) -> str:
    made: str = body(ada.post("/contacts", json={"first_name": "Ada"}))["id"]
    return made


def batch(ada: Account, count: int) -> TestResponse:
    operations = [{"op": "delete", "id": str(new_id())}] * count
    answer: TestResponse = ada.post("/contacts/batch", json={"operations": operations})
    return answer


COSTLY: dict[str, Callable[[Account, str], TestResponse]] = {
    "import": lambda ada, _: ada.post("/contacts/import", data=b"first_name\nAda", content_type="text/csv"),
    "export": lambda ada, _: ada.get("/contacts/export"),
    "duplicates": lambda ada, _: ada.get("/contacts/duplicates"),
    "a large batch": lambda ada, _: batch(ada, 101),
    "merge": lambda ada, one: ada.post(f"/contacts/{one}/merge", json={"ids": [contact(ada)]}),
    "photo": lambda ada, one: places.put(ada, f"/contacts/{one}/photo", images.png()),
    "avatar": lambda ada, _: places.put(ada, "/users/me/avatar", images.png()),
}
costly = pytest.mark.parametrize("call", COSTLY.values(), ids=COSTLY)


@on_sqlite
@costly
def test_a_user_has_one_place_at_a_time(
    ada: Account, of_process: Shares, call: Callable[[Account, str], TestResponse]
) -> None:
    one = contact(ada)
    with of_process.place(UUID(ada.user["id"])):
        refused = call(ada, one)
        assert problem(refused) == (429, "rate-limited")
        assert int(refused.headers["Retry-After"]) > 0
        assert (batch(ada, 100).status_code, ada.get("/contacts").status_code) == (200, 200)
    with call(ada, one) as answer:
        assert answer.status_code in (200, 201)
        assert answer.data


@on_sqlite
@costly
def test_a_process_has_two_places_fewer_than_threads(
    ada: Account, of_process: Shares, call: Callable[[Account, str], TestResponse]
) -> None:
    one = contact(ada)
    with of_process.place(uuid4()), of_process.place(uuid4()):
        refused = call(ada, one)
        assert problem(refused) == (503, "service-unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert ada.get("/contacts").status_code == 200


@on_sqlite
def test_whatever_becomes_of_a_request_its_place_is_left(ada: Account, of_process: Shares) -> None:
    calls: list[Callable[[], Any]] = [
        partial(ada.post, "/contacts/import", data=b"nothing", content_type="text/vcard"),
        partial(ada.post, "/contacts/import", data=b"", content_type="image/png"),
        partial(ada.get, "/contacts/export?format=pdf"),
        partial(ada.post, f"/contacts/{uuid4()}/merge", json={"ids": [str(uuid4())]}),
        partial(ada.put, f"/contacts/{uuid4()}/photo", data=b""),
        lambda: ada.get("/contacts/export").close(),
        lambda: next(ada.get("/contacts/export?format=csv").iter_encoded()),
        lambda: ada.call("HEAD", "/contacts/export").close(),
    ]
    contact(ada)
    for call in calls:
        call()
        assert of_process.users == set()


@on_sqlite
def test_a_place_is_held_until_the_last_piece_of_an_export(ada: Account, of_process: Shares) -> None:
    contact(ada)
    pieces = ada.get("/contacts/export?format=json").iter_encoded()
    next(pieces)
    assert of_process.users == {UUID(ada.user["id"])}
    assert len(list(pieces)) == 1
    assert of_process.users == set()


def test_who_waits_gets_the_place_that_is_left(of_process: Shares, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WAIT_SECONDS", 10)
    user = uuid4()
    place = of_process.take(user)
    threading.Timer(0.1, place.leave).start()
    of_process.take(user).leave()
    assert not place.is_held


def test_nobody_waits_in_the_last_thread(of_process: Shares, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WAIT_SECONDS", 10)
    user = uuid4()
    with of_process.place(user), of_process.place(uuid4()), of_process.thread(), pytest.raises(ServiceUnavailable):
        of_process.take(user)


HASHING = {
    ("POST", "/api/v1/auth/register"): {"username": "ben", "email": "ben@example.org", "password": PASSWORD},
    ("POST", "/api/v1/auth/login"): {"username": "ada", "password": PASSWORD},
    ("POST", "/api/v1/auth/password/reset"): {"token": "x", "password": PASSWORD},
    ("PUT", "/api/v1/auth/password"): {"current_password": PASSWORD, "password": f"{PASSWORD} too"},
    ("POST", "/api/v1/auth/email"): {"email": "ben@example.org", "password": PASSWORD},
    ("DELETE", "/api/v1/users/me"): {"password": PASSWORD},
    ("POST", "/api/v1/users/me/delete"): {"password": PASSWORD},
}


@on_sqlite
@pytest.mark.parametrize(("method", "path"), HASHING)
def test_whoever_finds_no_thread_to_hash_a_password_is_refused_at_once(
    ada: Account, of_process: Shares, method: str, path: str
) -> None:
    """Before anything else is done: no statement, no look into Redis, and no password is hashed."""
    with of_process.thread(), of_process.thread(), of_process.thread(), statements.listening() as said:
        refused = ada.client.open(path, method=method, json=HASHING[method, path], headers=ada.headers)
        assert problem(refused) == (503, "service-unavailable")
        assert ada.client.get("/healthz").status_code == 200
    assert [each for each in said if "contacts" not in each.text] == []


@on_sqlite
@pytest.mark.parametrize(
    ("mine", "elsewhere"), [("203.0.113.7", "203.0.113.8"), ("2001:db8:1:2::3", "2001:db8:1:3::3")]
)
def test_one_network_leaves_a_thread_to_whoever_else_signs_in(
    ada: Account, of_process: Shares, mine: str, elsewhere: str
) -> None:
    """Right passwords are not limited, so whoever has an account could occupy all with them."""
    credentials = HASHING["POST", "/api/v1/auth/login"]

    def sign_in(address: str) -> int:
        origin = {"REMOTE_ADDR": address}
        return ada.client.post("/api/v1/auth/login", json=credentials, environ_overrides=origin).status_code

    with of_process.thread(network_of(mine)), of_process.thread(network_of(mine)):
        assert [sign_in(address) for address in (mine, elsewhere)] == [503, 200]
    assert sign_in(mine) == 200
    assert not of_process.networks


def takes_password(operation: dict[str, Any], schemas: dict[str, Any]) -> bool:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return bool({"password", "current_password"}.intersection(schemas.get(name, {}).get("properties", {})))


@on_sqlite
def test_every_route_that_takes_a_password_needs_a_thread_for_it(ada: Account, of_process: Shares) -> None:
    document = body(ada.client.get("/api/v1/openapi.json"))
    schemas = document["components"]["schemas"]
    found = [
        (method.upper(), path.format_map(defaultdict(lambda: str(new_id()))))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method != "parameters" and takes_password(operation, schemas)
    ]
    assert len(found) > len(HASHING)
    with of_process.thread(), of_process.thread(), of_process.thread():
        for method, path in found:
            refused = ada.client.open(path, method=method, json={"password": PASSWORD}, headers=ada.headers)
            assert problem(refused) == (503, "service-unavailable"), path


@on_sqlite
def test_nothing_hashes_a_password_without_a_thread_for_it(
    ada: Account, of_process: Shares, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = passwords.hasher.submit

    def watched(*call: Any) -> Any:
        busy.append(of_process.slow)
        return submit(*call)

    busy: list[int] = []
    monkeypatch.setattr(passwords.hasher, "submit", watched)
    for (method, path), sent in HASHING.items():
        ada.client.open(path, method=method, json=sent, headers=ada.headers)
    ada.client.post("/reset-password", data={"token": "x", "password": PASSWORD})
    assert len(busy) >= len(HASHING) - 2
    assert set(busy) == {1}


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_smallest_process_has_a_place(threads: int) -> None:
    few = Shares(threads)
    for _ in range(2):
        few.take(uuid4()).leave()


def test_a_second_place_is_refused_to_one_user_and_not_to_another(of_process: Shares) -> None:
    user = uuid4()
    with of_process.place(user):
        with pytest.raises(RateLimited):
            of_process.take(user)
        of_process.take(uuid4()).leave()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a priority for each thread")
def test_hashing_yields_to_requests() -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = priority()
    assert passwords.hasher.submit(priority).result() == passwords.NICE
    assert priority() == own
