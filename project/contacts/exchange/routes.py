"""/api/v1/contacts/import and /export: whole address books in and out."""

import re
from typing import Any

from flask import Response, request, stream_with_context
from werkzeug.datastructures import MIMEAccept

from project.contacts import transactions
from project.contacts.exchange import detection, exporting, json_reader
from project.contacts.exchange.csv import reader as csv_reader
from project.contacts.exchange.importing import Import
from project.contacts.exchange.schemas import EXPORT, IMPORT, ExportQuery, ReportSchema
from project.contacts.exchange.values import encodings
from project.contacts.exchange.vcard import reader as vcard_reader
from project.errors import NotAcceptable, UnreadableImport, UnsupportedMediaType, ValidationFailed
from project.web.authentication import caller_id
from project.web.blueprint import Blueprint
from project.web.budgets import IMPORT_SECONDS, Work

blueprint = Blueprint(
    "exchange",
    __name__,
    url_prefix="/api/v1/contacts",
    description="Whole address books in and out.",
    cache_control="private, no-cache",
)

FOUND_OUT = ("utf-8", "utf8", "us-ascii", "binary")  # readers recognise UTF-8, and nobody means plain ASCII
UNICODE = re.compile(r"utf-?(16|32)(-?[bl]e)?")
OFFERED = {"text/vcard": "vcard", "text/csv": "csv", "application/json": "json"}
READERS = {
    "text/vcard": vcard_reader.read,
    "text/x-vcard": vcard_reader.read,
    "text/directory": vcard_reader.read,
    "text/csv": csv_reader.read,
    "application/json": json_reader.read,
    "application/octet-stream": detection.read,
    "": detection.read,
}


@blueprint.post("/import")
@blueprint.signed_in
@blueprint.costly
@blueprint.doc(requestBody={"required": True, "content": IMPORT})
@blueprint.response(201, ReportSchema)
@blueprint.raises(UnreadableImport)
def bring_in() -> dict[str, Any]:
    """Import contacts from a vCard, CSV or JSON file. An import adds and never undoes: the same file changes nothing.

    A card whose REV is older than its contact changes nothing; a newer one changes the fields that it has. Contacts
    are imported some hundred at a time: when an import ends early, those imported before stay.
    """
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    reader = READERS.get(request.mimetype)
    if reader is None or (reader is json_reader.read and charset not in FOUND_OUT):
        raise UnsupportedMediaType("Send text/vcard, text/csv, application/json in UTF-8, or application/octet-stream.")
    found = reader(in_utf8(request.get_data(cache=False), charset))
    importing = Import(caller_id(), Work(IMPORT_SECONDS))
    for portion in importing.portions(found):
        transactions.commit(importing.bring(portion))
    return importing.report.show()


def in_utf8(data: bytes, charset: str) -> bytes:
    """The body in UTF-8 if its type declares another encoding; else the reader detects the encoding."""
    if charset in FOUND_OUT:
        return data
    if not (UNICODE.fullmatch(charset) or encodings.KNOWN.fullmatch(charset)):
        raise UnreadableImport("The media type declares an unknown encoding.")
    try:
        return data.decode(charset).encode()
    except (LookupError, UnicodeError):
        raise UnreadableImport("The file is not in the encoding that its media type declares.") from None


@blueprint.get("/export")
@blueprint.signed_in
@blueprint.costly
@blueprint.arguments(ExportQuery, location="query")
@blueprint.doc(responses={"200": EXPORT})
@blueprint.raises(NotAcceptable, ValidationFailed)
def take_out(query: dict[str, Any]) -> Response:
    """Export all contacts as vCard, CSV or JSON, by `format` or `Accept`.

    The JSON file is a whole backup: imported into another account, it loses nothing, neither the lines kept from
    vCards nor UIDs nor photos, nor the cards of groups that CardDAV devices made, which are items with
    `"kind": "group"`. A vCard file has these too; its import makes labels of them.
    """
    chosen = exporting.FORMATS[query.get("format") or accepted()]
    if chosen.media_type == "text/vcard" and query["version"] == "3.0":
        chosen = exporting.FORMATS["vcard-3.0"]
    body = stream_with_context(chosen.write(caller_id()))
    headers = {"Content-Disposition": f'attachment; filename="contacts.{chosen.extension}"', "Vary": "Accept"}
    return Response(body, headers=headers, content_type=f"{chosen.media_type}; charset=utf-8")


def accepted() -> str:
    """The format that `Accept` prefers, vCard if it has no preference; raises NotAcceptable."""
    bare = MIMEAccept((liked.partition(";")[0].strip(), quality) for liked, quality in request.accept_mimetypes)
    best = bare.best_match(OFFERED) if bare else "text/vcard"
    if best is None:
        raise NotAcceptable()
    return OFFERED[best]
