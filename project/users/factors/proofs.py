"""Proofs of identity: the password and, where one is on, a second factor."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple, NoReturn

from project.errors import SecondFactorRequired, WrongCode, WrongPassword
from project.extensions import db
from project.users import service as users
from project.users.factors import passkeys, recovery_codes, service, totp
from project.users.factors.models import Challenge
from project.users.models import User

Way = Callable[[Any], bool]


class Proof(NamedTuple):
    """What a signed-in user sends besides the password."""

    code: str | None = None
    """Of an authenticator app, or a recovery code."""
    credential: Mapping[str, Any] | None = None
    """A passkey's answer."""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Proof":
        return cls(data.get("code"), data.get("credential"))


def check(user: User, password: str, proof: Proof) -> None:
    """Check the password and then the factor, so that a wrong password spends no code.

    Call it first in a transaction: a refusal commits, to keep the challenge spent and any alarm.
    Raises WrongPassword, SecondFactorRequired, WrongCode, or SessionRevoked when the account is gone.
    """
    users.check_password(user, password)
    check_factor(user, proof)


def check_factor(user: User, proof: Proof) -> None:
    """Check the factor alone, as `check` does. The caller holds the user's row."""
    methods = service.methods(user.id)
    if methods and proof == Proof():
        commit_challenge(user, methods)
    if methods and not in_session(user, proof):
        commit_refusal()


def check_either(user: User, password: str | None, proof: Proof) -> None:
    """Check the password or a factor, whichever was sent; raises as `check`, and WrongPassword without either."""
    if password is not None:
        users.check_password(user, password)
        return
    users.hold(user)
    methods = service.methods(user.id)
    if proof != Proof():
        if not in_session(user, proof):
            commit_refusal()
    elif methods:
        commit_challenge(user, methods)
    else:
        raise WrongPassword("The password is needed.")


def commit_challenge(user: User, methods: list[str]) -> NoReturn:
    carried = told(methods, partial(passkeys.ask, user.id))
    db.session.commit()
    raise SecondFactorRequired(None, **carried)


def commit_refusal() -> NoReturn:
    db.session.commit()
    raise WrongCode()


def told(methods: list[str], options: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a client needs to ask for the factor: the methods and, for a passkey, WebAuthn's options."""
    return {"methods": methods, **({"options": options()} if passkeys.KIND in methods else {})}


def in_session(user: User, proof: Proof) -> str | None:
    """Spend the proof of a signed-in user; return its kind if it is valid."""
    return spent(
        (totp.KIND, partial(totp.spend, user.id), proof.code),
        (recovery_codes.KIND, partial(recovery_codes.spend, user), proof.code),
        (passkeys.KIND, partial(passkeys.confirms, user), proof.credential),
    )


def at_sign_in(user: User, data: Mapping[str, Any], found: Challenge) -> str | None:
    """Spend the proof sent with a login token; return its kind if it is valid."""
    return spent(
        (totp.KIND, partial(totp.spend, user.id), data.get("code")),
        (recovery_codes.KIND, partial(recovery_codes.spend, user), data.get("recovery_code")),
        (passkeys.KIND, partial(passkeys.answers, user, found=found), data.get("credential")),
    )


def spent(*ways: tuple[str, Way, Any]) -> str | None:
    return next((kind for kind, way, sent in ways if sent is not None and way(sent)), None)
