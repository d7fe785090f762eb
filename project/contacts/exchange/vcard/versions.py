"""What vCard 3.0 (RFC 2426) and 4.0 (RFC 6350) write differently."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from project.contacts.exchange.lines import details, text_lines
from project.contacts.exchange.lines.details import Line
from project.contacts.exchange.values import dates, photos

NAME = re.compile(r"N[;:]")
ALTERNATIVE = "X-ALTERNATIVE-"


class Version3:
    """vCard 3.0, with Apple's names for what it has none."""

    number = "3.0"
    has_anniversary = False

    def types(self, types: Sequence[str]) -> str:
        """The parameters of a property with these types."""
        return f";TYPE={','.join(types).upper()}" if types else ""

    def preferred(self, types: Sequence[str]) -> str:
        """The same where it is the first of several to be reached."""
        return self.types([*types, "pref"])

    def birthday(self, birthday: str) -> Line:
        """BDAY."""
        return details.date_line("BDAY", birthday)

    def detail(self, kind: str, value: str) -> Line:
        """Any detail."""
        return details.line(kind, value)

    def photo(self, photo: bytes) -> Line:
        """PHOTO."""
        name = photos.media_type(photo).removeprefix("image/").upper()
        return Line("PHOTO", f";ENCODING=b;TYPE={name}" if "/" not in name else ";ENCODING=b", photos.encode(photo))

    def uid(self, uid: str) -> Line:
        """UID."""
        return Line("UID", "", text_lines.escape(uid))

    def kept(self, line: str) -> str:
        """A line that came in. 3.0 has one N; the names in other scripts that 4.0 may have besides go beside it."""
        return f"{ALTERNATIVE}{line}" if NAME.match(line) else line

    def revised(self, revised: datetime) -> Line:
        """REV."""
        return Line("REV", "", f"{revised.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


class Version4:
    """vCard 4.0."""

    number = "4.0"
    has_anniversary = True

    def types(self, types: Sequence[str]) -> str:
        """The parameters of a property with these types."""
        return f";TYPE={','.join(types)}" if types else ""

    def preferred(self, types: Sequence[str]) -> str:
        """The same where it is the first of several to be reached."""
        return f"{self.types(types)};PREF=1"

    def birthday(self, birthday: str) -> Line:
        """BDAY, in the basic format."""
        return Line("BDAY", "", dates.basic(birthday))

    def detail(self, kind: str, value: str) -> Line:
        """Any detail; a relation is a URI or else a text."""
        if kind != "relation":
            return details.line(kind, value)
        if details.URI.fullmatch(value):
            return Line("RELATED", "", value)
        return Line("RELATED", ";VALUE=text", text_lines.escape(value))

    def photo(self, photo: bytes) -> Line:
        """PHOTO, as a data: URI."""
        return Line("PHOTO", "", f"data:{photos.media_type(photo)};base64,{photos.encode(photo)}")

    def uid(self, uid: str) -> Line:
        """UID, a URI or else a text."""
        return (
            Line("UID", "", uid) if details.URI.fullmatch(uid) else Line("UID", ";VALUE=text", text_lines.escape(uid))
        )

    def kept(self, line: str) -> str:
        """A line that came in."""
        return line

    def revised(self, revised: datetime) -> Line:
        """REV, in the basic format."""
        return Line("REV", "", f"{revised.astimezone(UTC):%Y%m%dT%H%M%SZ}")


Version = Version3 | Version4
VERSIONS: dict[str, Version] = {each.number: each for each in (Version3(), Version4())}
