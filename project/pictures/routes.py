"""Serve the pictures on this server's disk, and the default avatars. What an address shows never changes."""

from uuid import UUID

from flask import Blueprint, Response, send_file

from project.pictures import avatars, processing
from project.pictures.store import store

blueprint = Blueprint("gallery", __name__)

FOR_EVER = "public, max-age=31536000, immutable"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get("/pictures/<uuid:owner_id>/<name>.webp")
def picture(owner_id: UUID, name: str) -> Response:
    return immutable(send_file(store.find(owner_id, name), mimetype=processing.MEDIA_TYPE))


@blueprint.get("/avatars/<part>.svg")
def default_avatar(part: str) -> Response:
    return immutable(Response(avatars.default_avatar(part), mimetype="image/svg+xml"))


def immutable(response: Response) -> Response:
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Content-Security-Policy"] = POLICY
    return response
