"""The mail worker: nothing is lost, nothing is sent by two at once, and nothing stops it."""

import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from smtplib import SMTPException
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from project.extensions import db
from project.mail import delivery, outbox, worker
from project.mail.outbox import Mail
from tests.accounts import API, PASSWORD, register
from tests.concurrency import at_once, call
from tests.servers import ROOT, Server, tcp_proxy
from tests.smtp import SmtpSink

MakeApp = Callable[..., Flask]

OUTAGES = (OSError, SMTPException)


@pytest.fixture
def settings(settings: dict[str, object], sink: SmtpSink) -> dict[str, object]:
    return settings | {"MAIL_SERVER": sink.host, "MAIL_PORT": sink.port}


def send_due(app: Flask) -> None:
    with app.app_context():
        worker.send_due()


def waiting(app: Flask) -> list[Mail]:
    with app.app_context():
        return list(db.session.scalars(select(Mail).order_by(Mail.created_at, Mail.id)))


def recipients(sink: SmtpSink) -> list[str]:
    return [message["To"] for message in sink.messages]


def in_future(**time: float) -> time_machine.travel:
    return time_machine.travel(datetime.now(UTC) + timedelta(**time))


class Rude(StreamRequestHandler):
    """Takes a mail, and hangs up instead of saying goodbye."""

    def handle(self) -> None:
        self.wfile.write(b"220 Speak\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"QUIT"):
                return
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 Go on\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
            self.wfile.write(b"250 Taken\r\n")


@contextmanager
def mail_worker(settings: dict[str, object], log: Path) -> Iterator[Server]:
    """`flask mail-worker` as a service runs it."""
    environment = {name: str(value) for name, value in settings.items()}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "mail-worker"]
    server = Server("", command, log, cwd=ROOT, env=environment)
    try:
        yield server
    finally:
        server.stop()


def test_a_mail_is_sent_once_and_leaves_the_outbox(client: FlaskClient, sink: SmtpSink) -> None:
    register(client)
    assert len(waiting(client.application)) == 1
    send_due(client.application)
    send_due(client.application)
    assert recipients(sink) == ["ada@example.org"]
    assert waiting(client.application) == []


def test_mails_are_sent_in_the_order_in_which_they_were_written(client: FlaskClient, sink: SmtpSink) -> None:
    for number in range(5):
        register(client, f"ada{number}")
    send_due(client.application)
    assert recipients(sink) == [f"ada{number}@example.org" for number in range(5)]


def test_nothing_in_the_outbox_opens_an_account(client: FlaskClient, sink: SmtpSink) -> None:
    """The link is made when the mail is sent."""
    register(client)
    (mail,) = waiting(client.application)
    assert (mail.template, mail.recipient, mail.context) == ("verify_email", "ada@example.org", {})


def test_a_mail_that_nobody_wants_any_more_is_not_sent(client: FlaskClient, sink: SmtpSink) -> None:
    register(client)
    send_due(client.application)
    token = sink.messages[0].get_body(["plain"]).get_content().partition("token=")[2].split()[0]  # type: ignore[union-attr]
    client.post(f"{API}/auth/verify-email/resend", json={"email": "ada@example.org"})
    assert client.post(f"{API}/auth/verify-email", json={"token": token}).status_code == 200
    send_due(client.application)
    assert len(sink.messages) == 1
    assert waiting(client.application) == []


@pytest.mark.parametrize("reply", ["451 4.3.0 Try again later", "554 5.7.1 Refused"])
@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_refused_mail_is_sent_again_later(client: FlaskClient, sink: SmtpSink, reply: str, command: Any) -> None:
    sink.answer(reply, to=command)
    register(client)
    send_due(client.application)
    send_due(client.application)
    assert (recipients(sink), len(waiting(client.application))) == ([], 1)
    with in_future(seconds=3):
        send_due(client.application)
    assert (recipients(sink), len(waiting(client.application))) == (["ada@example.org"], 0)


def test_a_mail_that_is_refused_holds_up_no_other(client: FlaskClient, sink: SmtpSink) -> None:
    sink.answer("550 5.1.1 Nobody here", to="RCPT")
    for name in ("ada", "eve", "mary"):
        register(client, name)
    send_due(client.application)
    assert recipients(sink) == ["eve@example.org", "mary@example.org"]


def test_pauses_grow_up_to_three_quarters_of_a_minute(client: FlaskClient, sink: SmtpSink) -> None:
    sink.answer("451 4.3.0 Try again later", times=8)
    register(client)
    pauses = []
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for _ in range(8):
            send_due(client.application)
            (mail,) = waiting(client.application)
            pauses.append((mail.next_attempt_at - datetime.now(UTC)).total_seconds())
            clock.move_to(mail.next_attempt_at)
        send_due(client.application)
    assert pauses == [2, 4, 8, 16, 32, 45, 45, 45]
    assert recipients(sink) == ["ada@example.org"]


def test_a_mail_is_given_up_after_a_day(client: FlaskClient, sink: SmtpSink, caplog: pytest.LogCaptureFixture) -> None:
    sink.answer("451 4.3.0 Try again later", times=3)
    register(client)
    with in_future(hours=23, minutes=59):
        send_due(client.application)
    assert len(waiting(client.application)) == 1
    with in_future(hours=24, minutes=2):
        send_due(client.application)
    assert (recipients(sink), waiting(client.application)) == ([], [])
    assert "mail_given_up" in caplog.text


