"""A mail server that is away, hangs or refuses: the mails come soon after, and each to its own person."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from aiosmtpd.smtp import Envelope
from flask.testing import FlaskClient

from tests.accounts import API, body, read, register
from tests.mail.test_worker import mail_worker
from tests.servers import Server
from tests.smtp import SmtpSink

pytestmark = [
    pytest.mark.faults,
    pytest.mark.slow,
    pytest.mark.parametrize("engine", ["sqlite"], indirect=True),
]

Fault = Callable[[SmtpSink], AbstractContextManager[None]]

MINUTE = 60
OUTAGE_SECONDS = 12
NAMES = ("ada", "ben", "eve")


@pytest.fixture
def settings(settings: dict[str, object], sink: SmtpSink) -> dict[str, object]:
    return settings | {"MAIL_SERVER": sink.host, "MAIL_PORT": sink.port}


@pytest.fixture
def service(settings: dict[str, object], tmp_path: Path) -> Iterator[Server]:
    """The mail worker, in a process of its own."""
    with mail_worker(settings, tmp_path / "log") as service:
        yield service


@contextmanager
def away(sink: SmtpSink) -> Iterator[None]:
    sink.line.refuse()
    yield
    sink.line.resume()


@contextmanager
def hanging(sink: SmtpSink) -> Iterator[None]:
    sink.line.stall()
    yield
    sink.line.resume()


@contextmanager
def hanging_with_the_mail(sink: SmtpSink) -> Iterator[None]:
    sink.hangs_after_data = True
    yield
    sink.hangs_after_data = False


def refusing(reply: str) -> Fault:
    return lambda sink: sink.refusing(reply)


FAULTS: dict[str, Fault] = {
    "away": away,
    "hanging": hanging,
    "hanging with the mail": hanging_with_the_mail,
    "try again": refusing("451 4.3.0 Try again later"),
    "refused": refusing("554 5.7.1 Refused"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_mails_arrive_within_a_minute_of_the_mail_servers_return(
    client: FlaskClient, sink: SmtpSink, service: Server, fault: str, record_property: Callable[[str, object], None]
) -> None:
    with FAULTS[fault](sink):
        for name in NAMES:
            assert register(client, name).status_code == 201
        time.sleep(OUTAGE_SECONDS)
        assert sink.envelopes == []
    back = time.monotonic()
    sink.wait_for(len(NAMES), seconds=MINUTE)
    record_property("figures", f"all mails {time.monotonic() - back:.1f} s after the return")
    assert sorted(opened(client, envelope) for envelope in sink.envelopes) == list(NAMES)


def opened(client: FlaskClient, envelope: Envelope) -> str:
    """Whose address the link in a mail proves; it went to that address and to no other."""
    letter = read(envelope.original_content or b"")
    proved = body(client.post(f"{API}/auth/verify-email", json={"token": letter.token}))
    assert envelope.rcpt_tos == [letter.to] == [proved["email"]]
    return str(proved["username"])
