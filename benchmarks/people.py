"""Users with address books, as large and as many as asked for, and the tokens that they send."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import flask_migrate
from flask import Flask
from flask_jwt_extended import create_access_token
from sqlalchemy import Connection, Engine, delete, func, select, text, update

from benchmarks.stage import Stage
from project import create_app
from project.auth import sessions
from project.config import ROOT
from project.contacts import samples
from project.contacts.books import BOOK as BOOKS
from project.contacts.content import Address, Content
from project.contacts.open_book import OpenBook
from project.contacts.rows import TABLE
from project.database.base import new_id, now
from project.extensions import db
from project.users import passwords, service

PASSWORD = "notes on the analytical engine"  # noqa: S105  # of people who do not exist
USUAL = 1_000  # contacts of a user
AT_ONCE = 100  # contacts under one revision
IN_FLIGHT_SECONDS = 0.3  # until requests are done whose client has gone
TOKENS_LAST = timedelta(hours=6)
SYLLABLES = "ba be bor dal den dri fa fel gan gor ha hul ka ker lan lo mar mir na nor os pa ral ri sa sel ta tor vo zel"

(SEARCH,) = [index for index in TABLE.indexes if index.name == "ix_contacts_search"]
BOOK = "INSERT INTO address_books (owner_id, revision, living, purged_revision) VALUES (:owner, :revision, :living, 0)"
PART = """
    INSERT INTO contacts ({columns}) SELECT {values} FROM contacts
    WHERE owner_id = :source AND revision > :after AND revision <= :until
"""
BORN = """
    UPDATE contacts SET birthday = '1970-11-30', birthday_mmdd = '1130' WHERE (owner_id, id) IN (
        SELECT owner_id, id FROM (
            SELECT owner_id, id, row_number() OVER (PARTITION BY owner_id ORDER BY revision, id) AS number FROM contacts
        ) WHERE number <= 20
    )
"""
"""In books of any size twenty people are born on the same day; all others are born before the 29th of a month."""


@dataclass(frozen=True)
class Person:
    """A user with so many contacts, whose ids they are, and what a phone of theirs sends as `Authorization`."""

    id: UUID
    session_id: UUID
    username: str
    token: str
    contacts: list[UUID]
    settled_at: datetime

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def application(stage: Stage, database_url: str | None = None) -> Flask:
    """The application within this process, for its own functions."""
    return create_app({**stage.settings, "DATABASE_URL": database_url or stage.settings["DATABASE_URL"]})


def settle(app: Flask, engine: Engine, *, large: Sequence[int], usual: int) -> dict[int, list[Person]]:
    """An empty database's people by the size of their books: some with large ones, and many with usual ones.

    The largest book is written by the application. The others are parts of it, for people's friends have the same
    names, copied by the database with what the application has folded.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)
    sizes = [*sorted(large, reverse=True), *[USUAL] * usual]
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        SEARCH.drop(engine)
        password_hash = passwords.make_hash(PASSWORD)
        ids = [create(f"person{number}", password_hash) for number in range(len(sizes))]
        fill(ids[0], sizes[0])
        with engine.begin() as connection:
            for number, (owner_id, size) in enumerate(zip(ids[1:], sizes[1:], strict=True)):
                copy(connection, (ids[0], owner_id), size, start=number * size % max(sizes[0] - size, 1))
            connection.execute(text(BORN))
        SEARCH.create(engine)
        tidy(engine)
        people: dict[int, list[Person]] = {}
        for number, (user_id, size) in enumerate(zip(ids, sizes, strict=True)):
            people.setdefault(size, []).append(sign_in(user_id, f"person{number}"))
        db.session.commit()
    return people


