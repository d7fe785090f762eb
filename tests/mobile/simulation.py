"""A user with several phones that edit, delete and synchronise by the guide's example, over a network that fails."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from docs.examples import sync
from docs.examples.session import Answer, encoded
from docs.examples.sync import Book
from tests.accounts import Account, body
from tests.mobile.history import Contact, History, items_of
from tests.mobile.network import contents

OWN_FIELDS = ["nickname", "company", "job_title"]
"""Of each phone one, which no other changes."""
CONTACTS = 8
ITEMS = 4


class Phone:
    """The app is killed now and then, and begins again with what its file holds."""

    def __init__(self, world: "World", own: str, file: Path) -> None:
        self.world, self.own, self.file = world, own, file
        self.book = Book.load(file)
        self.edits = 0
        self.deleted: dict[str, Contact] = {}
        self.is_syncing = False

    def sync(self) -> None:
        if self.is_syncing:
            return
        self.is_syncing = True
        try:
            sync.sync(self.book, self.call)
        except ConnectionError:
            if self.world.chance(0.3):
                self.book = Book.load(self.file)
        finally:
            self.is_syncing = False
        assert self.book.refused == {}

    def call(self, method: str, path: str, content: Any) -> Answer:
        """A request that may get lost, or its answer, or be sent again by the session; meanwhile the world goes on."""
        self.world.goes_on(self)
        if self.world.chance(self.world.ills):
            raise ConnectionError("The request was lost.")
        answer = self.deliver(method, path, content)
        self.world.goes_on(self)
        if self.world.chance(self.world.ills):
            answer = self.deliver(method, path, content)
        if self.world.chance(self.world.ills):
            raise ConnectionError("The answer was lost.")
        return answer

    def deliver(self, method: str, path: str, content: Any) -> Answer:
        data = encoded(content) if content else None
        answer = self.world.account.call(method, path, data=data, content_type="application/json" if data else None)
        return Answer(answer.status_code, body(answer))

    # What the user does

    def act(self) -> None:
        self.world.acts += 1
        act: Callable[[], None] = self.world.random.choice([self.add, self.delete, self.take_back, *[self.edit] * 5])
        act()
        self.book.save()

    def add(self) -> None:
        if len(self.book.contacts) < CONTACTS:
            contact_id = str(UUID(int=self.world.random.getrandbits(128), version=4))
            self.book.contacts[contact_id] = {"first_name": " Ada "}
            self.write(contact_id)

    def edit(self) -> None:
        """In place or, as often, in a copy."""
        if contact_id := self.any_contact():
            if self.world.chance(0.5):
                self.book.contacts[contact_id] = dict(self.book.contacts[contact_id])
            self.write(contact_id)

    def any_contact(self) -> str | None:
        return self.world.random.choice(sorted(self.book.contacts)) if self.book.contacts else None

    def write(self, contact_id: str) -> None:
        contact, history = self.book.contacts[contact_id], self.world.histories[contact_id]
        self.edits += 1
        contact[self.own] = f"{self.own} {self.edits}"
        history.edited(self.own, contact[self.own])
        if self.world.chance(0.4):
            value = f"phone {self.own} {self.edits}"
            history.wrote(self.own, contact.get("phone"), value)
            contact["phone"] = value
        if self.world.chance(0.5):
            self.write_items(contact_id, contact)

    def write_items(self, contact_id: str, contact: Contact) -> None:
        labels, details = contact.setdefault("labels", []), contact.setdefault("details", [])
        added = f"{self.own} item {self.edits}"
        if self.world.chance(0.5):
            labels.append(added)
        else:
            details.append({"kind": "other", "value": f" {added}"})
        self.world.histories[contact_id].items[added] = (self.own, True)
        if len(labels) > ITEMS:
            self.removed(contact_id, labels.pop(0))
        if len(details) > ITEMS:
            self.removed(contact_id, details.pop(0)["value"].strip())

    def removed(self, contact_id: str, item: str) -> None:
        """Who added it may add it again as long as it does not know that it has arrived."""
        adder = next(phone for phone in self.world.phones if item.startswith(phone.own))
        is_known = item in items_of(adder.book.known.get(contact_id, {}))
        self.world.histories[contact_id].items[item] = (self.own, False if is_known or adder is self else None)

    def delete(self) -> None:
        if contact_id := self.any_contact():
            contact = self.deleted[contact_id] = self.book.contacts.pop(contact_id)
            self.world.histories[contact_id].deleted(self.own, contact)

    def take_back(self) -> None:
        """As long as the server has not answered."""
        if self.deleted:
            contact_id, contact = self.deleted.popitem()
            if contact_id not in self.book.contacts and contact_id in self.book.known:
                self.book.contacts[contact_id] = contact
                self.world.histories[contact_id].taken_back(self.own, contact)


class World:
    """Makes all that happens by chance, but the same again for the same seed."""

    def __init__(self, account: Account, folder: Path, *, phones: int, seed: int, ills: float = 0.2) -> None:
        self.random = Random(seed)  # noqa: S311  # so that a failure can be repeated
        self.account, self.ills, self.acts = account, ills, 0
        self.histories: defaultdict[str, History] = defaultdict(History)
        self.phones = [Phone(self, own, folder / f"{seed}-{own}.json") for own in OWN_FIELDS[:phones]]
        self.is_quiet = False

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def goes_on(self, waiting: Phone) -> None:
        """While a phone waits for an answer its user goes on, and another phone synchronises."""
        if self.is_quiet:
            return
        if self.chance(0.3):
            waiting.act()
        if self.chance(0.2):
            other = self.random.choice([phone for phone in self.phones if phone is not waiting])
            other.act()
            other.sync()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            phone = self.random.choice(self.phones)
            step: Callable[[], None] = self.random.choice([phone.act, phone.act, phone.sync])
            step()

    def settle(self) -> None:
        """Let all phones synchronise undisturbed, and check that nothing is lost."""
        self.ills, self.is_quiet = 0, True
        for phone in [*self.phones, *self.phones]:
            phone.sync()
        contacts = contents(self.account)
        for phone in self.phones:
            assert phone.book.contacts == contacts
        assert contacts.keys() <= self.histories.keys()
        for contact_id, history in self.histories.items():
            history.check(contacts.get(contact_id))
