"""The page that sets up a device for CardDAV, behind a link that is shown once. A GET changes nothing."""

import plistlib
from typing import Final
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid5

import segno
from flask import Blueprint, Response, make_response, render_template, url_for

from project.auth import app_passwords
from project.auth.models import AppPassword
from project.config import APP_NAME
from project.errors import LinkExpired
from project.extensions import settings
from project.users import service as users

PROFILE_TYPE: Final = "application/x-apple-aspen-config"
PORTS: Final = {"https": 443, "http": 80}
POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"

blueprint = Blueprint("setup_pages", __name__, url_prefix="/carddav/setup")


@blueprint.after_request
def restrict(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blueprint.errorhandler(LinkExpired)
def expired(_: LinkExpired) -> Response:
    return make_response(render_template("pages/setup_expired.html"), 410)


@blueprint.get("/<secret>")
def show(secret: str) -> str:
    """Show the password of a device that has not connected yet, and the ways to enter it."""
    row, password, _ = app_passwords.being_set_up(secret)
    username = users.get(row.owner_id).username
    return render_template(
        "pages/set_up_device.html",
        device=row.device,
        username=username,
        password=password,
        server_url=f"{settings.public_url}/carddav/",
        profile_url=url_for("setup_pages.profile", secret=secret),
        davx5_url=davx5_url(username, password),
        code=code(f"{settings.public_url}/carddav/setup/{secret}"),
    )


@blueprint.get("/<secret>/contacts.mobileconfig")
def profile(secret: str) -> Response:
    """Send a configuration profile for Apple's devices."""
    row, password, _ = app_passwords.being_set_up(secret)
    data = plistlib.dumps(payload(row, users.get(row.owner_id).username, password))
    return Response(data, content_type=PROFILE_TYPE, headers={"Content-Disposition": "attachment"})


def davx5_url(username: str, password: str) -> str:
    """A link that opens DAVx5 with its form filled in; it connects by https."""
    parts = urlsplit(settings.public_url)
    host = parts.netloc.rpartition("@")[2]
    return f"davx5://{quote(username, safe='')}:{quote(password, safe='')}@{host}/carddav/"


def code(url: str) -> str:
    """A QR code as SVG, for the camera of a phone."""
    return str(segno.make(url, error="m").svg_inline(scale=5, dark="#000", light="#fff"))


def payload(row: AppPassword, username: str, password: str) -> dict[str, object]:
    """A profile with one CardDAV account. Its ids follow from the password's, so that installing again replaces it."""
    parts = urlsplit(settings.public_url)
    account = {
        **part(row.id, "account"),
        "PayloadType": "com.apple.carddav.account",
        "CardDAVAccountDescription": APP_NAME,
        "CardDAVHostName": parts.hostname,
        "CardDAVPort": parts.port or PORTS[parts.scheme],
        "CardDAVUseSSL": parts.scheme == "https",
        "CardDAVUsername": username,
        "CardDAVPassword": password,
        "CardDAVPrincipalURL": f"/carddav/{row.owner_id}/",
    }
    return {**part(row.id, "profile"), "PayloadType": "Configuration", "PayloadContent": [account]}


def part(app_password_id: UUID, name: str) -> dict[str, object]:
    host = urlsplit(settings.public_url).hostname or ""
    return {
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{'.'.join(reversed(host.split('.')))}.carddav.{app_password_id}.{name}",
        "PayloadUUID": str(uuid5(app_password_id, name)).upper(),
        "PayloadDisplayName": APP_NAME,
    }
