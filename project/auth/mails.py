"""The variables of each mail about accounts, made when it is sent, as are the secrets in its link."""

import re
from datetime import datetime, timedelta

from project.auth import one_time
from project.extensions import settings
from project.mail.compose import Variables
from project.mail.outbox import Mail
from project.users import service as users
from project.users.models import User

LINKING = re.compile(r"[.@\u3002\uff0e\uff61](?=\S)|:?//")


def addressee(mail: Mail) -> User | None:
    """The account that the mail is for: the one it names, or the one that has its address now.

    The latter gets it at the address as it is spelled there, and not as somebody has typed it.
    """
    if mail.user_id:
        return users.get(mail.user_id)
    user = users.find(mail.recipient)
    mail.recipient = user.email if user else mail.recipient
    return user


def requested_at(mail: Mail) -> datetime | None:
    requested = mail.context.get("requested_at")
    return datetime.fromisoformat(requested) if requested else None


def link(mail: Mail, user: User, purpose: str, *, page: str) -> str | None:
    """Return a link with a new token, or None within MAIL_PAUSE_SECONDS of the last such request."""
    asked = requested_at(mail)
    pause = timedelta(seconds=settings.mail_pause_seconds)
    pause_from = asked - pause if asked and mail.attempts == 1 else one_time.NEVER
    token = one_time.make(user.id, purpose, mail.recipient, requested_at=asked, pause_from=pause_from)
    return f"{settings.public_url}/{page}?token={token}" if token else None


def unlinked(name: str) -> str:
    """A name without what mail programs make links of: a stranger may have chosen it, with a victim's address."""
    return " ".join(LINKING.sub(" ", name).split())


def salutation(user: User) -> str:
    return unlinked(user.username.replace(".", " ")) or "there"


def mask(email: str) -> str:
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def verify_email(mail: Mail) -> Variables | None:
    user = addressee(mail)
    if user is None or user.email_verified_at or user.email != mail.recipient:
        return None
    url = link(mail, user, one_time.VERIFY, page="verify-email")
    hours = round(one_time.lifetime(one_time.VERIFY) / timedelta(hours=1))
    return {"username": salutation(user), "link": url, "hours": hours} if url else None


def reset_password(mail: Mail) -> Variables | None:
    user = addressee(mail)
    url = link(mail, user, one_time.RESET, page="reset-password") if user else None
    minutes = round(one_time.lifetime(one_time.RESET) / timedelta(minutes=1))
    return {"username": salutation(user), "link": url, "minutes": minutes} if user and url else None


def confirm_new_email(mail: Mail) -> Variables | None:
    user = addressee(mail)
    url = link(mail, user, one_time.CHANGE, page="verify-email") if user else None
    hours = round(one_time.lifetime(one_time.CHANGE) / timedelta(hours=1))
    return {"username": salutation(user), "link": url, "hours": hours} if user and url else None


def notice_of_move(mail: Mail) -> Variables | None:
    user = addressee(mail)
    return {"username": salutation(user), "new_email": mask(mail.context["new_email"])} if user else None


def password_changed(mail: Mail) -> Variables | None:
    user = addressee(mail)
    if user is None:
        return None
    when = datetime.fromisoformat(mail.context["changed_at"]).strftime("%-d %B %Y, %H:%M UTC")
    return {"username": salutation(user), "when": when, "public_url": settings.public_url}


def app_password_created(mail: Mail) -> Variables | None:
    user = addressee(mail)
    if user is None:
        return None
    when = datetime.fromisoformat(mail.context["created_at"]).strftime("%-d %B %Y, %H:%M UTC")
    shown = {"device": unlinked(mail.context["device"]), "when": when, "public_url": settings.public_url}
    return {"username": salutation(user), **shown}


def factor_event(mail: Mail) -> Variables | None:
    """What happened to a second factor, and when."""
    user = addressee(mail)
    if user is None:
        return None
    when = datetime.fromisoformat(mail.context["at"]).strftime("%-d %B %Y, %H:%M UTC")
    told = {name: unlinked(value) for name, value in mail.context.items()}
    return {"username": salutation(user), **told, "when": when, "public_url": settings.public_url}


COMPOSERS = {
    "verify_email": verify_email,
    "reset_password": reset_password,
    "confirm_new_email": confirm_new_email,
    "email_change_requested": notice_of_move,
    "email_changed": notice_of_move,
    "password_changed": password_changed,
    "app_password_created": app_password_created,
    "second_factor_added": factor_event,
    "second_factor_removed": factor_event,
    "recovery_code_used": factor_event,
    "passkey_counter_went_back": factor_event,
}
