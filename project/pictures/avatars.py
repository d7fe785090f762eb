"""Default avatars: initials drawn by the server, with nothing stored."""

import itertools
import re
import unicodedata
import zlib
from html import escape
from typing import Final
from urllib.parse import quote

from project import unicode
from project.errors import NotFound

MAX_MARKS: Final = 2
COLOURS: Final = (
    "#b71c1c", "#ad1457", "#6a1b9a", "#4527a0", "#283593", "#1565c0",
    "#01579b", "#00695c", "#2e7d32", "#bf360c", "#4e342e", "#37474f",
)  # fmt: skip
INITIALS = re.compile("([LN]M{,2}){1,2}")  # over the kinds of their characters
AVATAR = """\
<svg xmlns="http://www.w3.org/2000/svg" width="512" height="512" viewBox="0 0 512 512" role="img">
<title>{letters}</title>
<rect width="512" height="512" fill="{colour}"/>
<text x="256" y="256" dy=".35em" text-anchor="middle" fill="#fff" font-size="208" font-weight="500"
 font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Helvetica, Arial, sans-serif">{letters}</text>
</svg>
"""


def initials(name: str) -> str:
    """The first letters of the first and the last word, in any script, with their marks; `?` if there are none."""
    name = unicode.nfc(name)
    words = "".join(sign if kind(sign) in "LMN" else " " for sign in name).split()
    words = [word for word in words if kind(word[0]) != "M"]
    return unicode.nfc("".join(map(initial, words[:1] + words[1:][-1:]))) or "?"


def default_avatar_path(name: str) -> str:
    """The path of the default avatar for a name, which never changes and is the same on every server."""
    colour = zlib.crc32(unicode.casefold(name).encode()) % len(COLOURS)
    return f"/avatars/{quote(initials(name), safe='')}-{colour}.svg"


def default_avatar(part: str) -> str:
    """
    The SVG for what stands between `/avatars/` and `.svg` in a default avatar's path, unquoted: `AL-3`.

    Raises NotFound for anything that `default_avatar_path` would not make, so that nobody has arbitrary text drawn.
    """
    letters, _, number = part.rpartition("-")
    if not are_initials(letters) or number not in map(str, range(len(COLOURS))):
        raise NotFound
    return AVATAR.format(letters=escape(letters), colour=COLOURS[int(number)])


def initial(word: str) -> str:
    marks = itertools.takewhile(lambda sign: kind(sign) == "M", word[1:])
    return word[0].title()[0] + "".join(marks)[:MAX_MARKS]


def are_initials(letters: str) -> bool:
    kinds = "".join(map(kind, letters))
    return letters == "?" or (INITIALS.fullmatch(kinds) is not None and unicodedata.is_normalized("NFC", letters))


def kind(sign: str) -> str:
    """`L` for a letter, `M` for a mark on one, `N` for a digit: the first letter of its category in Unicode."""
    return unicodedata.category(sign)[0]
