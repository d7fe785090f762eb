"""Many devices at the same moment, on a real server with two processes: nothing is lost, nothing happens twice."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from project.contacts.models import AddressBook
from project.database.base import new_id
from tests.accounts import PASSWORD, Account, sign_up
from tests.concurrency import Answer, at_once, until_alone
from tests.contacts.calls import Contact, create, delete, fill, listed, page, show
from tests.contacts.conftest import ROOM
from tests.contacts.devices import Device
from tests.servers import Server


@pytest.fixture
def device(server: Server, ada: Account) -> Device:
    return Device(server, ada)


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


@pytest.mark.slow
def test_sixteen_clients_count_in_one_field_and_lose_no_acknowledged_increment(device: Device, ada: Account) -> None:
    path = f"/contacts/{create(ada, first_name='Counter', nickname='0')['id']}"

    def count() -> Counter[int]:
        return Counter(increment(device, path) for _ in range(4))

    answers = sum(at_once([count] * 16), Counter[int]())
    assert set(answers) == {200, 412}
    assert ada.get(path).get_json()["nickname"] == str(answers[200])


def increment(device: Device, path: str) -> int:
    """Read, add one, write under the condition that nobody else has written; the status of the write."""
    known = device.call("GET", path)
    value = int(known.json["nickname"]) + 1
    return device.call("PATCH", path, {"nickname": str(value)}, {"If-Match": known.headers["ETag"]}).status


def test_changes_of_different_fields_at_once_all_survive(device: Device, ada: Account) -> None:
    contact = create(ada, company="Analytical Engines")
    changes: list[dict[str, Any]] = [
        {"first_name": "Ada"},
        {"last_name": "Lovelace"},
        {"nickname": "Countess"},
        {"email": "ada@example.org"},
        {"phone": "1815"},
        {"birthday": "1815-12-10"},
        {"notes": "Notes A to G"},
        {"favorite": True},
        {"labels": ["Poets"]},
        {"details": [{"kind": "url", "label": None, "value": "https://example.org"}]},
    ]
    answers = at_once([partial(device.call, "PATCH", f"/contacts/{contact['id']}", change) for change in changes])
    assert statuses(answers) == {200: 10}
    now = show(ada, contact["id"])
    assert [{name: now[name] for name in change} for change in changes] == changes
    assert now["revision"] == contact["revision"] + 10


def test_of_ten_deletes_at_once_one_succeeds(device: Device, ada: Account) -> None:
    contact = create(ada)
    answers = at_once([partial(device.call, "DELETE", f"/contacts/{contact['id']}")] * 10)
    assert statuses(answers) == {204: 1, 404: 9}
    assert page(ada)["total"] == 0


def test_ten_restores_at_once_restore_once(device: Device, ada: Account) -> None:
    contact = create(ada)
    delete(ada, contact["id"])
    answers = at_once([partial(device.call, "POST", f"/contacts/{contact['id']}/restore")] * 10)
    assert statuses(answers) == {200: 10}
    assert {answer.json["revision"] for answer in answers} == {contact["revision"] + 2}
    assert page(ada)["total"] == 1


def test_the_same_put_ten_times_at_once_makes_one_contact(device: Device, ada: Account) -> None:
    answers = at_once([partial(device.call, "PUT", f"/contacts/{new_id()}", {"first_name": "Ada"})] * 10)
    assert statuses(answers) == {201: 1, 200: 9}
    assert [contact["revision"] for contact in listed(ada)] == [1]


def test_the_same_post_ten_times_at_once_makes_one_contact(device: Device, ada: Account) -> None:
    contact = {"id": str(new_id()), "first_name": "Ada"}
    assert statuses(at_once([partial(device.call, "POST", "/contacts", contact)] * 10)) == {201: 1, 409: 9}
    assert page(ada)["total"] == 1


def test_the_first_writes_of_a_book_at_once_all_succeed_in_a_row(device: Device, ada: Account) -> None:
    answers = at_once([partial(device.call, "POST", "/contacts", {"first_name": "Ada"})] * 12)
    assert statuses(answers) == {201: 12}
    assert sorted(answer.json["revision"] for answer in answers) == list(range(1, 13))


def test_the_quota_is_exact_whatever_way_contacts_come_in(device: Device, ada: Account) -> None:
    """Twenty at once, for whom there is room for ten."""
    binned = fill(ada, [{"first_name": "Binned"}] * 5)
    for contact in binned:
        delete(ada, contact["id"])
    fill(ada, [{"first_name": "Ada"}] * (ROOM - 10))
    ways: list[Callable[[Contact], Answer]] = [
        lambda contact: device.call("POST", "/contacts", {"first_name": "post"}),
        lambda contact: device.call("POST", f"/contacts/{contact['id']}/restore"),
        lambda contact: device.call("PUT", f"/contacts/{new_id()}", {"first_name": "put"}),
        lambda contact: device.call("POST", "/contacts", {"first_name": "post", "id": str(new_id())}),
    ]
    answers = at_once([partial(way, contact) for way in ways for contact in binned])
    assert sum(answer.status in (200, 201) for answer in answers) == 10
    assert Counter(answer.problem for answer in answers) == {"": 10, "quota-exceeded": 10}
    assert len(listed(ada)) == page(ada)["total"] == ROOM


def test_batches_that_write_the_same_contacts_in_any_order_wait_for_each_other(device: Device, ada: Account) -> None:
    ids = [contact["id"] for contact in fill(ada, [{"first_name": "Ada"}] * 20)]

    def rename(name: str, order: list[str]) -> Answer:
        operations = [{"op": "update", "id": each, "contact": {"first_name": name}} for each in order]
        return device.call("POST", "/contacts/batch", {"operations": operations})

    orders = [ids, ids[::-1], ids[10:] + ids[:10]]
    answers = at_once([partial(rename, str(number), orders[number % 3]) for number in range(9)])
    assert statuses(answers) == {200: 9}
    assert len({contact["name"] for contact in listed(ada)}) == 1


@pytest.mark.parametrize("book", ["with a book", "without a book"])
@pytest.mark.parametrize("repetition", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_whoever_writes_while_the_account_is_deleted_leaves_nothing_behind(
    served: FlaskClient, server: Server, migrated: Engine, book: str, repetition: int
) -> None:
    carl = sign_up(served, f"{book.replace(' ', '-')}-{repetition}")
    if book == "with a book":
        create(carl)
    device = Device(server, carl)
    calls = [partial(device.call, "POST", "/contacts", {"first_name": "late"})] * 14
    calls.insert(7, partial(device.call, "DELETE", "/users/me", {"password": PASSWORD}))
    answers = at_once(calls)
    assert set(statuses(answers)) <= {201, 204, 401}, server.output
    assert answers[7].status == 204
    with migrated.connect() as connection:
        left = select(func.count()).where(AddressBook.owner_id == UUID(carl.user["id"]))
        assert connection.execute(left).scalar() == 0


@pytest.mark.slow
def test_of_two_that_merge_the_same_contact_one_gets_it(device: Device, ada: Account) -> None:
    *targets, other = fill(
        ada, [{"first_name": "Ada"}, {"first_name": "Ada"}, {"job_title": "Countess", "nickname": "A"}]
    )
    paths = [f"/contacts/{target['id']}/merge" for target in targets]
    merges = [partial(device.call, "POST", path, {"ids": [other["id"]]}) for path in paths]
    answers = at_once([partial(until_alone, merge) for merge in merges])
    assert statuses(answers) == {200: 1, 404: 1}
    assert sorted(contact["job_title"] or "" for contact in listed(ada)) == ["", "Countess"]
