"""Read the one file of a multipart request (RFC 7578)."""

from typing import NamedTuple

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder

from project.errors import TooLarge, UnsupportedMediaType, UnusablePicture
from project.pictures.processing import MAX_BYTES

PART = "file"
NAMES = (PART, "file[]")
MOST_PARTS = 10
BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": [PART],
                "properties": {PART: {"type": "string", "format": "binary", "description": "At most 5 MiB."}},
            }
        }
    },
}


class Part(NamedTuple):
    """A part of a form. Some clients give the file no `filename` (RFC 7578 §4.2: it SHOULD have one)."""

    name: str
    is_file: bool
    content: bytes


def picture() -> bytes:
    """The bytes of the part `file`, whatever its filename and type; a text field beside it is ignored.

    Raises UnsupportedMediaType, TooLarge or UnusablePicture. A body that is too large is refused before it is parsed.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send multipart/form-data with the picture as the part `file`.")
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary:
        raise UnusablePicture("The Content-Type names no boundary. Let the HTTP client set this header.")
    content = chosen(parts(request.get_data(cache=False), boundary)).content
    if len(content) > MAX_BYTES:
        raise TooLarge("The picture is larger than 5 MiB.")
    return content


def chosen(found: list[Part]) -> Part:
    """The picture among the parts; raises UnusablePicture."""
    files = [part for part in found if part.name in NAMES]
    others = [part for part in found if part.name not in NAMES]
    if len(files) > 1 or any(part.is_file for part in others if files):
        raise UnusablePicture("The form has more than one file.")
    if not files:
        names = ", ".join(f"`{part.name[:40]}`" for part in others) or "none at all"
        raise UnusablePicture(f"The form has no part `file`; its parts are {names}.")
    if len(others) > 1:
        raise UnusablePicture("The form has more than one field beside the file.")
    return files[0]


def parts(body: bytes, boundary: str) -> list[Part]:
    """Parse a form; raises UnusablePicture if it is malformed or has more than MOST_PARTS parts."""
    try:
        return read(body, boundary)
    except RequestEntityTooLarge:
        raise UnusablePicture(f"The form has more than {MOST_PARTS} parts.") from None
    except ValueError:  # also raised for a part's header that is not UTF-8
        raise UnusablePicture("The body is not a well-formed multipart form in UTF-8 with this boundary.") from None


def read(body: bytes, boundary: str) -> list[Part]:
    decoder = MultipartDecoder(boundary.encode(), max_parts=MOST_PARTS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    found: list[Part] = []
    while not isinstance(event := decoder.next_event(), Epilogue):
        if isinstance(event, Field | File):
            found.append(Part(event.name or "", isinstance(event, File), b""))
        if isinstance(event, Data):
            found[-1] = found[-1]._replace(content=found[-1].content + event.data)
    return found
