"""From a row of the outbox to a message: the templates, and what each of them is given."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, current_app, render_template
from flask_mail import Message

from project.config import APP_NAME
from project.mail.outbox import Mail

Variables = dict[str, Any]
Composer = Callable[[Mail], Variables | None]


def message(mail: Mail) -> Message | None:
    """The mail as text and HTML, with its secrets made now; None when nobody should get it any more."""
    variables = current_app.extensions["mail-composers"][mail.template](mail)
    if variables is None:
        return None
    variables |= {"app_name": APP_NAME}
    title = subject(mail.template, variables)
    text = render_template(f"mail/{mail.template}.txt", **variables)
    html = render_template(f"mail/{mail.template}.html", **variables)
    # ASCII goes out as it is, so that a kept mail can be read and searched; anything else is encoded.
    charset = "us-ascii" if (title + text + html).isascii() else "utf-8"
    return Message(subject=title, recipients=[mail.recipient], body=text, html=html, charset=charset)


def subject(template: str, variables: Variables) -> str:
    source = current_app.jinja_env.get_template(f"mail/{template}.txt")
    return "".join(source.blocks["subject"](source.new_context(variables))).strip()


def init_app(app: Flask, composers: Mapping[str, Composer]) -> None:
    """Say what each template is given when it is sent; a composer answers None for a mail that nobody wants now."""
    app.extensions["mail-composers"] = composers
