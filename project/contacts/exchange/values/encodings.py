"""From bytes to text: UTF-8 where it can be that, UTF-16 by its mark, and Latin-1 as it is found in the wild."""

import codecs
import io
import re

UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Windows wrote its own characters and called them Latin-1.
LATIN_1 = re.compile(r"(?:iso[-_]?8859[-_]?1|latin[-_]?1|us-ascii|)", re.IGNORECASE)
# Of Python's codecs those for text of address books; the time of some others grows with the square of the length.
KNOWN = re.compile(r"(?:iso|windows|cp|koi8|shift|sjis|euc|gb|big5|ks_c|tis|mac)[-_a-z0-9]*", re.IGNORECASE)
CHUNK = 2**16


def decode(octets: bytes, declared: str) -> str:
    """UTF-8, whatever was declared, if it can be that; else the charset declared, else Latin-1."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return decode_declared(octets, declared)


def decode_declared(octets: bytes, charset: str) -> str:
    """Any bytes are Latin-1."""
    if LATIN_1.fullmatch(charset) or not KNOWN.fullmatch(charset):
        charset = "cp1252"
    try:
        return octets.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return octets.decode("latin-1")


def to_utf8(data: bytes) -> bytes:
    """A file that begins with a mark in UTF-8, without the mark; one without as it is."""
    if data.startswith(UTF_16_MARKS):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def guess(source: bytes) -> str:
    """The encoding of a file without a mark."""
    return "utf-8" if is_utf8(source) else "cp1252"


def is_utf8(source: bytes) -> bool:
    """Looks piece by piece: one picture in a text makes it four times as large as the file."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream = io.BytesIO(source)
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
