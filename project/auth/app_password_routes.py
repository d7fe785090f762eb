"""/api/v1/auth/app-passwords: the passwords of devices that sync by CardDAV."""

from typing import Any
from uuid import UUID

from flask import Response

from project.auth import app_passwords, schemas
from project.auth.session_routes import confirm_sign_out
from project.errors import NotFound, QuotaExceeded, RateLimited, SecondFactorRequired, WrongCode, WrongPassword
from project.extensions import db, settings
from project.users import limits
from project.users import service as users
from project.users.factors import proofs
from project.users.factors.proofs import Proof
from project.web import responses, shares
from project.web.authentication import caller_id
from project.web.blueprint import Blueprint

blueprint = Blueprint(
    "app_passwords", __name__, url_prefix="/api/v1/auth/app-passwords", description="Passwords for CardDAV."
)

EXAMPLE = {
    "id": "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c",
    "device": "Ada's iPhone",
    "created_at": "2026-11-22T10:42:00.123456Z",
    "last_used_at": None,
    "ip": None,
}
EXAMPLE_ONCE = EXAMPLE | {
    "username": "ada",
    "password": "q2vw7k-3fjm5x-d6s4bn-ht2yre",
    "server_url": "https://contacts.example.org/carddav/",
    "addressbook_url": "https://contacts.example.org/carddav/01920b5e-7d9a-7c3e-8f00-3b8f3f1c2d4e/books/contacts/",
    "setup_url": "https://contacts.example.org/carddav/setup/m3Jx0mV7c1kq5m2yJ8VbYt4uZl9oR6sWdE1fGhIjKlM",
}


@blueprint.post("")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.AppPasswordCreation)
@blueprint.response(201, schemas.ShownOnce, example=EXAMPLE_ONCE)
@blueprint.raises(WrongPassword, SecondFactorRequired, WrongCode, QuotaExceeded, RateLimited)
def create(data: dict[str, Any]) -> Response:
    """Create a password for one device, shown only once; asks for the account's password again."""
    user = users.get(caller_id())
    proofs.check(user, data["password"], Proof.of(data))
    made = app_passwords.create(user, data["device"])
    db.session.commit()
    url = f"{settings.public_url}/carddav/"
    shown = {
        **app_passwords.describe(made.row),
        "username": user.username,
        "password": made.password,
        "server_url": url,
        "addressbook_url": f"{url}{user.id}/books/contacts/",
        "setup_url": f"{url}setup/{made.secret}",
    }
    return responses.reply(shown, 201)


@blueprint.get("")
@blueprint.signed_in
@blueprint.response(200, schemas.AppPasswordList, example={"items": [EXAMPLE]})
def show() -> dict[str, Any]:
    """List the user's app passwords, newest first."""
    return {"items": [app_passwords.describe(row) for row in app_passwords.of_user(caller_id())]}


@blueprint.delete("/<uuid:app_password_id>")
@shares.slow
@blueprint.signed_in
@limits.own_password
@blueprint.arguments(schemas.SignOut, location="optional_json", required=False)
@blueprint.response(204)
@blueprint.raises(NotFound, WrongPassword, SecondFactorRequired, WrongCode, RateLimited)
def end(data: dict[str, Any], app_password_id: UUID) -> None:
    """Revoke an app password at once. Needs proof where CONFIRM_SIGN_OUT is on."""
    confirm_sign_out(data)
    app_passwords.end(app_password_id, caller_id())
    db.session.commit()
