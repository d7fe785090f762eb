"""Prefix, middle name, suffix, phonetic names and department as fields of contacts.

Contacts that are there get them out of their kept lines, and names of Han, kana and Hangul are made anew: some contacts
of one owner at a time, in a transaction each, under a new revision of the book, so that phones are told. What is broken
off is done by running it again. `updated_at` stays: nobody edited the contact.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from typing import Any, cast
from uuid import UUID

import orjson
import sqlalchemy as sa
from alembic import op

from project.contacts import rows
from project.contacts.content import Content, blank
from project.contacts.exchange.lines import text_lines
from project.contacts.exchange.values import text
from project.contacts.naming import display_name
from project.database.base import wait_for_locks

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

AT_ONCE = 500  # contacts of one transaction, which holds the book for less than a second
NAME_LENGTH = 100
SORT_KEY_LENGTH = 400  # of the index that was on it then
COMPONENTS = {
    "N": (None, None, "middle_name", "name_prefix", "name_suffix"),
    "ORG": (None, "department"),
    "X-PHONETIC-FIRST-NAME": ("phonetic_first_name",),
    "X-PHONETIC-LAST-NAME": ("phonetic_last_name",),
}
ADDED = tuple(field for fields in COMPONENTS.values() for field in fields if field)
LINE = re.compile(rf'({"|".join(COMPONENTS)})((?:;(?:[^":]|"[^"]*")*)?):(.*)', re.DOTALL | re.IGNORECASE)
IS_REST = {"N": ";;", "ORG": ";"}  # of a whole N or ORG, the first components are a name
REST = ";X-REST=1"
UID = "UID:"

TEXTS = (
    "first_name", "last_name", "nickname", *ADDED, "company", "job_title", "email", "phone", "birthday", "notes",
)  # fmt: skip
DOCUMENTS = ("labels", "details", "addresses", "extra")
KEYS = ("first_name_key", "last_name_key", "email_keys", "phone_keys", "search_text", "birthday_mmdd")
BOOKS = sa.table("address_books", sa.column("owner_id", sa.Uuid), sa.column("revision", sa.BigInteger))
CONTACTS = sa.table(
    "contacts",
    sa.column("owner_id", sa.Uuid),
    sa.column("id", sa.Uuid),
    sa.column("name", sa.String),
    *(sa.column(name, sa.Text) for name in (*TEXTS, *DOCUMENTS, "sort_key", *KEYS)),
    sa.column("favorite", sa.Boolean),
    sa.column("revision", sa.BigInteger),
    sa.column("wiped_at", sa.DateTime),
)
CONTENT = [CONTACTS.c[name] for name in ("id", "name", "favorite", *TEXTS, *DOCUMENTS)]

Row = Mapping[str, Any]
Change = Callable[[Row], dict[str, Any]]
"""Returns the columns of a contact that change."""


def upgrade() -> None:
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("contacts")}
    for name in ADDED:
        if name not in present:  # else this was broken off
            op.add_column("contacts", sa.Column(name, sa.String(NAME_LENGTH)))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contacts", "name", type_=sa.String(504))
    change_all(taken_out)


def downgrade() -> None:
    change_all(put_back)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("contacts", "name", type_=sa.String(201))
    for name in ADDED:
        op.drop_column("contacts", name)


def change_all(change: Change) -> None:
    """Change the contacts of all owners, past the transaction of the migration."""
    engine = op.get_bind().engine
    with op.get_context().autocommit_block():
        for owner_id in owners(engine):
            for found in pages(engine, owner_id):
                if ids := [row["id"] for row in found if change(row)]:
                    change_some(engine, owner_id, ids, change)


def owners(engine: sa.Engine) -> Iterator[UUID]:
    after = UUID(int=0)
    following = sa.select(BOOKS.c.owner_id).where(BOOKS.c.owner_id > sa.bindparam("after"))
    while found := read(engine, following.order_by(BOOKS.c.owner_id).limit(AT_ONCE), {"after": after}):
        yield from (row["owner_id"] for row in found)
        after = found[-1]["owner_id"]


def pages(engine: sa.Engine, owner_id: UUID) -> Iterator[list[Row]]:
    """Read an owner's contacts, those in the bin included, without locking them."""
    after = UUID(int=0)
    following = sa.select(*CONTENT).where(
        CONTACTS.c.owner_id == owner_id, CONTACTS.c.id > sa.bindparam("after"), CONTACTS.c.wiped_at.is_(None)
    )
    while found := read(engine, following.order_by(CONTACTS.c.id).limit(AT_ONCE), {"after": after}):
        yield found
        after = found[-1]["id"]


def read(engine: sa.Engine, statement: sa.Select[Any], values: Mapping[str, Any]) -> list[Row]:
    with engine.connect() as connection:
        return list(map(parsed, connection.execute(statement, values)))


def parsed(row: sa.Row[Any]) -> Row:
    return {name: orjson.loads(value) if name in DOCUMENTS and value else value for name, value in row._mapping.items()}


def dumped(lines: list[str]) -> str | None:
    return orjson.dumps(lines).decode() if lines else None


