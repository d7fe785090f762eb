"""Delivery by SMTP with deadlines or, without a mail server, to the console and a folder."""

import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from types import TracebackType

import structlog
from flask import current_app
from flask_mail import Connection

from project.extensions import settings

SMTP_SECONDS = 5.0

log = structlog.get_logger()


class PatientConnection(Connection):
    """Flask-Mail's connection with a deadline for every step. A mail counts as sent once the server has accepted it."""

    def configure_host(self) -> smtplib.SMTP:
        host = self.connect()
        try:
            self.introduce(host)
        except (OSError, smtplib.SMTPException):
            host.close()
            raise
        return host

    def connect(self) -> smtplib.SMTP:
        if self.mail.use_ssl:
            trust = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.mail.server, self.mail.port, timeout=SMTP_SECONDS, context=trust)
        return smtplib.SMTP(self.mail.server, self.mail.port, timeout=SMTP_SECONDS)

    def introduce(self, host: smtplib.SMTP) -> None:
        """Start TLS, verifying the certificate, and log in, if the settings say so."""
        if self.mail.use_tls:
            host.starttls(context=ssl.create_default_context())
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)

    def hand_over(self, message: EmailMessage) -> None:
        """Send the message. A local part that is not ASCII requires SMTPUTF8 (RFC 6531)."""
        if self.host:
            self.host.send_message(message)

    def __exit__(self, kind: type[BaseException], error: BaseException, trace: TracebackType) -> None:
        try:
            super().__exit__(kind, error, trace)
        except (OSError, smtplib.SMTPException) as failure:
            log.info("mail_server_left", error=type(failure).__name__)


def deliver(message: EmailMessage) -> None:
    """Hand the message over; raises OSError or SMTPException when it was not taken."""
    if settings.mail_server:
        with PatientConnection(current_app.extensions["mail"]) as connection:
            connection.hand_over(message)
        return
    keep(message, settings.instance_folder / "mail")


def keep(message: EmailMessage, folder: Path) -> None:
    """Show the message to the developer, and keep it as a file that mail programs open."""
    folder.mkdir(parents=True, exist_ok=True)
    name = message["Message-ID"].strip("<>").partition("@")[0]
    (folder / f"{name}.eml").write_bytes(message.as_bytes(policy=SMTPUTF8))
    text = message.get_body(["plain"])
    lines = text.get_content().splitlines() if text else []
    sys.stdout.write("\n".join([f"\n--- mail to {message['To']}: {message['Subject']}", *lines, "---\n\n"]))
    sys.stdout.flush()
