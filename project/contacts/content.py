"""The fields of a contact: the only list.

Schemas, the columns of answers, search, merging, the purge, vCard, CSV and the tests' strategies are derived from it.
To add a field, add a migration, a column in `models` and one line in `Content`.

In vCard, a field is a property, or one component of N or ORG. Rules that every reader and writer of cards keeps:

- A component that no field can hold stays in `extra` as the rest of its property, blank where the fields have the
  value: `N:;;;;;Second;III` (RFC 9554), `ORG:;;Second Department`, a middle name of more than NAME_LENGTH characters.
  `exchange.lines.structured` reads and writes these.
- A middle name, prefix or suffix that is a list (`Jr.,M.D.`) reads as its values joined by ", ", and is written as
  a list again. First and last name and the parts of ORG are one text each, commas and all.
- Parameters that no field can hold stay in `extra` in the same way: `N;SORT-AS="x":;;;;`.
- A kept FN is tied (X-NAME) to `naming.plain_name`, not to `display_name`: lines kept before the other parts had fields
  still count.
- The id of a card without a UID is made of all that it says, without blank fields, so that it stays the same when a
  field is added. Until 1.0 it was made of the fields that `identify`, and contacts from then are still found.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, NamedTuple, TypedDict, cast, get_type_hints

NAME_LENGTH: Final = 100  # characters of a name or a label
DISPLAY_NAME_LENGTH: Final = 5 * NAME_LENGTH + 4  # five names and the spaces between them
VALUE_LENGTH: Final = 255
EMAIL_LENGTH: Final = 254  # RFC 5321 §4.5.3.1
DATE_LENGTH: Final = 10
NOTES_LENGTH: Final = 10_000
MOST_DETAILS: Final = 50
MOST_ADDRESSES: Final = 10
MOST_LABELS: Final = 20


KINDS: Final = ("email", "phone", "url", "date", "im", "relation", "other")
"""What a detail may be. The first two are also fields, which hold the one to reach first."""

Kind = Literal["line", "lines", "email", "phone", "date", "flag", "labels", "details", "addresses"]
LISTS: Final = ("labels", "details", "addresses")


class Conflict(NamedTuple):
    """The detail that a value becomes when the contact it is merged into has a different one.

    Fields with the same conflict are merged together: all, if none of them contradicts, or none.
    """

    kind: str
    label: str


NAME: Final = Conflict("other", "name")
COMPANY: Final = Conflict("other", "company")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What is known of a field.

    `most`: the longest length in characters, or the most items of a list.
    `vcard`, `part`: its property, and which component of it, from 0. A detail's property depends on its kind.
    `headings`: those in other programs' CSV, in lower case and without punctuation; its name is always one.
    `conflict`: None where values are united: notes are joined, lists appended, a flag is set by anyone.
    `is_searched`: whether `q` looks into it; for email and phone, into the details of that kind too.
    `names`: whether it alone is enough to call a contact by.
    `identifies`: whether it made the id of a card without a UID until 1.0. Never for a new field.
    """

    name: str = ""
    kind: Kind = "line"
    most: int = NAME_LENGTH
    vcard: str
    part: int | None = None
    headings: tuple[str, ...] = ()
    conflict: Conflict | None = None
    is_searched: bool = False
    names: bool = False
    identifies: bool = False
    example: Any = None

    @property
    def blank(self) -> Any:
        """A new empty value."""
        if self.kind in LISTS:
            return []
        return False if self.kind == "flag" else None


class Detail(TypedDict):
    """A further way to reach or to know somebody."""

    kind: str
    label: str | None
    value: str


class Address(TypedDict):
    label: str | None
    street: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


ADDRESS_PARTS: Final = tuple(name for name in Address.__annotations__ if name != "label")


