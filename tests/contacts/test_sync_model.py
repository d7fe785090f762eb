"""Delta sync against a model: a copy kept by the changes is, in the end, exactly what the server has.

First one device after the other in any order that can be thought up, then all of them at the same moment.
"""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete

from project.contacts.models import AddressBook
from project.database.base import new_id
from tests.accounts import Account
from tests.concurrency import at_once
from tests.contacts.calls import Contact, batch, changes, create, done, listed, show
from tests.contacts.devices import Device
from tests.servers import Server

NAMES = st.sampled_from(["Ada", "Grace", "Emmy", "Олена", "Łukasz"])
DEVICES, STEPS, SHARED = 4, 8, 8
EXAMPLES = max(5, examples().max_examples // 10)


class AddressBookModel(RuleBasedStateMachine):
    """What the server must have, kept in two dictionaries; and two devices that now and then ask for a page."""

    ids = Bundle("ids")

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.account = account
        self.living: dict[str, str] = {}
        self.binned: dict[str, str] = {}
        self.copies: list[dict[str, Contact]] = [{}, {}]
        self.tokens: list[str | None] = [None, None]

    @rule(target=ids, name=NAMES)
    def create(self, name: str) -> str:
        contact_id: str = create(self.account, first_name=name)["id"]
        self.living[contact_id] = name
        return contact_id

    @rule(target=ids, names=st.lists(NAMES, min_size=2, max_size=5))
    def create_many(self, names: list[str]) -> str:
        made = {str(new_id()): name for name in names}
        operations = [{"op": "create", "id": each, "contact": {"first_name": name}} for each, name in made.items()]
        assert {result["status"] for result in batch(self.account, operations)} == {201}
        self.living |= made
        return next(iter(made))

    @rule(contact_id=ids, name=NAMES)
    def change(self, contact_id: str, name: str) -> None:
        answer = self.account.patch(f"/contacts/{contact_id}", json={"first_name": name})
        assert answer.status_code == (200 if contact_id in self.living else 404)
        if contact_id in self.living:
            self.living[contact_id] = name

    @rule(contact_id=ids, name=NAMES)
    def replace(self, contact_id: str, name: str) -> None:
        done(self.account.put(f"/contacts/{contact_id}", json={"first_name": name}))
        self.binned.pop(contact_id, None)
        self.living[contact_id] = name

    @rule(contact_id=ids)
    def delete(self, contact_id: str) -> None:
        answer = self.account.delete(f"/contacts/{contact_id}")
        assert answer.status_code == (204 if contact_id in self.living else 404)
        if contact_id in self.living:
            self.binned[contact_id] = self.living.pop(contact_id)

    @rule(contact_id=consumes(ids))
    def restore(self, contact_id: str) -> None:
        done(self.account.post(f"/contacts/{contact_id}/restore"))
        if contact_id in self.binned:
            self.living[contact_id] = self.binned.pop(contact_id)

    @rule(device=st.integers(0, 1), limit=st.integers(1, 4))
    def sync_a_page(self, device: int, limit: int) -> None:
        self.take(device, limit)

    @rule(device=st.integers(0, 1), limit=st.integers(1, 4))
    def sync_all(self, device: int, limit: int) -> None:
        while self.take(device, limit)["has_more"]:
            pass
        assert self.copies[device] == {contact["id"]: contact for contact in listed(self.account)}

    def take(self, device: int, limit: int) -> dict[str, Any]:
        """Apply the next page of changes to the device's copy."""
        delta = changes(self.account, self.tokens[device], limit=limit)
        assert len(delta["changed"]) + len(delta["deleted"]) <= limit
        self.copies[device].update({contact["id"]: contact for contact in delta["changed"]})
        for contact_id in delta["deleted"]:
            self.copies[device].pop(contact_id, None)
        self.tokens[device] = delta["sync_token"]
        return delta

    @invariant()
    def the_lists_are_as_the_model_says(self) -> None:
        for kept, deleted in ((self.living, False), (self.binned, True)):
            assert kept == {contact["id"]: contact["name"] for contact in listed(self.account, deleted=deleted)}

    def teardown(self) -> None:
        for device in (0, 1):
            self.sync_all(device, 2)


@pytest.mark.hypothesis
def test_a_copy_that_follows_the_changes_is_the_list_whatever_happens(ada: Account, migrated: Engine) -> None:
    class OfAda(AddressBookModel):
        def __init__(self) -> None:
            with migrated.begin() as connection:
                connection.execute(delete(AddressBook))
            super().__init__(ada)

    run_state_machine_as_test(OfAda, settings=examples(max_examples=EXAMPLES, stateful_step_count=16))


class Writer:
    """One of several devices that write at random, each to contacts of its own and to those of all."""

    def __init__(self, device: Device, shared: list[str], seed: int) -> None:
        self.device, self.shared, self.random = device, shared, Random(seed)  # noqa: S311  # so that a failure can be repeated
        self.own: dict[str, Contact | None] = {}

    def work(self) -> None:
        """Write and synchronise in turns; what was written is in the next delta."""
        for _ in range(STEPS):
            self.random.choice([self.write_own, self.write_own, self.write_shared, self.write_many])()
            self.device.sync()
            mine = {contact_id: self.device.copy.get(contact_id) for contact_id in self.own}
            assert mine == self.own

    def write_own(self) -> None:
        contact_id = self.random.choice([*self.own, str(new_id())])
        path = f"/contacts/{contact_id}"
        if self.own.get(contact_id) and self.random.random() < 0.4:
            assert self.device.call("DELETE", path).status == 204
            self.own[contact_id] = None
        else:
            answer = self.device.call("PUT", path, {"first_name": f"own {self.random.random()}"})
            assert answer.status in (200, 201)
            self.own[contact_id] = answer.json

    def write_shared(self) -> None:
        """What becomes of these depends on who is faster."""
        path = f"/contacts/{self.random.choice(self.shared)}"
        ways: list[Callable[[], Any]] = [
            partial(self.device.call, "PATCH", path, {"nickname": str(self.random.random())}),
            partial(self.device.call, "DELETE", path),
            partial(self.device.call, "POST", f"{path}/restore"),
        ]
        assert self.random.choice(ways)().status in (200, 204, 404)

    def write_many(self) -> None:
        ops = [self.random.choice(["update", "delete", "restore", "replace"]) for _ in self.shared]
        content = {"contact": {"first_name": f"shared {self.random.random()}"}}
        operations = [
            {"op": op, "id": each, **(content if op in ("update", "replace") else {})}
            for op, each in zip(ops, self.shared, strict=True)
        ]
        assert self.device.call("POST", "/contacts/batch", {"operations": operations}).status == 200


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_copies_kept_while_many_write_at_once_end_as_the_list(server: Server, ada: Account, seed: int) -> None:
    shared = [create(ada)["id"] for _ in range(SHARED)]
    writers = [Writer(Device(server, ada, limit=limit + 2), shared, seed + limit) for limit in range(DEVICES)]
    reader = Device(server, ada, limit=1)

    def read() -> None:
        for _ in range(3 * STEPS):
            reader.take(reader.delta())

    at_once([*(writer.work for writer in writers), read])
    final = {contact["id"]: contact for contact in listed(ada)}
    for device in (reader, *(writer.device for writer in writers), Device(server, ada)):
        device.sync()
        assert device.copy == final
    for writer in writers:
        for contact_id, contact in writer.own.items():
            assert contact is None or show(ada, contact_id) == contact
