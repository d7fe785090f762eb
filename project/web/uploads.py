"""The one file of a multipart request."""

from flask import request

from project.errors import UnsupportedMediaType, UnusablePicture
from project.pictures.processing import MAX_BYTES

ENVELOPE_BYTES = 64 * 1024  # what multipart adds around the file
PART = "file"
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


def picture() -> bytes:
    """The bytes of the part `file`, whatever its name and type say; raises UnsupportedMediaType or UnusablePicture.

    A body that is larger than a picture may be is refused before it is read.
    """
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send multipart/form-data with the picture as the part `file`.")
    request.max_content_length = MAX_BYTES + ENVELOPE_BYTES
    files = request.files.getlist(PART)
    if len(files) != 1 or len(request.files) > 1 or request.form:
        raise UnusablePicture("Exactly one file is needed, as the part `file`, and nothing else.")
    content: bytes = files[0].read()
    return content
