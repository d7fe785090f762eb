"""Rate limits: passwords by account, address and session; mails, names and registrations by address.

"By address" means by network: an IPv4 address, or an IPv6 /64 with a wider limit for its /48.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from hashlib import sha256
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import structlog
from flask import request
from limits import RateLimitItemPerDay, RateLimitItemPerSecond
from werkzeug.exceptions import HTTPException

from project.errors import (
    InvalidCode,
    InvalidCredentials,
    InvalidPasskey,
    MalformedRequest,
    RateLimited,
    UnsupportedMediaType,
    ValidationFailed,
    WrongCode,
    WrongPassword,
)
from project.extensions import limiter, settings
from project.limiter import Count, rates
from project.users.models import User
from project.users.names import email_key, username_key
from project.web.authentication import caller, caller_id
from project.web.client_address import network_of, site_of

P = ParamSpec("P")
R = TypeVar("R")

SITE_FACTOR = 10  # a /48 may do this many times what a /64 may: it holds one company, or some customers of a provider
MALFORMED = (MalformedRequest, UnsupportedMediaType, ValidationFailed, HTTPException)
WRONG = (InvalidCredentials, WrongPassword, WrongCode, InvalidCode, InvalidPasskey)
"""Raised after a password or a code was compared, and for no other reason."""
FACTOR_RATE_LIMIT = "10 per 15 minutes"  # wrong codes at sign-in

log = structlog.get_logger()


def counts(limit: str, scope: str, *key: object, factor: int = 1) -> list[Count]:
    """One count for each rate of a limit."""
    name = (scope, *map(str, key))
    return [Count(rate, name) for rate in rates(limit, factor)]


def network() -> str:
    return network_of(request.remote_addr or "")


def at_address(limit: str, scope: str) -> list[Count]:
    """The counts of the client's network and, for IPv6, of its site."""
    site = site_of(request.remote_addr or "")
    return counts(limit, scope, network()) + (counts(limit, scope, site, factor=SITE_FACTOR) if site else [])


def spend(spent: list[Count]) -> None:
    """Count once in each. When one of them is full, count nothing and raise RateLimited."""
    if full := limiter.spend(spent):
        raise refused(full)


def refused(full: Count) -> RateLimited:
    limiter.show(full)
    log.warning("rate_limited", endpoint=request.endpoint, limit=str(full.rate), ip=request.remote_addr)
    return RateLimited()


def limited(spent: Callable[[], list[Count]]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Count every request, whatever its outcome."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            spend(spent())
            return view(*args, **kwargs)

        return guarded

    return decorate


me = limited(lambda: counts(settings.me_rate_limit, "me", caller_id()))
profile = limited(lambda: counts(settings.me_rate_limit, "profile", caller_id(), factor=2))
registration = limited(lambda: at_address(settings.register_rate_limit, "register"))
mail = limited(lambda: at_address(settings.mail_rate_limit, "mail"))


passkey = limited(lambda: at_address(settings.login_address_rate_limit, "passkeys"))


def name() -> None:
    """Limit how often an address can find out whether a user name or an e-mail address is taken."""
    spend(at_address(settings.register_rate_limit, "names"))


def stranger(user: User, email: str) -> None:
    """Limit the different addresses to which a user asks to move: each gets a mail, or is found to be taken."""
    if email_key(email) == user.email_key:
        return
    first_today = Count(RateLimitItemPerDay(1), ("stranger", str(user.id), digest(email_key(email))))
    if limiter.hit(first_today):
        try:
            spend(counts(settings.move_rate_limit, "strangers", user.id))
            name()
        except RateLimited:
            limiter.give_back([first_today])
            raise


def pause(email: str) -> Count:
    """The count of mails to an address that somebody asks to move to: one in MAIL_PAUSE_SECONDS."""
    return Count(RateLimitItemPerSecond(1, settings.mail_pause_seconds), ("mailed", digest(email_key(email))))


def may_mail(user: User, email: str) -> bool:
    """Whether a user who asks to move may mail this address now; False if the user did within MAIL_PAUSE_SECONDS.

    Raises RateLimited when another user has mailed it within that time.
    """
    if not settings.mail_pause_seconds:
        return True
    anybody = pause(email)
    oneself = Count(anybody.rate, (*anybody.name, str(user.id)))
    asks_first = limiter.hit(oneself)
    if not limiter.hit(anybody) and asks_first:
        limiter.give_back([oneself])
        raise refused(anybody)
    return asks_first


@contextmanager
def guess(spent: list[Count]) -> Iterator[None]:
    """Count a password or a code before it is compared, so that concurrent guesses cannot outrun the count.

    The count is given back unless the guess was wrong.
    """
    spend(spent)
    try:
        yield
    except WRONG:
        raise
    except BaseException:
        limiter.give_back(spent)
        raise
    limiter.give_back(spent)


def own_password(view: Callable[P, Any]) -> Callable[P, Any]:
    """Limit the wrong passwords and codes of a session. What strangers guess at its account does not count here."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        with guess(counts(settings.login_rate_limit, "session", caller().session_id)):
            return view(*args, **kwargs)

    return guarded


def factor(user_id: UUID, *, is_known: bool) -> Any:
    """Limit the wrong codes at sign-in: those of this network and, unless it is a known one, those of all networks.

    So strangers who know the password lock the owner out neither at a known network nor in a session.
    """
    everywhere = [] if is_known else counts(FACTOR_RATE_LIMIT, "factor", user_id)
    return guess(counts(FACTOR_RATE_LIMIT, "factor", user_id, network()) + everywhere)


def passkey_sign_in() -> Any:
    """Limit the wrong passkeys of an address, since a wrong one does not tell which account it is for."""
    return guess(at_address(settings.login_address_rate_limit, "login"))


def sign_in(name: str, user: User | None, *, device: UUID | None, is_known: bool) -> Any:
    """Limit the wrong passwords for an account, existing or not.

    A device that proved an earlier session of this account has a count of its own, and shares another one with all the
    account's devices, since whoever once knew the password may have opened many sessions. A network that the account
    has signed in from before (`is_known`) is exempt from the account's count, which strangers can fill.
    """
    typed = email_key(name) if "@" in name else username_key(name)
    named = digest(f"{typed} {user.password_hash}" if user else typed)
    account = digest(f"{user.id} {user.password_hash}") if user else named
    limit, in_all = settings.login_rate_limit, settings.login_account_rate_limit
    if device:
        return guess(counts(limit, "device", device) + counts(in_all, "devices", account))
    here = network()
    spent = counts(limit, "name", named, here) + counts(limit, "account", account, here)
    if not is_known:
        spent += counts(in_all, "account", account)
    return guess(spent + at_address(settings.login_address_rate_limit, "login"))


def digest(text: str) -> str:
    """Hash a name: people type passwords into the wrong field, and the storage should not keep them.

    Digests of an account include the password's hash, so that a new password starts new counts.
    """
    return sha256(text.encode()).hexdigest()


def malformed(view: Callable[P, R]) -> Callable[P, R]:
    """Count invalid requests to sign in by address alone, since no password was compared."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return view(*args, **kwargs)
        except MALFORMED:
            nameless = counts(settings.login_rate_limit, "malformed", network())
            spend(nameless + at_address(settings.login_address_rate_limit, "login"))
            raise

    return guarded