def test_a_mail_that_cannot_be_composed_holds_up_no_other_and_is_given_up(client: FlaskClient, sink: SmtpSink) -> None:
    app = client.application
    with app.app_context():
        outbox.add("a_template_of_another_release", "ada@example.org")
        db.session.commit()
    register(client, "eve")
    with time_machine.travel(datetime.now(UTC), tick=False):  # its next attempt is not due, however slow the machine is
        with pytest.raises(KeyError):
            send_due(app)
        send_due(app)
    assert recipients(sink) == ["eve@example.org"]
    assert [mail.template for mail in waiting(app)] == ["a_template_of_another_release"]
    with in_future(hours=24, minutes=1), pytest.raises(KeyError):
        send_due(app)
    assert waiting(app) == []


@pytest.mark.faults
def test_a_mail_waits_while_the_mail_server_is_away(client: FlaskClient, sink: SmtpSink) -> None:
    sink.line.refuse()
    register(client)
    with pytest.raises(ConnectionRefusedError):
        send_due(client.application)
    sink.line.resume()
    with in_future(seconds=3):
        send_due(client.application)
    assert recipients(sink) == ["ada@example.org"]


@pytest.mark.faults
def test_a_mail_server_that_hangs_at_connect_is_given_a_deadline(
    client: FlaskClient, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SMTP_SECONDS", 0.3)
    sink.line.stall()
    register(client)
    start = time.monotonic()
    with pytest.raises(OUTAGES):
        send_due(client.application)
    assert time.monotonic() - start < 3
    assert len(waiting(client.application)) == 1


@pytest.mark.faults
def test_a_mail_server_that_hangs_with_the_mail_in_its_hands_gets_it_again(
    client: FlaskClient, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SMTP_SECONDS", 0.3)
    sink.hangs_after_data = True
    register(client)
    with pytest.raises(OUTAGES):
        send_due(client.application)
    sink.hangs_after_data = False
    with in_future(seconds=3):
        send_due(client.application)
    assert recipients(sink) == ["ada@example.org"]


@pytest.mark.faults
def test_a_mail_that_was_taken_is_not_sent_again_when_the_goodbye_fails(make_app: MakeApp) -> None:
    with ThreadingTCPServer(("127.0.0.1", 0), Rude) as server:
        threading.Thread(target=server.serve_forever, args=[0.02]).start()
        app = make_app(MAIL_SERVER="127.0.0.1", MAIL_PORT=server.server_address[1])
        register(app.test_client())
        send_due(app)
        server.shutdown()
    assert waiting(app) == []


def test_of_mails_asked_for_within_a_minute_many_workers_send_one(client: FlaskClient, sink: SmtpSink) -> None:
    register(client)
    send_due(client.application)
    for _ in range(4):
        client.post(f"{API}/auth/password/forgot", json={"email": "ada@example.org"})
    at_once([lambda: send_due(client.application)] * 4)
    assert [message["Subject"] for message in sink.messages[1:]] == ["Choose a new password for Contacts"]
    assert waiting(client.application) == []


def test_two_workers_never_send_one_mail(client: FlaskClient, sink: SmtpSink) -> None:
    for number in range(10):
        register(client, f"ada{number}")
    at_once([lambda: send_due(client.application)] * 4)
    assert Counter(recipients(sink)) == {f"ada{number}@example.org": 1 for number in range(10)}
    assert waiting(client.application) == []


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_mail_comes_again_when_its_worker_was_killed(
    client: FlaskClient, sink: SmtpSink, settings: dict[str, object], tmp_path: Path
) -> None:
    sink.hangs_after_data = True
    register(client)
    with mail_worker(settings, tmp_path / "log") as service:
        service.wait_until(lambda _: bool(waiting(client.application)[0].leased_until))
        time.sleep(0.5)  # into the middle of the delivery
        service.process.send_signal(signal.SIGKILL)
        service.process.wait()
    sink.hangs_after_data = False
    send_due(client.application)
    assert recipients(sink) == []  # for it is leased to the other
    with in_future(seconds=outbox.LEASE.total_seconds() + 1):
        send_due(client.application)
    assert (recipients(sink), waiting(client.application)) == (["ada@example.org"], [])


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_the_mail_worker_sends_until_it_is_told_to_stop(
    client: FlaskClient, sink: SmtpSink, settings: dict[str, object], tmp_path: Path
) -> None:
    with mail_worker(settings, tmp_path / "log") as service:
        register(client)
        (message,) = sink.wait_for(1, seconds=30)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(5) == 0
    assert "mail_sent" in service.output
    token = message.get_body(["plain"]).get_content().partition("token=")[2].split()[0]  # type: ignore[union-attr]
    assert token not in service.output


@pytest.mark.faults
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_worker_outlives_an_outage_of_the_database(
    client: FlaskClient, make_app: MakeApp, sink: SmtpSink, database_url: str
) -> None:
    with tcp_proxy(database_url) as line, running(make_app(DATABASE_URL=line.url)):
        line.refuse()
        register(client)
        time.sleep(1.5)
        line.resume()
        assert len(sink.wait_for(1)) == 1


@contextmanager
def running(app: Flask) -> Iterator[None]:
    """A worker in a thread of its own."""
    stop = threading.Event()
    thread = threading.Thread(target=worker.work, args=[app, stop])
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_registration_answers_at_once_while_the_mail_server_hangs(
    live_server: Callable[..., Server], sink: SmtpSink
) -> None:
    server = live_server(MAIL_WORKER="thread")
    sink.line.stall()
    for name in ("ada", "eve", "mary"):
        person = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
        start = time.monotonic()
        assert call(server.url, "POST", f"{API}/auth/register", body=person).status == 201
        assert time.monotonic() - start < 2
    assert sink.messages == []
    sink.line.resume()
    sink.wait_for(3, seconds=30)
    assert Counter(recipients(sink)) == {f"{name}@example.org": 1 for name in ("ada", "eve", "mary")}
