"""/api/v1/auth/second-factors and recovery-codes: set up second factors, and sign in with them."""

from typing import Any
from uuid import UUID

from project.auth import factor_schemas as schemas
from project.auth import networks, second_step, service, tokens
from project.auth.schemas import TokenPair
from project.auth.session_routes import NOBODY, PAIR, address
from project.errors import (
    InvalidCode,
    NotFound,
    QuotaExceeded,
    RateLimited,
    SecondFactorRequired,
    WrongCode,
    WrongPassword,
)
from project.extensions import db
from project.users import limits
from project.users import service as users
from project.users.factors import proofs, recovery_codes, totp
from project.users.factors import service as factors
from project.users.factors.proofs import Proof
from project.users.models import User
from project.web import shares
from project.web.authentication import caller, caller_id
from project.web.blueprint import Blueprint

blueprint = Blueprint("second_factors", __name__, url_prefix="/api/v1/auth", description="Second factors.")

FACTOR = {
    "id": "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c",
    "kind": "totp",
    "name": "Ada's phone",
    "created_at": "2026-11-22T10:42:00.123456Z",
    "last_used_at": None,
}
CODES = {"recovery_codes": ["k4w2h-7ymcq", "…"]}
CONFIRMING = (WrongPassword, SecondFactorRequired, WrongCode, RateLimited)
"""What `confirmed` raises, and its limit."""


def confirmed(data: dict[str, Any]) -> User:
    """The signed-in user, after the password and, where one is on, a second factor have been checked."""
    user = users.get(caller_id())
    proofs.check(user, data["password"], Proof.of(data))
    return user


@blueprint.post("/login/second-factor")
@shares.slow
@blueprint.arguments(schemas.SecondStep)
@blueprint.response(200, TokenPair, example=PAIR)
@blueprint.raises(InvalidCode, RateLimited)
def sign_in(data: dict[str, Any]) -> dict[str, Any]:
    """Complete a sign-in with a second factor and the login token that the right password gave."""
    found = second_step.find(data["login_token"])
    user_id = found.user_id or NOBODY
    try:
        with limits.factor(user_id, is_known=networks.knows(user_id, limits.network())):
            user, kind = second_step.take(found, data)
    except InvalidCode:
        db.session.commit()  # keep the count of guesses and any alarm
        raise
    session = service.open_session(user, ["password", kind], device=found.device, ip=address())
    db.session.commit()
    return tokens.pair(session)


@blueprint.get("/second-factors")
@blueprint.signed_in
@blueprint.response(200, schemas.FactorList, example={"items": [FACTOR], "recovery_codes_left": 10})
def show() -> dict[str, Any]:
    """List the user's second factors, oldest first, and how many recovery codes are left."""
    items = [factors.describe(factor) for factor in factors.of_user(caller_id())]
    return {"items": items, "recovery_codes_left": recovery_codes.left(caller_id())}


@blueprint.post("/second-factors/totp")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.NewTotp)
@blueprint.response(201, schemas.TotpSetup)
@blueprint.raises(*CONFIRMING, QuotaExceeded)
def begin_totp(data: dict[str, Any]) -> dict[str, Any]:
    """Create the secret of an authenticator app, replacing one not yet confirmed; its first code switches it on."""
    user = confirmed(data)
    factors.check_room(user.id)
    setup = totp.begin(user.id, user.username, data["name"])
    db.session.commit()
    return setup._asdict()


@blueprint.post("/second-factors/totp/<uuid:factor_id>/confirm")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.FirstCode)
@blueprint.response(200, schemas.RecoveryCodes, example=CODES)
@blueprint.raises(NotFound, WrongCode, QuotaExceeded, RateLimited)
def confirm_totp(data: dict[str, Any], factor_id: UUID) -> dict[str, Any]:
    """Switch an app on with its first code. The first factor brings recovery codes and ends all other sessions."""
    user = users.get(caller_id())
    users.hold(user)
    factor = totp.confirm(user.id, factor_id, data["code"])
    codes = service.factor_added(user, factor, keep=service.Kept(caller().session_id, limits.network()))
    db.session.commit()
    return {"recovery_codes": codes}


@blueprint.patch("/second-factors/<uuid:factor_id>")
@blueprint.signed_in
@blueprint.arguments(schemas.FactorName)
@blueprint.response(200, schemas.FactorSchema, example=FACTOR)
@blueprint.raises(NotFound)
def rename(data: dict[str, Any], factor_id: UUID) -> dict[str, Any]:
    """Rename a second factor."""
    factor = factors.rename(caller_id(), factor_id, data["name"])
    db.session.commit()
    return factors.describe(factor)


@blueprint.delete("/second-factors/<uuid:factor_id>")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.Confirmation)
@blueprint.response(204)
@blueprint.raises(*CONFIRMING, NotFound)
def remove(data: dict[str, Any], factor_id: UUID) -> None:
    """Switch a second factor off; without the last one the recovery codes are void."""
    factors.remove(confirmed(data), factor_id)
    db.session.commit()


@blueprint.post("/recovery-codes")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.Confirmation)
@blueprint.response(201, schemas.RecoveryCodes, example=CODES)
@blueprint.raises(*CONFIRMING, QuotaExceeded)
def renew_codes(data: dict[str, Any]) -> dict[str, Any]:
    """Create new recovery codes, shown only once; the old ones become void."""
    user = confirmed(data)
    if not factors.of_user(user.id):
        raise QuotaExceeded("Without a second factor there are no recovery codes.")
    codes = recovery_codes.renew(user.id)
    db.session.commit()
    return {"recovery_codes": codes}
