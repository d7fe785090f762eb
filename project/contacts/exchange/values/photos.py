"""Pictures in cards: Base64 or a data: URI (RFC 2397). A picture at a URL is never fetched."""

import base64
import binascii
import re
from collections.abc import Iterable

URL_PARAMETER = "X-PICTURE"  # of PHOTO, beside the data
MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n", "png"),
    (b"GIF8", "gif"),
    (b"RIFF", "webp"),
)
URI = re.compile(r"data:|image/[a-z0-9.+-]+;base64,", re.IGNORECASE)  # CardBook writes `PHOTO;DATA:image/jpeg;base64,`
BEGINNINGS = ("/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR")  # of these in Base64
URL_SAFE = str.maketrans("-_", "+/")  # the alphabet of Base64 in addresses (RFC 4648 §5)
MEDIA_TYPES = {
    "JPG": "image/jpeg", "WAVE": "audio/wav", "WAV": "audio/wav", "OGG": "audio/ogg", "MP3": "audio/mpeg",
    "AAC": "audio/aac", "BASIC": "audio/basic", "PGP": "application/pgp-keys", "X509": "application/pkix-cert",
}  # fmt: skip
IMAGES = frozenset({"JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "HEIC"})


def is_data(value: str) -> bool:
    """Whether a value is a data: URI, or a picture in Base64 that does not say so."""
    return URI.match(value) is not None or value.startswith(BEGINNINGS)


def decode(value: str) -> bytes | None:
    """The bytes of Base64, or of a data: URI in Base64; None for anything else."""
    if URI.match(value):
        head, _, value = value.partition(",")
        value = value if head.lower().rstrip("\\").endswith(";base64") else ""
    value = "".join(value.split()).translate(URL_SAFE)
    try:
        return binascii.a2b_base64(value + "=" * (-len(value) % 4)) or None
    except ValueError:
        return None


def encode(photo: bytes) -> str:
    """Base64."""
    return base64.b64encode(photo).decode()


def media_type(photo: bytes) -> str:
    """The media type by the first bytes."""
    if photo[4:8] == b"ftyp":
        return "image/heic"
    return next((f"image/{name}" for magic, name in MAGIC if photo.startswith(magic)), "application/octet-stream")


def declared(types: Iterable[str]) -> str:
    """The media type that a TYPE of vCard 2.1 or 3.0 means."""
    for name in map(str.upper, types):
        if name in IMAGES:
            return f"image/{name.lower()}"
        if name in MEDIA_TYPES:
            return MEDIA_TYPES[name]
    return "application/octet-stream"
