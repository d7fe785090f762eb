"""What vCard 3.0 (RFC 2426) and 4.0 (RFC 6350) write differently."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from project.contacts.exchange.lines import details, text_lines
from project.contacts.exchange.lines.details import Line
from project.contacts.exchange.lines.properties import ALTERNATIVE, PREFERENCE
from project.contacts.exchange.values import dates, photos

NAME = re.compile(r"(?:[A-Za-z0-9-]+\.)?([A-Za-z0-9-]+)")
MOMENT = re.compile(r"(\d{4}|-)-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)?([Z+-].*)?)?")
AS_IT_IS = re.compile(r";(?:VALUE=TEXT|CALSCALE=)", re.IGNORECASE)
DATES = frozenset({"BDAY", "ANNIVERSARY", "DEATHDATE"})
OLD_GEO = re.compile(r"((?:[A-Z0-9-]+\.)?GEO(?:;[^:]*)?:)geo:(-?[0-9.]+),(-?[0-9.]+)(;.*)?", re.IGNORECASE)


class Version3:
    """vCard 3.0, with Apple's names for what it lacks."""

    number = "3.0"
    has_anniversary = False
    lacks = frozenset({"KIND", "MEMBER", "GENDER", "XML", "CLIENTPIDMAP", "LANG"})
    single = frozenset({"N", "BDAY", "UID", "REV", "PRODID", "VERSION"})

    def types(self, types: Sequence[str]) -> str:
        """The TYPE parameter."""
        return f";TYPE={','.join(types).upper()}" if types else ""

    def preferred(self, types: Sequence[str]) -> str:
        """The same for the preferred one of several."""
        return self.types([*types, "pref"])

    def further(self, parameters: str) -> str:
        """Parameters that were kept; of preferences 3.0 has only the first."""
        return PREFERENCE.sub(lambda match: ";TYPE=pref" if match[1] == "1" else f";X-PREF={match[1]}", parameters)

    def birthday(self, birthday: str) -> Line:
        return details.date_line("BDAY", birthday)

    def detail(self, kind: str, value: str) -> Line:
        return details.line(kind, value)

    def photo(self, photo: bytes) -> Line:
        name = photos.media_type(photo).removeprefix("image/").upper()
        return Line("PHOTO", f";ENCODING=b;TYPE={name}" if "/" not in name else ";ENCODING=b", photos.encode(photo))

    def photo_url(self, url: str) -> Line:
        return Line("PHOTO", ";VALUE=uri", url)

    def uid(self, uid: str) -> Line:
        return Line("UID", "", text_lines.escape(uid))

    def convert(self, line: str) -> str:
        """A kept line: GEO as two numbers if it is no more, and a date in the extended format."""
        if match := OLD_GEO.fullmatch(line):
            return alternative(line) if match[4] else f"{match[1]}{match[2]};{match[3]}"
        return timed(line, "-", ":")

    def revised(self, revised: datetime) -> Line:
        return Line("REV", "", f"{revised.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


class Version4:
    """vCard 4.0."""

    number = "4.0"
    has_anniversary = True
    lacks = frozenset({"LABEL", "SORT-STRING", "AGENT", "MAILER", "CLASS", "NAME", "PROFILE"})
    single = Version3.single | {
        "ANNIVERSARY", "GENDER", "KIND", "BIRTHPLACE", "DEATHDATE", "DEATHPLACE", "CREATED", "LANGUAGE",
    }  # fmt: skip  # of RFC 6350, 6474 and 9554

    def types(self, types: Sequence[str]) -> str:
        """The TYPE parameter."""
        return f";TYPE={','.join(types)}" if types else ""

    def preferred(self, types: Sequence[str]) -> str:
        """The same for the preferred one of several."""
        return f"{self.types(types)};PREF=1"

    def further(self, parameters: str) -> str:
        """Parameters that were kept."""
        return parameters

    def birthday(self, birthday: str) -> Line:
        """BDAY in the basic format."""
        return Line("BDAY", details.year_parameter(birthday), dates.basic(birthday))

    def detail(self, kind: str, value: str) -> Line:
        """A detail; a relation is a URI or else a text."""
        if kind != "relation":
            return details.line(kind, value)
        if details.URI.fullmatch(value):
            return Line("RELATED", "", value)
        return Line("RELATED", ";VALUE=text", text_lines.escape(value))

    def photo(self, photo: bytes) -> Line:
        """PHOTO as a data: URI."""
        return Line("PHOTO", "", f"data:{photos.media_type(photo)};base64,{photos.encode(photo)}")

    def photo_url(self, url: str) -> Line:
        return Line("PHOTO", "", url)

    def uid(self, uid: str) -> Line:
        """UID, a URI or else a text."""
        if details.URI.fullmatch(uid):
            return Line("UID", "", uid)
        return Line("UID", ";VALUE=text", text_lines.escape(uid))

    def convert(self, line: str) -> str:
        """A kept line; a date in the basic format."""
        return timed(line, "", "")

    def revised(self, revised: datetime) -> Line:
        """REV in the basic format."""
        return Line("REV", "", f"{revised.astimezone(UTC):%Y%m%dT%H%M%SZ}")


Version = Version3 | Version4
VERSIONS: dict[str, Version] = {each.number: each for each in (Version3(), Version4())}


def timed(line: str, dash: str, colon: str) -> str:
    """A date, with a time or without, in the format that has these between its parts; any other line unchanged."""
    head, _, value = line.partition(":")
    is_date = text_lines.name_of(head) in DATES and not AS_IT_IS.search(head)
    match = MOMENT.fullmatch(value) if is_date else None
    if not match or not (match[4] or is_past(match)):
        return line
    year, month, day, *time, zone = match.groups("")
    start = f"-{dash or '-'}" if year == "-" else f"{year}{dash}"
    time_of_day = f"T{colon.join(filter(None, time))}{zone}" if time[0] else ""
    return f"{head}:{start}{month}{dash}{day}{time_of_day}"


def is_past(match: re.Match[str]) -> bool:
    """Whether a day with its year is one that a birthday may be; what is no birthday is a text, and stays as it is."""
    day = dates.of(*match.groups()[:3]) if match[1] != "-" else None
    return day is not None and dates.is_past(day)


def alternative(line: str) -> str:
    """A line under a name that readers of the version ignore."""
    name = NAME.match(line)
    start = name.start(1) if name else 0
    return f"{line[:start]}{ALTERNATIVE}{line[start:]}"