# fmt: off
class Content(TypedDict):
    """What a client writes of a contact, in the API's order."""

    first_name: Annotated[str | None, Field(
        vcard="N", part=1, headings=("firstname", "given name", "forename"),
        conflict=NAME, is_searched=True, names=True, identifies=True, example="Ada",
    )]
    last_name: Annotated[str | None, Field(
        vcard="N", part=0, headings=("lastname", "family name", "surname"),
        conflict=NAME, is_searched=True, names=True, identifies=True, example="Lovelace",
    )]
    nickname: Annotated[str | None, Field(
        vcard="NICKNAME", headings=("nick name",),
        conflict=Conflict("other", "nickname"), is_searched=True, names=True, identifies=True,
    )]
    name_prefix: Annotated[str | None, Field(
        vcard="N", part=3, headings=("prefix",), conflict=NAME, is_searched=True,
    )]
    middle_name: Annotated[str | None, Field(
        vcard="N", part=2, headings=("additional name",), conflict=NAME, is_searched=True,
    )]
    name_suffix: Annotated[str | None, Field(
        vcard="N", part=4, headings=("suffix",), conflict=NAME, is_searched=True,
    )]
    phonetic_first_name: Annotated[str | None, Field(
        vcard="X-PHONETIC-FIRST-NAME", headings=("given name yomi", "given yomi"), conflict=NAME, is_searched=True,
    )]
    phonetic_last_name: Annotated[str | None, Field(
        vcard="X-PHONETIC-LAST-NAME", headings=("family name yomi", "surname yomi"), conflict=NAME, is_searched=True,
    )]
    company: Annotated[str | None, Field(
        vcard="ORG", part=0, headings=("organization", "organisation", "organization name", "organization 1 name"),
        conflict=COMPANY, is_searched=True, names=True, identifies=True,
    )]
    department: Annotated[str | None, Field(
        vcard="ORG", part=1, headings=("organization department", "organization 1 department"),
        conflict=COMPANY, is_searched=True,
    )]
    job_title: Annotated[str | None, Field(
        vcard="TITLE", headings=("organization title", "organization 1 title"),
        conflict=Conflict("other", "job title"), is_searched=True, identifies=True, example="Mathematician",
    )]
    email: Annotated[str | None, Field(
        kind="email", most=EMAIL_LENGTH, vcard="EMAIL",
        conflict=Conflict("email", "other"), is_searched=True, identifies=True, example="ada@example.org",
    )]
    phone: Annotated[str | None, Field(
        kind="phone", most=VALUE_LENGTH, vcard="TEL",
        conflict=Conflict("phone", "other"), is_searched=True, identifies=True, example="+44 20 7946 0958",
    )]
    birthday: Annotated[str | None, Field(
        kind="date", most=DATE_LENGTH, vcard="BDAY", headings=("date of birth", "birth date", "birthdate"),
        conflict=Conflict("date", "birthday"), identifies=True, example="1815-12-10",
    )]
    notes: Annotated[str | None, Field(
        kind="lines", most=NOTES_LENGTH, vcard="NOTE", headings=("note", "comments"), identifies=True,
    )]
    favorite: Annotated[bool, Field(
        kind="flag", vcard="X-FAVORITE", headings=("favourite", "starred"), identifies=True, example=True,
    )]
    labels: Annotated[list[str], Field(
        kind="labels", most=MOST_LABELS, vcard="CATEGORIES",
        headings=("group membership", "categories", "groups", "tags"),
        is_searched=True, identifies=True, example=["Family"],
    )]
    details: Annotated[list[Detail], Field(
        kind="details", most=MOST_DETAILS, vcard="X-OTHER", identifies=True,
        example=[{"kind": "phone", "label": "work", "value": "+44 20 7946 0000"}],
    )]
    addresses: Annotated[list[Address], Field(
        kind="addresses", most=MOST_ADDRESSES, vcard="ADR", identifies=True,
        example=[{
            "label": "home", "street": "12 St James's Square", "city": "London", "region": None,
            "postal_code": "SW1Y 4JH", "country": "GB",
        }],
    )]
# fmt: on


FIELDS: Final[tuple[Field, ...]] = tuple(
    replace(hint.__metadata__[0], name=name) for name, hint in get_type_hints(Content, include_extras=True).items()
)
FIELD_NAMES: Final = tuple(field.name for field in FIELDS)
CONFLICTS: Final[Mapping[Conflict, tuple[str, ...]]] = {
    conflict: tuple(field.name for field in FIELDS if field.conflict == conflict)
    for conflict in dict.fromkeys(field.conflict for field in FIELDS)
    if conflict
}
"""The fields that are merged together, by the detail that they become."""


def blank() -> Content:
    """A new content without any value."""
    return cast(Content, {field.name: field.blank for field in FIELDS})