def settle_embedded(app: Flask, sizes: Sequence[int]) -> list[Person]:
    """The people of an empty database of SQLite, all of whose books the application writes."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with app.app_context():
        flask_migrate.upgrade(str(ROOT / "migrations"))
        password_hash = passwords.make_hash(PASSWORD)
        names = [f"person{number}" for number in range(len(sizes))]
        ids = [create(name, password_hash) for name in names]
        for owner_id, size in zip(ids, sizes, strict=True):
            fill(owner_id, size)
        people = [sign_in(user_id, name) for user_id, name in zip(ids, names, strict=True)]
        db.session.commit()
    return people


def newcomer(app: Flask, username: str) -> Person:
    """Somebody with an empty address book."""
    with app.app_context():
        person = sign_in(create(username, "-"), username)
        db.session.commit()
    return person


def create(username: str, password_hash: str) -> UUID:
    user = service.create(username, f"{username}@example.org", password_hash)
    user.email_verified_at = now()
    db.session.commit()
    return user.id


def sign_in(user_id: UUID, username: str) -> Person:
    session = sessions.start(user_id, ["password"], device="Benchmark", ip="127.0.0.1")
    db.session.flush()
    token = create_access_token(str(user_id), expires_delta=TOKENS_LAST, additional_claims={"sid": str(session.id)})
    found = db.session.scalars(select(TABLE.c.id).where(TABLE.c.owner_id == user_id).order_by(TABLE.c.id))
    return Person(user_id, session.id, username, token, list(found), now())


def fill(owner_id: UUID, count: int) -> None:
    """Contacts by the application's own hand, with another revision every `AT_ONCE`."""
    contents = contacts(count)
    for _ in range(0, count, AT_ONCE):
        book = OpenBook(owner_id)
        for content in [next(contents) for _ in range(AT_ONCE)]:
            book.new(new_id(), content)
        book.write()
        db.session.commit()


def contacts(count: int) -> Iterator[Content]:
    """Contacts of a demonstration, but with as many family names as people have."""
    source = Random(count)  # the same contacts each time
    syllables = SYLLABLES.split()
    for content in samples.contacts(count):
        family = "".join(source.choices(syllables, k=source.randint(2, 4))).capitalize()
        phone = f"{content['phone']} {source.randrange(100, 1000)}"
        birthday = f"19{source.randrange(30, 99)}-{source.randrange(1, 13):02}-{source.randrange(1, 29):02}"
        place: Address = {
            "label": "home",
            "street": f"{family} Street 1",
            "city": family,
            "region": None,
            "postal_code": "1000",
            "country": "GB",
        }
        yield {**content, "last_name": family, "phone": phone, "birthday": birthday, "addresses": [place]}


def copy(connection: Connection, owners: tuple[UUID, UUID], size: int, *, start: int) -> None:
    """Give the second owner a part of the first one's book, from its contact number `start` on, with ids of its own."""
    columns = {column.name: column.name for column in TABLE.columns}
    columns |= {"owner_id": ":owner", "id": "uuidv7()", "revision": "revision - :after"}
    statement = PART.format(columns=", ".join(columns), values=", ".join(columns.values()))
    after = start // AT_ONCE
    bounds = {"source": owners[0], "owner": owners[1], "after": after, "until": after + size // AT_ONCE}
    connection.execute(text(BOOK), {"owner": owners[1], "revision": size // AT_ONCE, "living": size})
    connection.execute(text(statement), bounds)


def put_back(engine: Engine, owners: Sequence[Person]) -> None:
    """Take away what was created, so that books keep their size, and what is left of it in the tables."""
    time.sleep(IN_FLIGHT_SECONDS)
    ids = [person.id for person in owners]
    count = select(func.count()).where(TABLE.c.owner_id == BOOKS.c.owner_id).scalar_subquery()
    with engine.begin() as connection:
        connection.execute(delete(TABLE).where(TABLE.c.owner_id.in_(ids), TABLE.c.created_at >= owners[0].settled_at))
        connection.execute(update(BOOKS).where(BOOKS.c.owner_id.in_(ids)).values(contact_count=count))
    tidy(engine)


def tidy(engine: Engine) -> None:
    """What PostgreSQL does by itself before long."""
    if engine.dialect.name != "postgresql":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) contacts, cards, address_books, users, sessions")
