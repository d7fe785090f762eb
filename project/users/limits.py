"""How often one may try: passwords by account and address, mails and registrations by address, /me by user."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any, ParamSpec

import structlog
from flask import g, request
from flask_limiter import RequestLimit

from project.errors import EmailNotVerified, EmailTaken, Problem, ServiceUnavailable, WeakPassword
from project.extensions import limiter, settings
from project.limiter import PASSING
from project.users import service
from project.users.models import User
from project.users.names import username_key
from project.web import parsing
from project.web.authentication import caller_id

P = ParamSpec("P")

LONGEST_NAME = 254  # as in `SignIn`; what is longer is refused, and not looked at before
NO_GUESS = (
    EmailNotVerified,
    WeakPassword,
    EmailTaken,
    ServiceUnavailable,
)  # raised although no password was found wrong

log = structlog.get_logger()


def setting(name: str) -> Callable[[], str]:
    return lambda: str(settings[name])


def note(limit: RequestLimit) -> None:
    log.warning("rate_limited", endpoint=request.endpoint, limit=str(limit.limit), ip=request.remote_addr)


def address() -> str:
    return request.remote_addr or "unknown"


def account() -> str:
    return str(g.attempted_account)


def account_and_address() -> str:
    return f"{account()} {address()}"


def of_caller() -> str:
    return str(caller_id())


me = limiter.limit(setting("ME_RATE_LIMIT"), key_func=of_caller, on_breach=note)
registration = limiter.limit(setting("REGISTER_RATE_LIMIT"), key_func=address, on_breach=note)
mail = limiter.shared_limit(setting("MAIL_RATE_LIMIT"), scope="mail", key_func=address, on_breach=note)

PASSWORD_LIMITS = [
    limiter.shared_limit(setting(name), scope="password", key_func=key, on_breach=note)
    for name, key in (
        ("LOGIN_RATE_LIMIT", account_and_address),
        ("LOGIN_ACCOUNT_RATE_LIMIT", account),
        ("LOGIN_ADDRESS_RATE_LIMIT", address),
    )
]


def password(account: Callable[[], str]) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Limit the wrong passwords for an account.

    An attempt is counted before it is checked, so that many at once cannot outrun the count, and given back when the
    password was right.
    """

    def decorate(view: Callable[P, Any]) -> Callable[P, Any]:
        limited = giving_back(view)
        for limit in PASSWORD_LIMITS:
            limited = limit(limited)

        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            g.attempted_account = account()
            return limited(*args, **kwargs)

        return guarded

    return decorate


def giving_back(view: Callable[P, Any]) -> Callable[P, Any]:
    @wraps(view)
    def counted(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            answer = view(*args, **kwargs)
        except NO_GUESS:
            give_back()
            raise
        give_back()
        return answer

    return counted


def give_back() -> None:
    """An attempt that cannot be given back, since Redis went away in the meantime, stays counted and harms nobody."""
    counted = limiter.current_limits
    if not counted:
        return
    storage = limiter.limiter.storage
    try:
        for spent in counted:
            storage.incr(spent.key, spent.limit.get_expiry(), amount=-1)
    except PASSING as error:
        log.warning("attempt_not_given_back", error=type(error).__name__)


def of_body() -> str:
    """The account that the body names, known or not: its name and its address share one count.

    A name that nobody has is not kept as it is, for people type passwords into the wrong field.
    """
    g.attempted_user = None
    try:
        body = parsing.json_body()
    except Problem:
        return "unreadable"
    name = body.get("username", body.get("email"))
    if not isinstance(name, str) or "\0" in name or len(name) > LONGEST_NAME:
        return "unreadable"
    g.attempted_user = service.find(name)
    return str(g.attempted_user.id if g.attempted_user else sha256(username_key(name).encode()).hexdigest())


def attempted_user() -> User | None:
    """Who wants to sign in, as `of_body` found out."""
    user: User | None = g.attempted_user
    return user