def change_some(engine: sa.Engine, owner_id: UUID, ids: list[UUID], change: Change) -> None:
    """Change contacts as they are once their book is locked, under one new revision."""
    with engine.begin() as connection:
        wait_for_locks(connection)
        raised = sa.update(BOOKS).where(BOOKS.c.owner_id == owner_id).values(revision=BOOKS.c.revision + 1)
        number = connection.execute(raised.returning(BOOKS.c.revision)).scalar()
        chosen = sa.select(*CONTENT).where(CONTACTS.c.owner_id == owner_id, CONTACTS.c.id.in_(ids))
        for row in map(parsed, connection.execute(chosen).all()):
            if changed := change(row):
                own = sa.update(CONTACTS).where(CONTACTS.c.owner_id == owner_id, CONTACTS.c.id == row["id"])
                connection.execute(own.values(**changed, revision=number))


def taken_out(row: Row) -> dict[str, Any]:
    """Take the new fields out of the kept lines; none of a contact that has nothing to change."""
    found = {name: row[name] for name in ADDED}
    lines = [line for line in (rest(line, found) for line in row["extra"] or ()) if line is not None]
    content = cast(Content, {**blank(), **row, **found})
    name = display_name(content)
    if name == row["name"] and lines == (row["extra"] or []):
        return {}
    keys = rows.derived(content, name)
    derived = {key: keys[key] for key in ("name", *KEYS)} | {"sort_key": keys["name_key"][:SORT_KEY_LENGTH]}
    return {**found, "extra": dumped(lines), **derived}


def rest(line: str, found: dict[str, str | None]) -> str | None:
    """Move the components of a line into the fields that are empty; what remains of it, or None for nothing.

    A component that its field would not reproduce, a list for one, remains too, which X-REST tells.
    """
    match = LINE.fullmatch(line)
    name = match[1].upper() if match else ""
    if match is None or not match[3].startswith(IS_REST.get(name, "")) or (name not in IS_REST and match[2]):
        return line  # a phonetic name keeps its parameters
    parts, parameters = text_lines.split(match[3], ";"), match[2]
    for number, field in enumerate(COMPONENTS[name][: len(parts)]):
        if field and take(field, parts[number], found):
            if component(name, found[field] or "") == tidied(parts[number]):
                parts[number] = ""
            elif REST not in parameters:
                parameters = f"{REST}{parameters}"
    return f"{name}{parameters}:{';'.join(parts)}" if parameters or any(parts) else None


def take(field: str, part: str, found: dict[str, str | None]) -> bool:
    """Whether a field takes a component."""
    value = value_of(part, is_list=field in COMPONENTS["N"])
    if not value or len(value) > NAME_LENGTH or found[field]:
        return False
    found[field] = value
    return True


def value_of(part: str, *, is_list: bool) -> str:
    """The text of a component; those of N may be lists."""
    values = text_lines.split(part, ",") if is_list else [part]
    return ", ".join(filter(None, (text.one_line(text_lines.unescape(each)) for each in values)))


def put_back(row: Row) -> dict[str, Any]:
    """Put the fields back into kept lines, and call the contact by first and last name alone."""
    names = " ".join(filter(None, (row["first_name"], row["last_name"])))
    plain = names or row["nickname"] or row["company"] or ""
    if plain == row["name"] and not any(row[name] for name in ADDED):
        return {}
    own = [line for line in row["extra"] or () if line.startswith(UID)]
    others = [line for line in row["extra"] or () if not line.startswith(UID)]
    for name, fields in COMPONENTS.items():
        others = with_components(others, name, [row[field] if field else None for field in fields])
    derived = rows.derived(cast(Content, {**blank(), **row}), plain)
    lines = [*own, *others]
    return {
        **dict.fromkeys(ADDED),
        "extra": dumped(lines),
        "name": plain,
        "sort_key": derived["name_key"][:SORT_KEY_LENGTH],
    }


def with_components(lines: list[str], name: str, values: list[str | None]) -> list[str]:
    """The lines with these components, in the rest of the property that is there or in a new one."""
    if not any(values):
        return lines
    there = next(filter(None, (rest_match(line, name) for line in lines)), None)
    parameters, value = (there[2].replace(REST, ""), there[3]) if there else ("", "")
    paired = zip_longest(text_lines.split(value, ";"), values)
    written = f"{name}{parameters}:{';'.join(component_for(name, part, held) for part, held in paired)}"
    return [written, *lines] if there is None else [written if line == there[0] else line for line in lines]


def rest_match(line: str, name: str) -> re.Match[str] | None:
    match = LINE.fullmatch(line)
    if match is None or match[1].upper() != name or not match[3].startswith(IS_REST.get(name, "no rest")):
        return None
    return match


def component_for(name: str, part: str | None, value: str | None) -> str:
    """The component that is there, unless the field says something else."""
    if not value or (part and value_of(part, is_list=name == "N") == value):
        return part or ""
    return component(name, value)


def component(name: str, value: str) -> str:
    escaped = text_lines.escape(value)
    return escaped.replace("\\, ", ",") if name == "N" else escaped


def tidied(part: str) -> str:
    """A component without the white space and the invisible characters that fields do not have."""
    return ",".join(text_lines.escape(text.one_line(text_lines.unescape(each))) for each in text_lines.split(part, ","))
