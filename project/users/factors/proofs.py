"""What proves who one is: the password and, where one is on, a second factor."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, NoReturn

from project.errors import SecondFactorRequired, WrongCode
from project.extensions import db
from project.users import service as users
from project.users.factors import recovery_codes, service, totp
from project.users.models import User


class Proof(NamedTuple):
    """What a signed-in user sends besides the password, at most one of them."""

    code: str | None = None
    """Of an authenticator app, or a recovery code."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Proof":
        return cls(data.get("code"))


def check(user: User, password: str, proof: Proof) -> None:
    """Check the password and then the factor, so that a wrong password spends no code.

    It is the first that a request does in its transaction, which ends here when it is refused: a challenge and an alarm
    last. Raises WrongPassword, SecondFactorRequired, WrongCode, or SessionRevoked when the account is gone.
    """
    users.check_password(user, password)
    methods = service.methods(user.id)
    if methods and proof == Proof():
        commit_challenge(methods)
    if methods and not in_session(user, proof):
        commit_refusal()


def commit_challenge(methods: list[str]) -> NoReturn:
    db.session.commit()
    raise SecondFactorRequired(methods=methods)


def commit_refusal() -> NoReturn:
    db.session.commit()
    raise WrongCode()


def in_session(user: User, proof: Proof) -> str | None:
    """Spend what a signed-in user sent; return its kind if it was right."""
    sent = {totp.KIND: proof.code, recovery_codes.KIND: proof.code}
    return spend(user, {kind: code for kind, code in sent.items() if code})


def at_sign_in(user: User, data: Mapping[str, Any]) -> str | None:
    """Spend what was sent with a login token; return its kind if it was right."""
    sent = {totp.KIND: data.get("code"), recovery_codes.KIND: data.get("recovery_code")}
    return spend(user, {kind: code for kind, code in sent.items() if code})


def spend(user: User, sent: Mapping[str, str]) -> str | None:
    ways: dict[str, Callable[[str], bool]] = {
        totp.KIND: partial(totp.spend, user.id),
        recovery_codes.KIND: partial(recovery_codes.spend, user),
    }
    return next((kind for kind, code in sent.items() if ways[kind](code)), None)
