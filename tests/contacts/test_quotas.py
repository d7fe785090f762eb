"""What a user may store: contacts, contacts in the bin, bytes in all and of one contact, whichever way they come."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, func, select, update
from werkzeug.test import TestResponse

from project.contacts import loading, open_book
from project.contacts.loading import MOST_OF_CONTACT, PHOTO_SIZE, Entry
from project.contacts.models import AddressBook
from project.contacts.models import Contact as Row
from project.database.base import new_id, now
from tests import images, places
from tests.accounts import Account, problem
from tests.applications import change_settings
from tests.contacts.calls import batch, create, delete, done, fill, listed
from tests.contacts.exchange.calls import bring
from tests.contacts.exchange.files import vcard

FULL = (409, "quota-exceeded")
LARGE = {"notes": "n" * 10_000, "addresses": [{"street": "s" * 255, "city": "c" * 255}] * 10}


@pytest.fixture
def quota(ada: Account, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    return partial(change_settings, monkeypatch, ada.client.application)


def purge(ada: Account) -> None:
    result = ada.client.application.test_cli_runner().invoke(args=["purge"])
    assert result.exit_code == 0, result.output


def counted(database: Engine, account: Account) -> tuple[int, int, int]:
    """What the book says it has."""
    book = select(AddressBook.contact_count, AddressBook.bin_count, AddressBook.size)
    with database.connect() as connection:
        return tuple(connection.execute(book.where(AddressBook.owner_id == UUID(account.user["id"]))).one())  # type: ignore[return-value]


def there(database: Engine, account: Account) -> tuple[int, int, int]:
    """What it really has."""
    columns = (Row.deleted_at, Row.purged_at, Row.size, Row.photo)
    with database.connect() as connection:
        rows = connection.execute(select(*columns).where(Row.owner_id == UUID(account.user["id"]))).all()
    kept = [row for row in rows if row.purged_at is None]
    assert all(row.size == 0 for row in rows if row.purged_at)
    living = sum(row.deleted_at is None for row in kept)
    return living, len(kept) - living, sum(row.size + (PHOTO_SIZE if row.photo else 0) for row in kept)


def size(database: Engine, contact_id: str) -> int:
    with database.connect() as connection:
        return int(connection.execute(select(Row.size).where(Row.id == UUID(contact_id))).scalar_one())


@pytest.mark.parametrize("seed", range(3))
def test_the_counts_of_a_book_are_exact_whatever_is_done(ada: Account, migrated: Engine, seed: int) -> None:
    random = Random(seed)  # noqa: S311  # to be repeated
    ids: list[str] = [contact["id"] for contact in fill(ada, [{"first_name": "Ada", **LARGE}] * 3)]

    def one() -> str:
        return random.choice(ids)

    def several() -> list[dict[str, Any]]:
        return [{"op": random.choice(["delete", "restore"]), "id": each} for each in random.choices(ids, k=4)]

    acts: list[Callable[[], object]] = [
        lambda: ids.append(create(ada, notes="n" * random.randrange(5_000))["id"]),
        lambda: ada.put(f"/contacts/{new_id()}", json={"first_name": "Ada"}),
        lambda: ada.patch(f"/contacts/{one()}", json={"notes": "n" * random.randrange(10_000)}),
        lambda: ada.put(f"/contacts/{one()}", json={"first_name": "Ada", **LARGE}),
        lambda: ada.delete(f"/contacts/{one()}"),
        lambda: ada.post(f"/contacts/{one()}/restore"),
        lambda: ada.post(f"/contacts/{one()}/merge", json={"ids": [one(), one()]}),
        lambda: batch(ada, several()),
        lambda: bring(ada, vcard("FN:Ada", f"UID:{one()}", f"X-LONG:{'x' * random.randrange(9_000)}")),
        lambda: places.put(ada, f"/contacts/{one()}/photo", images.png()),
        lambda: ada.delete(f"/contacts/{one()}/photo"),
        partial(purge, ada),
    ]
    for _ in range(60):
        random.choice(acts)()
    assert counted(migrated, ada) == there(migrated, ada)
    with migrated.begin() as connection:
        connection.execute(update(Row).where(Row.deleted_at.is_not(None)).values(deleted_at=now().replace(year=2020)))
    purge(ada)
    assert counted(migrated, ada) == there(migrated, ada)
    assert counted(migrated, ada)[1] == 0


def test_a_contact_has_the_size_of_its_json(ada: Account, migrated: Engine) -> None:
    for content in (
        {"first_name": "Ada"},
        {"first_name": "Ada", **LARGE},
        {"first_name": '"' * 100, "notes": "漢\n" * 5_000},
    ):
        contact = create(ada, **content)
        length = len(ada.get(f"/contacts/{contact['id']}").data)
        assert length <= size(migrated, contact["id"]) * 1024 < length + 2_048


OUT = {
    "delete": lambda ada, one, two: ada.delete(f"/contacts/{one}"),
    "batch": lambda ada, one, two: ada.post("/contacts/batch", json={"operations": [{"op": "delete", "id": one}]}),
    "merge": lambda ada, one, two: ada.post(f"/contacts/{two}/merge", json={"ids": [one]}),
}


@pytest.mark.parametrize("out", OUT.values(), ids=OUT)
def test_a_bin_that_is_full_takes_no_more(
    ada: Account, quota: Callable[..., None], out: Callable[[Account, str, str], TestResponse]
) -> None:
    first, second, one, two = (contact["id"] for contact in fill(ada, [{"first_name": "Ada"}] * 4))
    quota(max_binned_per_user=2)
    delete(ada, first)
    delete(ada, second)
    refused = out(ada, one, two)
    found = refused.get_json()["results"][0]["problem"] if refused.status_code == 200 else refused.get_json()
    assert (found["status"], found["type"]) == (409, "/problems/quota-exceeded")
    assert "bin" in found["detail"]
    assert len(listed(ada)) == 2
    assert ada.post(f"/contacts/{first}/restore").status_code == 200
    assert out(ada, one, two).status_code in (200, 204)


def test_batches_that_create_and_delete_do_not_fill_the_bin_for_ever(ada: Account, quota: Callable[..., None]) -> None:
    quota(max_binned_per_user=100)
    for _ in range(4):
        ids = [str(new_id()) for _ in range(45)]
        made = [{"op": "create", "id": each, "contact": {"first_name": "Ada"}} for each in ids]
        ada.post("/contacts/batch", json={"operations": [*made, *({"op": "delete", "id": each} for each in ids)]})
    assert len(listed(ada, deleted=True)) == 100
    assert len(listed(ada)) == 80


MORE: dict[str, Callable[[Account, str], TestResponse]] = {
    "create": lambda ada, _: ada.post("/contacts", json={"first_name": "Ada", **LARGE}),
    "create with an id": lambda ada, _: ada.post("/contacts", json={"id": str(new_id()), "first_name": "Ada", **LARGE}),
    "put": lambda ada, _: ada.put(f"/contacts/{new_id()}", json={"first_name": "Ada", **LARGE}),
    "replace": lambda ada, one: ada.put(f"/contacts/{one}", json={"first_name": "Ada", **LARGE}),
    "update": lambda ada, one: ada.patch(f"/contacts/{one}", json=LARGE),
    "photo": lambda ada, one: places.put(ada, f"/contacts/{one}/photo", images.png()),
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_a_book_that_has_all_its_bytes_takes_no_more_and_gets_smaller(
    ada: Account, migrated: Engine, quota: Callable[..., None], more: Callable[[Account, str], TestResponse]
) -> None:
    small, large = create(ada)["id"], create(ada, **LARGE)["id"]
    quota(max_bytes_per_user=(counted(migrated, ada)[2] + 3) * 1024)
    refused = more(ada, small)
    assert problem(refused) == FULL
    assert "KiB" in refused.get_json()["detail"]
    assert counted(migrated, ada) == there(migrated, ada)
    quota(max_bytes_per_user=1024)  # smaller than what is there, as an operator may set it
    assert ada.patch(f"/contacts/{large}", json={"notes": None}).status_code == 200
    assert ada.patch(f"/contacts/{small}", json={"favorite": True}).status_code == 200
    delete(ada, large)
    assert ada.post(f"/contacts/{large}/restore").status_code == 200


def test_an_import_fails_card_by_card_when_the_bytes_are_used_up(
    ada: Account, migrated: Engine, quota: Callable[..., None]
) -> None:
    create(ada)
    quota(max_bytes_per_user=(counted(migrated, ada)[2] + 24) * 1024)
    report = bring(ada, b"".join(vcard(f"FN:Ada {number}", f"X-LONG:{'x' * 9_000}") for number in range(4)))
    assert (report["created"], len(report["failed"])) == (2, 2)
    assert "KiB" in report["failed"][0]["detail"]


def test_no_way_makes_a_contact_of_more_than_a_mebibyte(ada: Account, migrated: Engine) -> None:
    """Not even merges of contacts that have other properties in plenty, nor a change of such a contact."""
    cards = [vcard(f"FN:Ada {n}", *(f"X-{n}-{line}:{'x' * 9_000}" for line in range(90))) for n in range(3)]
    assert bring(ada, b"".join(cards))["created"] == 3
    first, *others = (contact["id"] for contact in listed(ada))
    assert problem(ada.post(f"/contacts/{first}/merge", json={"ids": others})) == FULL
    assert len(listed(ada)) == 3
    fullest = vcard("FN:Ada", "UID:fullest", *(f"X-{line}:{'x' * 9_980}" for line in range(104)))
    assert bring(ada, fullest)["created"] == 1
    (contact,) = listed(ada, q="ada", sort="-created_at", limit=1)[:1]
    assert MOST_OF_CONTACT - 20 < size(migrated, contact["id"]) <= MOST_OF_CONTACT
    assert problem(ada.patch(f"/contacts/{contact['id']}", json=LARGE)) == FULL
    assert ada.patch(f"/contacts/{contact['id']}", json={"favorite": True}).status_code == 200


def test_sizes_that_an_older_version_did_not_know_are_filled_in(ada: Account, migrated: Engine) -> None:
    contacts = fill(ada, [{"first_name": "Ada", **LARGE}] * 3 + [{"first_name": "Ben"}])
    delete(ada, contacts[0]["id"])
    right = counted(migrated, ada)
    with migrated.begin() as connection:
        connection.execute(update(Row).values(size=0))
        connection.execute(update(AddressBook).values(size=0, bin_count=0))
    assert ada.post(f"/contacts/{contacts[0]['id']}/restore").status_code == 200
    delete(ada, contacts[0]["id"])
    purge(ada)
    assert counted(migrated, ada) == there(migrated, ada) == right
    with migrated.connect() as connection:
        assert connection.execute(select(func.count()).where(Row.size == 0)).scalar() == 0


def test_a_statement_writes_a_bounded_number_of_rows_and_bytes() -> None:
    def entry(size: int) -> Entry:
        return Entry(new_id(), {}, None, None, 1, now(), now(), size=size)  # type: ignore[typeddict-item]

    rows, kib = loading.ROWS_PER_STATEMENT, open_book.SIZE_PER_STATEMENT
    many = list(open_book.statements(entry(1) for _ in range(2 * rows + 1)))
    assert [len(some) for some in many] == [rows, rows, 1]
    large = list(open_book.statements(entry(kib // 2) for _ in range(5)))
    assert [len(some) for some in large] == [2, 2, 1]
    assert [len(some) for some in open_book.statements([entry(kib * 3), entry(1)])] == [1, 1]
    assert list(open_book.statements([])) == []


def test_what_is_there_is_shown_whole(ada: Account) -> None:
    contact = create(ada, **LARGE)
    assert done(ada.get(f"/contacts/{contact['id']}")) == contact
