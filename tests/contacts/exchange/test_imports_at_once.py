"""Several imports into one book at the same moment: nothing twice, not one too many, and none for who is gone."""

from functools import partial
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select

from project.contacts.models import AddressBook
from tests.accounts import PASSWORD, Account, sign_up
from tests.concurrency import Answer, at_once, until_alone
from tests.contacts.calls import listed, page
from tests.contacts.conftest import ROOM
from tests.contacts.devices import Device
from tests.contacts.exchange.calls import send_to
from tests.contacts.exchange.files import vcard
from tests.servers import Server

pytestmark = pytest.mark.slow

TIMES = 4
LONG_TO_READ = 10_000


def people(name: str, count: int) -> bytes:
    return b"".join(vcard(f"FN:{name} {number}", f"UID:{name}-{number}") for number in range(count))


def bring_patiently(server: Server, account: Account, file: bytes) -> Answer:
    return until_alone(partial(send_to, server, account, file))


def test_the_same_file_at_once_makes_each_contact_once(server: Server, ada: Account) -> None:
    answers = at_once([partial(bring_patiently, server, ada, people("Ada", 40))] * TIMES)
    assert [answer.status for answer in answers] == [201] * TIMES
    assert sum(answer.json["created"] for answer in answers) == 40
    assert sum(answer.json["unchanged"] for answer in answers) == 40 * (TIMES - 1)
    assert page(ada)["total"] == len({contact["name"] for contact in listed(ada)}) == 40


def test_the_last_room_is_filled_exactly(server: Server, ada: Account) -> None:
    files = [people(name, 25) for name in ("Ada", "Grace", "Emmy", "Mary")]
    answers = at_once([partial(bring_patiently, server, ada, file) for file in files])
    reports = [answer.json for answer in answers]
    assert sum(report["created"] for report in reports) == page(ada)["total"] == ROOM
    assert sum(len(report["failed"]) for report in reports) == TIMES * 25 - ROOM


def test_somebody_whose_account_goes_meanwhile_gets_no_book(
    server: Server, served: FlaskClient, migrated: Engine
) -> None:
    dora = sign_up(served, "dora")
    leave = partial(Device(server, dora).call, "DELETE", "/users/me", {"password": PASSWORD})
    brought, left = at_once([partial(send_to, server, dora, people("Ada", LONG_TO_READ)), leave])
    assert left.status == 204
    assert brought.problem == "session-revoked"
    with migrated.connect() as connection:
        owner = AddressBook.owner_id == UUID(dora.user["id"])
        assert connection.execute(select(func.count()).select_from(AddressBook).where(owner)).scalar() == 0


def test_who_writes_meanwhile_loses_nothing(server: Server, ada: Account) -> None:
    def write(number: int) -> Answer:
        return Device(server, ada).call("POST", "/contacts", {"first_name": f"Grace {number}"})

    writing = [partial(write, number) for number in range(TIMES)]
    report, *written = at_once([partial(bring_patiently, server, ada, people("Ada", 40)), *writing])
    assert [answer.status for answer in written] == [201] * TIMES
    assert report.json["created"] == 40
    assert page(ada)["total"] == len(listed(ada)) == 40 + TIMES
