"""A strict reader of vCard 3.0 and 4.0, made from the grammars of RFC 2426 and RFC 6350 and knowing nothing of ours.

It takes a file apart as we promise to write it, and complains of everything else.
"""

import base64
import re
from collections import Counter
from typing import NamedTuple

NAME = r"[A-Za-z0-9-]+"
PARAMETER = rf'{NAME}=(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^",;:\x00-\x08\x0a-\x1f\x7f]*)(?:,(?:"[^"]*"|[^",;:]*))*'
LINE = re.compile(
    rf"(?:(?P<group>{NAME})\.)?(?P<name>{NAME})(?P<parameters>(?:;{PARAMETER})*):(?P<value>[^\x00-\x08\x0a-\x1f\x7f]*)"
)
TEXT = r"(?:[^\\,;]|\\[\\,;nN])*"
TIME_4 = r"T[0-9]{2,6}(?:Z|[+-][0-9]{2,4})?"
DATE_4 = rf"(?:(?:[0-9]{{8}}|--[0-9]{{4}}|---[0-9]{{2}})(?:{TIME_4})?|[0-9]{{4}}(?:-[0-9]{{2}})?|--[0-9]{{2}}|{TIME_4})"
DATE_3 = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:Z|[+-][0-9:]+)?)?"
URI = r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\\]+"
AT_MOST_ONCE = {
    "3.0": ("N", "UID", "REV", "BDAY", "PRODID", "VERSION"),
    "4.0": ("N", "UID", "REV", "BDAY", "PRODID", "VERSION", "ANNIVERSARY", "GENDER", "KIND"),
}
VALUES = {
    "3.0": {
        "N": rf"{TEXT}(?:,{TEXT})*(?:;{TEXT}(?:,{TEXT})*){{4,6}}",
        "ADR": rf"{TEXT}(?:;{TEXT}){{6,17}}",
        "BDAY": DATE_3,
        "NICKNAME": rf"{TEXT}(?:,{TEXT})*",
        "REV": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
        "CATEGORIES": rf"{TEXT}(?:,{TEXT})*",
        **dict.fromkeys(("FN", "NOTE", "EMAIL", "TEL", "UID"), TEXT),
    },
    "4.0": {
        "N": rf"{TEXT}(?:,{TEXT})*(?:;{TEXT}(?:,{TEXT})*){{4,6}}",
        "ADR": rf"{TEXT}(?:;{TEXT}){{6,17}}",
        "BDAY": DATE_4,
        "NICKNAME": rf"{TEXT}(?:,{TEXT})*",
        "ANNIVERSARY": DATE_4,
        "REV": r"[0-9]{8}T[0-9]{6}Z",
        "IMPP": URI,
        "CATEGORIES": rf"{TEXT}(?:,{TEXT})*",
        **dict.fromkeys(("FN", "NOTE", "EMAIL", "TEL"), TEXT),
    },
}


class Line(NamedTuple):
    """A content line."""

    group: str
    name: str
    parameters: dict[str, str]
    value: str


def read(data: bytes, version: str) -> list[list[Line]]:
    """The lines of every card; asserts that each is as its version wants it."""
    assert data.endswith(b"\r\n")
    physical = data.removesuffix(b"\r\n").split(b"\r\n")
    assert all(b"\r" not in line and b"\n" not in line and len(line) <= 75 for line in physical)
    assert all(line.decode() for line in physical)  # none is empty, and none ends within a character
    lines = [parse(line) for line in data.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")]
    cards: list[list[Line]] = []
    for line in lines:
        if line.name == "BEGIN":
            cards.append([])
        cards[-1].append(line)
    for card in cards:
        check(card, version)
    return cards


def parse(written: str) -> Line:
    match = LINE.fullmatch(written)
    assert match, written
    pairs = [pair.partition("=") for pair in re.findall(rf";({PARAMETER})", match["parameters"])]
    parameters = {name.upper(): value for name, _, value in pairs}
    return Line(match["group"] or "", match["name"].upper(), parameters, match["value"])


def check(card: list[Line], version: str) -> None:
    names = [line.name for line in card]
    assert [(line.name, line.value) for line in card[:2]] == [("BEGIN", "VCARD"), ("VERSION", version)]
    assert (card[-1].name, card[-1].value) == ("END", "VCARD")
    assert names.count("BEGIN") == names.count("END") == 1
    assert "FN" in names
    assert version != "3.0" or "N" in names
    repeated = Counter((line.name, line.parameters.get("ALTID", index)) for index, line in enumerate(card))
    times = Counter(name for name, _ in repeated)
    assert {name: times[name] for name in AT_MOST_ONCE[version] if times[name] > 1} == {}
    for line in card:
        check_value(line, version)


def check_value(line: Line, version: str) -> None:
    pattern = VALUES[version].get(line.name)
    pattern = {"text": TEXT, "uri": URI}.get(line.parameters.get("VALUE", ""), pattern)
    assert not pattern or re.fullmatch(pattern, line.value), line
    assert "CHARSET" not in line.parameters, line
    preference = line.parameters.get("PREF", "1")
    assert 1 <= int(preference) <= 100, line
    if version == "4.0" and line.name == "UID":
        assert line.parameters.get("VALUE") == "text" or re.fullmatch(URI, line.value), line
    if line.name == "PHOTO" and line.value.startswith("data:"):
        assert version == "4.0" or line.parameters["VALUE"] == "uri", line
    if "ENCODING" in line.parameters:
        assert version == "3.0" or line.name.startswith("X-"), line
        assert base64.b64decode(line.value, validate=True), line
