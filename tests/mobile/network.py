"""Phones that run the guide's example, each with a file of its own, and the network between them and the server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from docs.examples import sync
from docs.examples.session import Answer
from docs.examples.sync import Book
from project.database.base import new_id
from tests.accounts import Account, body
from tests.contacts.calls import listed


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
        answer = self.account.call(method, path, **({"json": content} if content else {}))
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

    def __init__(self, account: Account, file: Path) -> None:
        self.file, self.network = file, Network(account)

    @property
    def contacts(self) -> dict[str, dict[str, Any]]:
        return Book.load(self.file).contacts

    def sync(self) -> Book:
        book = Book.load(self.file)
        sync.sync(book, self.network.call)
        return book

    def tries_to_sync(self, *ills: str) -> None:
        """Sync under these ills, and be stopped by them perhaps."""
        self.network.ills = iter(ills)
        try:
            self.sync()
        except ConnectionError:
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

    def delete(self, contact_id: str) -> None:
        book = Book.load(self.file)
        del book.contacts[contact_id]
        book.save()


def agree(account: Account, *all_phones: Phone) -> dict[str, dict[str, Any]]:
    """Sync all phones until each knows of all; the contacts, on which they and the server agree."""
    for phone in (*all_phones, *all_phones):
        assert phone.sync().refused == {}
    contacts = {contact["id"]: sync.content_of(contact) for contact in listed(account, limit=500)}
    for phone in all_phones:
        assert phone.contacts == contacts
    return contacts
