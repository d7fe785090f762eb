"""/api/v1/auth/passkeys: created by a device, which then signs in without name and password."""

from typing import Any

from flask import Response

from project.auth import factor_schemas as schemas
from project.auth import second_step, service, tokens
from project.auth.factor_routes import CONFIRMING, FACTOR, confirmed
from project.auth.schemas import TokenPair
from project.auth.session_routes import PAIR, address, user_agent
from project.errors import InvalidPasskey, PasskeyRefused, QuotaExceeded, RateLimited
from project.extensions import db
from project.users import limits
from project.users import service as users
from project.users.factors import passkeys
from project.users.factors import service as factors
from project.web import responses, shares
from project.web.authentication import caller, caller_id
from project.web.blueprint import Blueprint

blueprint = Blueprint("passkeys", __name__, url_prefix="/api/v1/auth/passkeys", description="Passkeys.")

PASSKEY = {**FACTOR, "kind": "passkey", "recovery_codes": ["k4w2h-7ymcq", "…"]}


@blueprint.post("/registration")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.Confirmation)
@blueprint.response(200, schemas.CreationOptions)
@blueprint.raises(*CONFIRMING, QuotaExceeded)
def begin(data: dict[str, Any]) -> dict[str, Any]:
    """Get the options for a new passkey; asks for the password again, and for a factor where one is on."""
    user = confirmed(data)
    factors.check_room(user.id)
    options = passkeys.begin(user)
    db.session.commit()
    return options


@blueprint.post("")
@shares.slow
@blueprint.signed_in
@blueprint.arguments(schemas.NewPasskey)
@blueprint.response(201, schemas.PasskeySchema, example=PASSKEY)
@blueprint.raises(PasskeyRefused, QuotaExceeded)
def register(data: dict[str, Any]) -> Response:
    """Add the passkey that a device has created; a first factor brings recovery codes and ends other sessions."""
    user = users.get(caller_id())
    users.hold(user)
    passkey = passkeys.register(user, data["name"], data["credential"])
    codes = service.factor_added(user, passkey, keep=service.Kept(caller().session_id, limits.network()))
    db.session.commit()
    return responses.reply({**factors.describe(passkey), "recovery_codes": codes}, 201)


@blueprint.post("/login/options")
@limits.passkey
@blueprint.response(200, schemas.PasskeyOptions)
@blueprint.raises(RateLimited)
def ask() -> dict[str, Any]:
    """Get the options with which a passkey signs in, and a login token for its answer; open to anybody."""
    asked = second_step.begin_by_passkey()
    db.session.commit()
    return asked


@blueprint.post("/login")
@shares.slow
@blueprint.arguments(schemas.PasskeySignIn)
@blueprint.response(200, TokenPair, example=PAIR)
@blueprint.raises(InvalidPasskey, RateLimited)
def sign_in(data: dict[str, Any]) -> dict[str, Any]:
    """Sign a device in with a passkey, which counts as both factors, since it verifies who holds it."""
    try:
        with limits.passkey_sign_in():
            user = second_step.take_passkey(data["login_token"], data["credential"])
    except InvalidPasskey:
        db.session.commit()  # keep the token spent, and any alarm
        raise
    session = service.open_session(user, ["passkey"], device=data.get("device") or user_agent(), ip=address())
    db.session.commit()
    return tokens.pair(session)
