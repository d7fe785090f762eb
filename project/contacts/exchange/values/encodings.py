"""From bytes to text: UTF-8 where it is valid, UTF-16 by its mark or its zeros, or what is declared or likely."""

import codecs
import io
import re
from collections.abc import Callable, Iterator

UTF_32_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Windows writes its own characters and calls them Latin-1.
LATIN_1 = re.compile(r"(?:iso[-_]?8859[-_]?1|latin[-_]?1|us-ascii|)", re.IGNORECASE)
# The codecs that address books use; some others of Python take quadratic time.
KNOWN = re.compile(r"(?:iso|windows|cp|koi8|shift|sjis|euc|gb|big5|ks_c|tis|mac)[-_a-z0-9]*", re.IGNORECASE)
UTF_8 = re.compile(r"utf[-_]?8", re.IGNORECASE)
# Two bytes of these may be a letter of UTF-8 too; their own letters have three there.
DOUBLE_BYTE = re.compile(r"(?:gb|big5|shift|sjis|cp9|windows-9|euc|ks_c|iso-2022)[-_a-z0-9]*", re.IGNORECASE)
THREE_BYTES = 0x800
SHIFTED = re.compile(r"iso-2022[-_a-z0-9]*", re.IGNORECASE)
TO_JAPANESE = (b"\x1b$B", b"\x1b$@")  # in ISO-2022-JP, which is ASCII between escapes
CHUNK = 2**16
SAMPLE = 200  # bytes in which UTF-16 without a mark shows
LEAST_ZEROS = 2  # as many as there are in the shortest first line
MOST_HIGH = 0x20  # the higher byte of letters of alphabets is smaller


def western() -> str:
    """What nearly everybody uses who uses neither UTF-8 nor says so."""
    return "cp1252"


def decode(octets: bytes, declared: str, otherwise: Callable[[], str] = western) -> str:
    """UTF-8, whatever was declared, where it is valid; else the charset declared, or the one that is likely."""
    try:
        text = octets.decode()
        is_shifted = SHIFTED.fullmatch(declared) and is_japanese(octets)
        is_chance = DOUBLE_BYTE.fullmatch(declared) and not (text.isascii() or ord(max(text)) >= THREE_BYTES)
        return decode_declared(octets, declared) if is_shifted or is_chance else text
    except UnicodeDecodeError:
        if UTF_8.fullmatch(declared):
            return octets.decode(errors="replace")
        return decode_declared(octets, declared or otherwise())


def decode_declared(octets: bytes, charset: str) -> str:
    """As the charset says, or else as Latin-1, which any bytes are."""
    if LATIN_1.fullmatch(charset) or not KNOWN.fullmatch(charset):
        charset = "cp1252"
    try:
        return octets.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return octets.decode("latin-1")


def to_utf8(data: bytes) -> bytes:
    """A file in UTF-16 or ISO-2022-JP as UTF-8, and any file without its byte order mark."""
    if data.isascii() and is_japanese(data):
        return data.decode("iso2022_jp", "replace").encode()
    if data.startswith(UTF_32_MARKS):
        return data.decode("utf-32", "replace").encode()
    if data.startswith(UTF_16_MARKS):
        return data.decode("utf-16", "replace").encode()
    if encoding := unmarked_utf16(data[:SAMPLE]):
        return data.decode(encoding, "replace").encode()
    return data.removeprefix(codecs.BOM_UTF8)


def is_japanese(data: bytes) -> bool:
    """Whether ASCII is ISO-2022-JP."""
    return any(escape in data for escape in TO_JAPANESE)


def unmarked_utf16(start: bytes) -> str:
    """Which UTF-16 a file without a mark is in: ASCII has a zero in it, and letters of alphabets a small byte."""
    for encoding, high in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if high.count(0) >= LEAST_ZEROS and max(high) < MOST_HIGH and high.count(0) == start.count(0):
            return encoding
    return ""


def undecodable(source: bytes) -> Iterator[bytes]:
    """The lines that are no UTF-8."""
    for line in io.BytesIO(source):
        if not (line.isascii() or is_utf8(line)):
            yield line


def is_utf8(source: bytes) -> bool:
    """Decode in pieces: one emoji makes the text of a whole file four times as large as its bytes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream = io.BytesIO(source)
    try:
        while chunk := stream.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
