"""Apps and devices write the same book in any order that can be thought up, and all end equal."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine, delete

from project.auth.models import AppPassword
from project.contacts.models import AddressBook
from tests.accounts import Account
from tests.contacts.calls import Contact, changes, listed
from tests.contacts.carddav import davx5
from tests.contacts.carddav.calls import Device, device
from tests.contacts.carddav.davx5 import Android
from tests.contacts.carddav.thunderbird import Thunderbird
from tests.contacts.carddav.watching import Watch

STEPS = 30
EXAMPLES = examples().max_examples * 2 // 5
NAMES = st.sampled_from(["Ada", "Grace", "Emmy; Noether", "Олена", "Łukasz, jr"])
LABELS = st.sampled_from(["Friends", "Poets", "A, b; c"])
NUMBERS = st.integers(0, 7)
GROUP, MEMBER, KIND = (
    "X-ADDRESSBOOKSERVER-KIND:group",
    "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:",
    "X-ADDRESSBOOKSERVER-KIND",
)


def uid(number: int) -> str:
    return f"AAAAAAAA-0000-4000-8000-00000000000{number}"


class Everybody(RuleBasedStateMachine):
    """An app that keeps a copy by its changes, DAVx5 with groups as cards, and Thunderbird, which never asks."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account, self.number = account, 0
        self.copy: dict[str, Contact] = {}
        self.since: str | None = None

    @initialize()
    def begin(self) -> None:
        self.android = Android(device(self.account, "Pixel"))
        self.bird = Thunderbird(device(self.account, "Laptop"))
        self.bird.fetch_all()
        self.watch = Watch(self.bird.device)

    @invariant()
    def etags_change_with_texts(self) -> None:
        if hasattr(self, "watch"):
            self.watch.look()

    def note(self) -> str:
        self.number += 1
        return f"note {self.number}"

    @rule(number=NUMBERS, name=NAMES, label=LABELS)
    def app_puts(self, number: int, name: str, label: str) -> None:
        content = {"first_name": name, "notes": self.note(), "labels": [label]}
        assert self.account.put(f"/contacts/{uid(number).lower()}", json=content).status_code in (200, 201)

    @rule(number=NUMBERS, labels=st.lists(LABELS, unique=True))
    def app_labels(self, number: int, labels: list[str]) -> None:
        answer = self.account.patch(f"/contacts/{uid(number).lower()}", json={"labels": labels})
        assert answer.status_code in (200, 404)

    @rule(number=NUMBERS, verb=st.sampled_from(["delete", "restore"]))
    def app_deletes_or_restores(self, number: int, verb: str) -> None:
        path = f"/contacts/{uid(number).lower()}"
        answer = self.account.delete(path) if verb == "delete" else self.account.post(f"{path}/restore")
        assert answer.status_code in (200, 204, 404)

    @rule()
    def app_syncs(self) -> None:
        delta = changes(self.account, self.since, limit=1000)
        self.copy.update({contact["id"]: contact for contact in delta["changed"]})
        for contact_id in delta["deleted"]:
            self.copy.pop(contact_id, None)
        self.since = delta["sync_token"]

    @rule(number=NUMBERS, name=NAMES)
    def android_adds_or_edits(self, number: int, name: str) -> None:
        """By the name that the card has on this phone; by another one if it has not seen it yet."""
        text = davx5.card(uid(number), f"NOTE:{self.note()}", fn=escaped(name), n=f";{escaped(name)};;;")
        known = [each for each, there in self.android.cards.items() if is_of(uid(number), there)]
        self.android.edit(known[0] if known else f"{uid(number)}.vcf", text)

    @rule(number=NUMBERS)
    def android_deletes(self, number: int) -> None:
        name = f"{uid(number)}.vcf"
        if name in self.android.cards and name not in self.android.edited:
            self.android.deleted.add(name)

    @rule(name=LABELS, members=st.sets(NUMBERS, max_size=3))
    def android_groups(self, name: str, members: set[int]) -> None:
        text = davx5.group(f"group-{name[0]}", escaped(name), *(uid(number) for number in members))
        self.android.edit(f"group-{name[0]}.vcf", text)

    @rule(name=LABELS)
    def android_ungroups(self, name: str) -> None:
        known = f"group-{name[0]}.vcf"
        if known in self.android.cards and known not in self.android.edited:
            self.android.deleted.add(known)

    @rule()
    def android_syncs(self) -> None:
        self.android.sync()

    @precondition(lambda self: self.bird.cards)
    @rule(which=st.integers(0, 100), title=st.sampled_from(["Programmer", "Admiral"]))
    def bird_edits(self, which: int, title: str) -> None:
        href = sorted(self.bird.cards)[which % len(self.bird.cards)]
        text = re.sub(r"TITLE:.*\r\n", "", self.bird.cards[href]).replace("END:VCARD", f"TITLE:{title}\r\nEND:VCARD")
        self.bird.put(unquote(href.rpartition("/")[2]), text)

    @rule()
    def bird_syncs(self) -> None:
        self.bird.sync()

    def teardown(self) -> None:
        for _ in range(3):
            self.android.sync()
        self.bird.sync()
        self.app_syncs()
        served = texts(self.bird.device)
        assert self.android.cards == served
        assert {unquote(href.rpartition("/")[2]): text for href, text in self.bird.cards.items()} == served
        contacts = listed(self.account)
        assert self.copy == {contact["id"]: contact for contact in contacts}
        self.check_contacts(served, contacts)
        self.check_groups(served, contacts)

    def check_contacts(self, served: dict[str, str], contacts: list[Contact]) -> None:
        """Cards say what contacts say."""
        people = [unfolded(text) for text in served.values() if KIND not in text]
        said = sorted((value(text, "NOTE"), sorted(categories(text)), value(text, "TITLE")) for text in people)
        assert said == sorted(
            (contact["notes"] or "", sorted(contact["labels"]), contact["job_title"] or "") for contact in contacts
        )

    def check_groups(self, served: dict[str, str], contacts: list[Contact]) -> None:
        """The members of a group are those that have its label, and perhaps others that are no contacts."""
        for text in (unfolded(each) for each in served.values() if KIND in each):
            label = value(text, "FN")
            members = {line[len(MEMBER) :].lower() for line in text.split("\r\n") if line.startswith(MEMBER)}
            living = {contact["id"] for contact in contacts}
            assert members & living == {contact["id"] for contact in contacts if label in contact["labels"]}


