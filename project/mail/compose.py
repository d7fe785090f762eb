"""Render an outbox row into a message, with the variables that its template needs."""

from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from typing import Any, Final

from email_validator import validate_email
from flask import Flask, current_app, render_template

from project.config import APP_NAME
from project.database.base import now
from project.extensions import settings
from project.mail.outbox import LAST, Mail

POLICY = SMTP.clone(max_line_length=998)  # RFC 5322 §2.1.1: links are not broken

KEY: Final = "mail-composers"

Variables = dict[str, Any]
Composer = Callable[[Mail], Variables | None]


def message(mail: Mail) -> EmailMessage | None:
    """Render the mail as text and HTML, making its secrets now; None if it should no longer be sent."""
    composers: Mapping[str, Composer] = current_app.extensions[KEY]
    variables = composers[mail.template](mail)
    if variables is None:
        return None
    variables |= {"app_name": APP_NAME, "is_last": LAST in mail.context}
    letter = EmailMessage(POLICY)
    letter["Subject"] = subject(mail.template, variables)
    letter["From"] = settings.mail_default_sender
    letter["To"] = mailbox(mail.recipient)
    letter["Date"] = now()
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no out-of-office reply
    letter["Message-ID"] = make_msgid(domain=letter["From"].addresses[0].domain)
    text = render_template(f"mail/{mail.template}.txt", **variables)
    html = render_template(f"mail/{mail.template}.html", **variables)
    letter.set_content(text, cte=encoding(text))
    letter.add_alternative(html, subtype="html", cte=encoding(html))
    return letter


def subject(template: str, variables: Variables) -> str:
    source = current_app.jinja_env.get_template(f"mail/{template}.txt")
    return "".join(source.blocks["subject"](source.new_context(variables))).strip()


def mailbox(address: str) -> str:
    """Return the address with an ASCII domain (RFC 5891), if its local part is ASCII."""
    return validate_email(address, check_deliverability=False).ascii_email or address


def encoding(text: str) -> str:
    """Send ASCII unencoded, so that kept mails can be searched; encode anything else into seven bits."""
    return "7bit" if text.isascii() else "quoted-printable"


def init_app(app: Flask, composers: Mapping[str, Composer]) -> None:
    """Register the function that gives each template its variables, or None to drop the mail."""
    app.extensions[KEY] = composers
