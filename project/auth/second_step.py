"""The second step of a sign-in: a login token, for which a right factor opens a session."""

from typing import Any

import structlog

from project.errors import InvalidCode, SecondFactorRequired
from project.extensions import db
from project.users import service as users
from project.users.factors import challenges, proofs, service
from project.users.factors.models import Challenge
from project.users.models import User

log = structlog.get_logger()


def ask(user: User, device: str) -> None:
    """Raise SecondFactorRequired where a factor is on, with a login token that the caller commits."""
    if methods := service.methods(user.id):
        issued = challenges.make(challenges.SIGN_IN, user_id=user.id, device=device)
        db.session.flush()
        log.info("second_factor_asked", user=str(user.id))
        raise SecondFactorRequired(login_token=issued.token, methods=methods)


def find(token: str) -> Challenge:
    """Raises InvalidCode for a login token that is unknown, spent, expired or void."""
    found = challenges.find(token, challenges.SIGN_IN)
    if found is None:
        raise InvalidCode()
    return found


def take(found: Challenge, data: dict[str, Any]) -> tuple[User, str]:
    """The user, and the kind of factor that was right, whose login token is then spent. Raises InvalidCode.

    A wrong guess is counted, which the caller commits.
    """
    user = db.session.get(User, found.user_id)
    if user is None or not users.lock(user) or not challenges.guess(found):
        raise InvalidCode()
    kind = proofs.at_sign_in(user, data)
    if kind is None or not challenges.spend(found):
        log.warning("second_factor_refused", user=str(user.id))
        raise InvalidCode()
    return user, kind
