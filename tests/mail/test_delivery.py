"""What a mail is when it leaves, by SMTP or, without a mail server, on the console and in a folder."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from project.mail import delivery, outbox, worker
from tests.accounts import API, PASSWORD, body, mailed, register
from tests.smtp import SmtpSink

MakeApp = Callable[..., Flask]


@pytest.fixture
def client(make_app: MakeApp, sink: SmtpSink) -> FlaskClient:
    app = make_app(
        MAIL_SERVER=sink.host,
        MAIL_PORT=sink.port,
        MAIL_DEFAULT_SENDER="Contacts <post@example.org>",
        PUBLIC_URL="https://contacts.example.org",
    )
    return app.test_client()


def sent(client: FlaskClient, sink: SmtpSink, username: str = "ada", email: str = "ada@example.org") -> EmailMessage:
    """The mail to somebody who registers."""
    assert register(client, username, email=email).status_code == 201
    with client.application.app_context():
        worker.send_due()
    return sink.wait_for(1)[0]


def half(message: EmailMessage, kind: str) -> str:
    found = message.get_body([kind])
    assert found is not None
    return str(found.get_content())


def test_a_mail_has_the_headers_of_a_mail(client: FlaskClient, sink: SmtpSink) -> None:
    message = sent(client, sink)
    assert (message["From"], message["To"]) == ("Contacts <post@example.org>", "ada@example.org")
    assert message["Subject"] == "Confirm your email address for Contacts"
    assert message["Date"].datetime.tzinfo is not None
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert (sink.envelopes[0].mail_from, sink.envelopes[0].rcpt_tos) == ("post@example.org", ["ada@example.org"])


@pytest.mark.parametrize(
    ("name", "greeted"),
    [
        ("ada.lovelace", "ada lovelace"),
        ("www.evil-login.com", "www evil-login com"),
        ("Click_here.www.evil.com", "Click_here www evil com"),
        ("evil.example.xn--p1ai", "evil example xn--p1ai"),
        ("münchen.de", "münchen de"),
        (".ada.", "ada"),
        ("...", "there"),
    ],
)
def test_no_user_name_in_a_mail_looks_like_the_address_of_a_page(
    client: FlaskClient, sink: SmtpSink, name: str, greeted: str
) -> None:
    message = sent(client, sink, name)
    for kind in ("plain", "html"):
        text = half(message, kind)
        assert f"Hello {greeted}," in text
        assert name not in text


def test_a_mail_says_the_same_as_text_and_as_html(client: FlaskClient, sink: SmtpSink) -> None:
    message = sent(client, sink)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    link = "https://contacts.example.org/verify-email?token="
    assert link in half(message, "plain")
    assert link in half(message, "html")


def test_a_mail_in_ascii_can_be_read_as_it_is(client: FlaskClient, sink: SmtpSink) -> None:
    sent(client, sink)
    raw = sink.envelopes[0].original_content or b""
    assert b"https://contacts.example.org/verify-email?token=" in raw
    assert raw.isascii()


def test_no_mail_needs_a_server_of_eight_bits(client: FlaskClient, sink: SmtpSink) -> None:
    message = sent(client, sink, "Żółć")
    assert "Żółć" in half(message, "plain")
    assert "Żółć" in half(message, "html")
    assert (sink.envelopes[0].original_content or b"").isascii()


@pytest.mark.parametrize(
    ("email", "recipient"),
    [
        ("ada@bücher.example.org", "ada@xn--bcher-kva.example.org"),
        ("ada@faß.example.org", "ada@xn--fa-hia.example.org"),  # not fass.example.org, which is somebody else's
        ("zoë@example.org", "zoë@example.org"),
        ("अजय@उदाहरण.example.org", "अजय@उदाहरण.example.org"),
    ],
)
def test_a_mail_goes_to_an_address_beyond_ascii(
    client: FlaskClient, sink: SmtpSink, email: str, recipient: str
) -> None:
    sent(client, sink, email=email)
    (envelope,) = sink.envelopes
    assert envelope.rcpt_tos == [recipient]
    assert f"\nTo: {recipient}\r\n".encode() in (envelope.original_content or b"")
    assert ("SMTPUTF8" in envelope.mail_options) == (not recipient.isascii())


def test_nothing_that_a_user_types_becomes_a_header(client: FlaskClient, sink: SmtpSink) -> None:
    for value in (
        "ada\r\nBcc: eve@example.org",
        "ada\nBcc: eve@example.org",
        "ada\u2028Bcc: eve@example.org",
        "ada%0aBcc:",
    ):
        for person in ({"username": value}, {"email": f"{value}@example.org"}):
            sent_body = {"username": "ada", "email": "ada@example.org", "password": PASSWORD, **person}
            answer = client.post(f"{API}/auth/register", json=sent_body)
            assert answer.status_code in (422, 429), body(answer)
    with client.application.app_context():
        worker.send_due()
    assert sink.messages == []


@pytest.mark.faults
def test_a_mail_never_goes_in_clear_where_encryption_is_asked_for(make_app: MakeApp, sink: SmtpSink) -> None:
    client = make_app(MAIL_SERVER=sink.host, MAIL_PORT=sink.port, MAIL_USE_TLS=True).test_client()
    register(client)
    with client.application.app_context():
        worker.send_due()
    assert sink.messages == []


def test_without_a_mail_server_a_mail_is_shown_and_kept(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    register(app.test_client())
    (letter,) = mailed(app)
    printed = capsys.readouterr().out
    assert "--- mail to ada@example.org: Confirm your email address for Contacts" in printed
    assert letter.link in printed.splitlines()
    (file,) = Path(app.config["INSTANCE_FOLDER"], "mail").iterdir()
    assert letter.link in file.read_text().splitlines()


def test_an_address_beyond_ascii_is_kept_as_it_is(app: Flask) -> None:
    register(app.test_client(), email="zoë@example.org")
    assert [letter.to for letter in mailed(app)] == ["zoë@example.org"]


def test_all_deadlines_of_one_mail_together_are_shorter_than_its_lease() -> None:
    """Connect, greeting, EHLO, STARTTLS, EHLO, two of AUTH, MAIL, RCPT, DATA, the text: alone."""
    assert outbox.LEASE.total_seconds() > 11 * delivery.SMTP_SECONDS
