"""The second step of a sign-in: a login token, exchanged for a session with a valid factor."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from project.errors import InvalidCode, InvalidPasskey, SecondFactorRequired
from project.extensions import db
from project.users import service as users
from project.users.factors import challenges, passkeys, proofs, service
from project.users.factors.models import Challenge
from project.users.models import User

log = structlog.get_logger()


def ask(user: User, device: str) -> None:
    """Raise SecondFactorRequired where a factor is on, with a login token that the caller commits."""
    if methods := service.methods(user.id):
        issued = challenges.make(challenges.SIGN_IN, user_id=user.id, device=device)
        db.session.flush()
        log.info("second_factor_asked", user=str(user.id))
        carried = proofs.told(methods, partial(passkeys.options, issued.challenge, user.id))
        raise SecondFactorRequired(login_token=issued.token, **carried)


def find(token: str) -> Challenge:
    """Raises InvalidCode for a login token that is unknown, spent, expired or void."""
    found = challenges.find(token, challenges.SIGN_IN)
    if found is None:
        raise InvalidCode()
    return found


def take(found: Challenge, data: dict[str, Any]) -> tuple[User, str]:
    """Spend a login token with a valid factor; return the user and the factor's kind.

    Raises InvalidCode after counting the guess; the caller commits in either case.
    """
    user = db.session.get(User, found.user_id)
    if user is None or not users.lock(user) or not challenges.guess(found):
        raise InvalidCode()
    kind = proofs.at_sign_in(user, data, found)
    if kind is None or not challenges.spend(found):
        log.warning("second_factor_refused", user=str(user.id))
        raise InvalidCode()
    return user, kind


def begin_by_passkey() -> dict[str, Any]:
    """A login token, and the options for any passkey."""
    issued = challenges.make(challenges.PASSKEY_SIGN_IN)
    return {"login_token": issued.token, "options": passkeys.options(issued.challenge)}


def take_passkey(token: str, credential: Mapping[str, Any]) -> User:
    """The user whose passkey answers the login token. The token is spent in any case, so the caller always commits.

    Raises InvalidPasskey, whatever is wrong.
    """
    found = challenges.find(token, challenges.PASSKEY_SIGN_IN)
    if found is None or not challenges.spend(found):
        raise InvalidPasskey()
    user = passkeys.owner(credential)
    if user is None or not passkeys.answers(user, credential, found):
        log.warning("passkey_sign_in_refused", user=str(user.id) if user else None)
        raise InvalidPasskey()
    return user
