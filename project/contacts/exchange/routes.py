"""/api/v1/contacts/import and /export: whole address books in and out."""

from typing import Any

from flask import Response, request, stream_with_context

from project import wire
from project.contacts.exchange import csv_in, exporting, importing, json_in, vcard_in
from project.contacts.exchange.schemas import MEDIA, ExportQuery, ReportSchema
from project.errors import NotAcceptable, UnreadableImport, UnsupportedMediaType, ValidationFailed
from project.extensions import db
from project.wire import Blueprint

blueprint = Blueprint(
    "exchange",
    __name__,
    url_prefix="/api/v1/contacts",
    description="Whole address books in and out.",
    cache_control="private, no-cache",
)

LARGEST = 20 * 2**20
READERS = {
    "text/vcard": vcard_in.read,
    "text/x-vcard": vcard_in.read,
    "text/directory": vcard_in.read,
    "text/csv": csv_in.read,
    "application/json": json_in.read,
}


@blueprint.post("/import")
@blueprint.signed_in
@blueprint.doc(requestBody={"required": True, "content": MEDIA})
@blueprint.response(201, ReportSchema)
@blueprint.raises(UnreadableImport)
def bring_in() -> dict[str, Any]:
    """Import contacts from a vCard, CSV or JSON file; the same file again creates nothing."""
    reader = READERS.get(request.mimetype)
    if reader is None:
        raise UnsupportedMediaType("Send text/vcard, text/csv or application/json.")
    request.max_content_length = LARGEST
    report = importing.bring(wire.caller_id(), reader(in_utf8(request.get_data(cache=False))))
    db.session.commit()
    return report.show()


def in_utf8(data: bytes) -> bytes:
    """The body in UTF-8 where its type declares another encoding; what is not declared, the reader finds out."""
    charset = request.mimetype_params.get("charset", "utf-8")
    try:
        return data if charset.lower() in ("utf-8", "utf8") else data.decode(charset).encode()
    except (LookupError, UnicodeError):
        raise UnreadableImport("The file is not in the encoding that its type declares.") from None


@blueprint.get("/export")
@blueprint.signed_in
@blueprint.arguments(ExportQuery, location="query")
@blueprint.doc(responses={"200": {"description": "The address book, as an attachment.", "content": MEDIA}})
@blueprint.raises(NotAcceptable, ValidationFailed)
def take_out(query: dict[str, Any]) -> Response:
    """Export all contacts as vCard, CSV or JSON, by `format` or `Accept`."""
    chosen = exporting.FORMATS[query.get("format") or accepted()]
    if chosen.media_type == "text/vcard" and query["version"] == "3.0":
        chosen = exporting.FORMATS["vcard-3.0"]
    body = stream_with_context(chosen.write(wire.caller_id()))
    headers = {"Content-Disposition": f'attachment; filename="contacts.{chosen.extension}"'}
    return Response(body, headers=headers, content_type=f"{chosen.media_type}; charset=utf-8")


def accepted() -> str:
    """The format that `Accept` likes best, vCard where it has no preference; raises NotAcceptable."""
    offered = {each.media_type: name for name, each in reversed(exporting.FORMATS.items()) if name != "vcard-3.0"}
    if "Accept" not in request.headers:
        return "vcard"
    best = request.accept_mimetypes.best_match(["text/vcard", "text/csv", "application/json"])
    if best is None:
        raise NotAcceptable()
    return offered[best]
