"""The files that let iOS and Android apps open mailed links and use passkeys; each is 404 without its setting."""

from collections import defaultdict
from typing import Any, Final

from flask import Blueprint, Response

from project.errors import NotFound
from project.extensions import settings
from project.web import responses

PAGES: Final = ("/verify-email", "/reset-password")
CACHING: Final = {"Cache-Control": "public, max-age=3600"}

blueprint = Blueprint("app_files", __name__, url_prefix="/.well-known")


@blueprint.get("/apple-app-site-association")
def apple() -> Response:
    """Apple's associated domains: links that open the app, and passkeys."""
    apps = settings.ios_app_ids
    if not apps:
        raise NotFound()
    links = {"appIDs": apps, "components": [{"/": page, "?": {"token": "?*"}} for page in PAGES]}
    return responses.reply({"applinks": {"details": [links]}, "webcredentials": {"apps": apps}}, headers=CACHING)


@blueprint.get("/assetlinks.json")
def android() -> Response:
    """Google's Digital Asset Links: links that open the app, and passkeys."""
    if not settings.android_apps:
        raise NotFound()
    return responses.reply([statement(package, prints) for package, prints in fingerprints().items()], headers=CACHING)


def fingerprints() -> dict[str, list[str]]:
    """The certificates of each package; an app signed both by a store and by its developers has two."""
    found = defaultdict[str, list[str]](list)
    for app in settings.android_apps:
        package, _, fingerprint = app.partition("=")
        found[package].append(fingerprint.upper())
    return found


def statement(package: str, prints: list[str]) -> dict[str, Any]:
    return {
        "relation": ["delegate_permission/common.handle_all_urls", "delegate_permission/common.get_login_creds"],
        "target": {"namespace": "android_app", "package_name": package, "sha256_cert_fingerprints": prints},
    }
