"""The template variables of mails about accounts. They, and the secrets in links, are made when a mail is sent."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from project.auth import one_time
from project.extensions import settings
from project.mail.compose import Composer, Variables
from project.mail.outbox import Mail
from project.users import service as users
from project.users.models import User

LINKING = re.compile(r"[.@\u3002\uff0e\uff61](?=\S)|:?//")


def addressee(mail: Mail) -> User | None:
    """The account that the mail is for: the one it names, or the one that has its address now.

    The latter is mailed at the address as the account spells it, not as somebody typed it.
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
    """A link with a new token; None within MAIL_PAUSE_SECONDS of the previous request for one."""
    asked = requested_at(mail)
    pause = timedelta(seconds=settings.mail_pause_seconds)
    pause_from = asked - pause if asked and mail.attempts == 1 else one_time.NEVER
    token = one_time.make(user.id, purpose, mail.recipient, requested_at=asked, pause_from=pause_from)
    return f"{settings.public_url}/{page}?token={token}" if token else None


def unlinked(name: str) -> str:
    """A name without what mail programs turn into links: a stranger may choose it for an account with any address."""
    return " ".join(LINKING.sub(" ", name).split())


def salutation(user: User) -> str:
    return unlinked(user.username.replace(".", " ")) or "there"


def mask(email: str) -> str:
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def composer(variables: Callable[[Mail, User], Variables | None]) -> Composer:
    """Compose for the account that the mail is for; nothing is sent when it is gone."""

    def compose(mail: Mail) -> Variables | None:
        if (user := addressee(mail)) and (made := variables(mail, user)):
            return {"username": salutation(user), **made}
        return None

    return compose


def linked(mail: Mail, user: User, *, purpose: str, page: str) -> Variables | None:
    url, lifetime = link(mail, user, purpose, page=page), one_time.lifetime(purpose)
    spans = {"hours": round(lifetime / timedelta(hours=1)), "minutes": round(lifetime / timedelta(minutes=1))}
    return {"link": url, **spans} if url else None


def verification(mail: Mail, user: User) -> Variables | None:
    if user.email_verified_at or user.email != mail.recipient:
        return None
    return linked(mail, user, purpose=one_time.VERIFY, page="verify-email")


def move(mail: Mail, _: User) -> Variables:
    return {"new_email": mask(mail.context["new_email"])}


def event(mail: Mail, _: User, *, time: str = "at") -> Variables:
    """What was done with the account, and when."""
    when = datetime.fromisoformat(mail.context[time]).strftime("%-d %B %Y, %H:%M UTC")
    told = {name: unlinked(value) for name, value in mail.context.items()}
    return {**told, "when": when, "public_url": settings.public_url}


COMPOSERS = {
    "verify_email": composer(verification),
    "reset_password": composer(partial(linked, purpose=one_time.RESET, page="reset-password")),
    "confirm_new_email": composer(partial(linked, purpose=one_time.CHANGE, page="verify-email")),
    "email_change_requested": composer(move),
    "email_changed": composer(move),
    "password_changed": composer(partial(event, time="changed_at")),
    "app_password_created": composer(partial(event, time="created_at")),
    "second_factor_added": composer(event),
    "second_factor_removed": composer(event),
    "recovery_code_used": composer(event),
    "passkey_counter_went_back": composer(event),
}
