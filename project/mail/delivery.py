"""The way out of the house: SMTP with deadlines or, without a mail server, the console and a folder."""

import smtplib
import sys
from pathlib import Path
from types import TracebackType

import structlog
from flask import current_app
from flask_mail import Connection, Message

SMTP_SECONDS = 5.0

log = structlog.get_logger()


class PatientConnection(Connection):
    """Flask-Mail's connection with a deadline for every step, which counts a mail as sent once the server took it."""

    def configure_host(self) -> smtplib.SMTP:
        kind = smtplib.SMTP_SSL if self.mail.use_ssl else smtplib.SMTP
        host = kind(self.mail.server, self.mail.port, timeout=SMTP_SECONDS)
        if self.mail.use_tls:
            host.starttls()
        if self.mail.username and self.mail.password:
            host.login(self.mail.username, self.mail.password)
        return host

    def __exit__(self, kind: type[BaseException], error: BaseException, trace: TracebackType) -> None:
        try:
            super().__exit__(kind, error, trace)
        except (OSError, smtplib.SMTPException) as failure:
            log.info("mail_server_left", error=type(failure).__name__)


def deliver(message: Message) -> None:
    """Hand the message over; raises OSError or SMTPException when it was not taken."""
    if current_app.config["MAIL_SERVER"]:
        with PatientConnection(current_app.extensions["mail"]) as connection:
            connection.send(message)
        return
    keep(message, Path(current_app.config["INSTANCE_FOLDER"]) / "mail")


def keep(message: Message, folder: Path) -> None:
    """Show the message to the developer, and keep it as a file that mail programs open."""
    folder.mkdir(parents=True, exist_ok=True)
    name = message.msgId.strip("<>").partition("@")[0]
    (folder / f"{name}.eml").write_bytes(message.as_bytes())
    recipients = ", ".join(str(recipient) for recipient in message.recipients)
    sys.stdout.write(f"\n--- mail to {recipients}: {message.subject}\n{message.body}\n---\n\n")
    sys.stdout.flush()
