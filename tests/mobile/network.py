"""Phones that run the guide's example, each with a file of its own, and the network between them and the server."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, update

from docs.examples import sync
from docs.examples.session import Answer, encoded
from docs.examples.sync import Book
from project.contacts.models import Contact as Row
from project.database.base import new_id, now
from tests.accounts import Account, body
from tests.contacts.calls import changes


class Network:
    """What lies between a phone and the server. `ills` says of each request what befalls it: "", "lost", "unheard"."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.ills: Iterator[str] = iter(())
        self.before_writing: Callable[[], object] = lambda: None
        self.answers: list[Answer] = []

    def call(self, method: str, path: str, content: Any) -> Answer:
        ill = next(self.ills, "")
        if ill == "lost":
            raise ConnectionError("The request was lost.")
        if method == "POST":
            self.before_writing()
        data = encoded(content) if content else None
        answer = self.account.call(method, path, data=data, content_type="application/json" if data else None)
        if ill == "unheard":
            raise ConnectionError("The answer was lost.")
        self.answers.append(Answer(answer.status_code, body(answer)))
        return self.answers[-1]

    @property
    def statuses(self) -> list[int]:
        """What became of the operations of all batches."""
        results = [answer.body.get("results", []) for answer in self.answers]
        return [result["status"] for each in results for result in each]


class Phone:
    """One of the user's phones. Its app is started for each sync, with what it has kept in its file."""

    def __init__(self, account: Account, file: Path, call: sync.Call | None = None) -> None:
        self.file, self.network = file, Network(account)
        self.call = call or self.network.call
        self.book = Book()
        """What the app has in memory while it synchronises."""

    @property
    def contacts(self) -> dict[str, dict[str, Any]]:
        return Book.load(self.file).contacts

    def sync(self) -> Book:
        self.book = Book.load(self.file)
        sync.sync(self.book, self.call)
        return self.book

    def tries_to_sync(self, *ills: str) -> None:
        """Sync under these ills, and be stopped by them perhaps."""
        self.network.ills = iter(ills)
        try:
            self.sync()
        except OSError:
            return
        finally:
            self.network.ills = iter(())

    def edit(self, contact_id: str, **content: Any) -> None:
        book = Book.load(self.file)
        book.contacts[contact_id] = {**book.contacts.get(contact_id, {}), **content}
        book.save()

    def add(self, **content: Any) -> str:
        contact_id = str(new_id())
        self.edit(contact_id, **content)
        return contact_id

    def delete(self, contact_id: str) -> dict[str, Any]:
        """What was deleted, for those who take it back."""
        book = Book.load(self.file)
        deleted = book.contacts.pop(contact_id)
        book.save()
        return deleted


def agree(account: Account, *all_phones: Phone) -> dict[str, dict[str, Any]]:
    """Sync all phones until each knows of all; the contacts, on which they and the server agree."""
    for phone in (*all_phones, *all_phones):
        assert phone.sync().refused == {}
    contacts = contents(account)
    for phone in all_phones:
        assert phone.contacts == contacts
    return contacts


def contents(account: Account) -> dict[str, dict[str, Any]]:
    """The contacts that the server has, as a phone keeps them."""
    return {contact["id"]: sync.content_of(contact) for contact in changes(account, limit=1000)["changed"]}


def purge(account: Account, migrated: Engine, *, days: int) -> None:
    """Let everything in the bin be there for so many days, and purge: after 30 it is wiped, after 180 forgotten."""
    with migrated.begin() as connection:
        longer_ago = now() - timedelta(days=days)
        connection.execute(update(Row).where(Row.deleted_at.is_not(None)).values(deleted_at=longer_ago))
    ended = account.client.application.test_cli_runner().invoke(args=["purge"])
    assert ended.exit_code == 0, ended.output