def texts(phone: Device) -> dict[str, str]:
    listed = [href for href in phone.propfind(phone.book, "{DAV:}getetag", depth="1") if href != phone.book]
    return {unquote(href.rpartition("/")[2]): phone.call("GET", href).text for href in listed}


def escaped(text: str) -> str:
    return text.replace(",", "\\,").replace(";", "\\;")


def unfolded(text: str) -> str:
    return text.replace("\r\n ", "")


def value(text: str, name: str) -> str:
    found = re.search(rf"\r\n{name}:(.*)\r\n", text)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else ""


def categories(text: str) -> set[str]:
    found = re.findall(r"\r\nCATEGORIES:(.*)(?=\r\n)", text)
    return {re.sub(r"\\(.)", r"\1", label) for line in found for label in re.split(r"(?<!\\),", line)}


def is_of(uid: str, text: str) -> bool:
    return f"\r\nUID:{uid.lower()}\r\n" in text.lower()


@pytest.fixture
def forget(migrated: Engine) -> Callable[[], None]:
    def empty() -> None:
        with migrated.begin() as connection:
            connection.execute(delete(AddressBook))
            connection.execute(delete(AppPassword))

    return empty


@pytest.mark.slow
@pytest.mark.hypothesis
def test_all_end_equal(ada: Account, forget: Callable[[], None]) -> None:
    class OfAda(Everybody):
        def __init__(self) -> None:
            forget()
            super().__init__(ada)

    run_state_machine_as_test(OfAda, settings=examples(stateful_step_count=STEPS, max_examples=EXAMPLES))
