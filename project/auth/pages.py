"""The pages behind mailed links. Mail scanners follow links, so GET changes nothing; a button sends a POST."""

from flask import Blueprint, Response, make_response, render_template, request
from marshmallow import ValidationError

from project.auth import one_time, service
from project.errors import EmailTaken, LinkExpired, WeakPassword
from project.extensions import db
from project.users.schemas import NewPassword
from project.web import shares

blueprint = Blueprint("pages", __name__)

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@blueprint.after_request
def restrict(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blueprint.errorhandler(LinkExpired)
def expired(_: LinkExpired) -> Response:
    return page("link_expired", 410)


def page(name: str, status: int = 200, **variables: str | None) -> Response:
    return make_response(render_template(f"pages/{name}.html", **variables), status)


@blueprint.get("/verify-email")
def show_verification() -> Response:
    token = request.args.get("token", "")
    return page("verify_email", token=token, username=account_of(token), error=None)


def account_of(token: str) -> str:
    """The user name of the account that the link belongs to; raises LinkExpired."""
    _, user = service.of_link(token, one_time.VERIFY, one_time.CHANGE)
    return user.username


@blueprint.post("/verify-email")
def verify() -> Response:
    token = request.form.get("token", "")
    username = account_of(token)
    try:
        service.verify(token)
    except EmailTaken:
        error = "Another account has this address by now."
        return page("verify_email", 409, token=token, username=username, error=error)
    db.session.commit()
    message = f"Your address is confirmed. The account {username} can sign in with it now."
    return page("done", heading="Thank you", message=message)


def typed_password() -> str:
    """Read the password exactly as the API does, so that it works at sign-in; raises WeakPassword."""
    try:
        return str(NewPassword().deserialize(request.form.get("password", "")))
    except ValidationError as error:
        raise WeakPassword(str(error.messages[0])) from None


@blueprint.get("/reset-password")
def show_reset() -> Response:
    token = request.args.get("token", "")
    one_time.find(token, one_time.RESET)
    return page("reset_password", token=token, error=None)


@blueprint.post("/reset-password")
@shares.slow
def reset() -> Response:
    token = request.form.get("token", "")
    try:
        service.reset(token, typed_password())
    except WeakPassword as error:
        return page("reset_password", 422, token=token, error=f"{error} Please choose another one.")
    db.session.commit()
    return page("done", heading="Your password is saved", message="You can sign in with it now.")
