"""What a phone's requests cost the database: few statements, each by an index, whatever the size of the book."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from tests.accounts import Account
from tests.contacts import statements
from tests.contacts.carddav.calls import (
    CS,
    C,
    D,
    Device,
    card,
    device,
    multiget,
    multistatus,
    propfind,
    sync_collection,
)
from tests.contacts.crowd import settle, surround
from tests.contacts.statements import Statement

EACH = 5_000
BATCH = 50
KEPT = """
    INSERT INTO cards (owner_id, contact_id, body, size, revision)
    SELECT owner_id, id, 'BEGIN:VCARD', 11, revision FROM contacts
"""
GROUPS = """
    INSERT INTO contact_groups (owner_id, id, href, uid, label, body, revision, updated_at)
    SELECT owner_id, id, CAST(id AS TEXT), 'uid', 'label', 'BEGIN:VCARD', revision, updated_at FROM contacts
    WHERE owner_id = '{owner}' LIMIT 500
"""
READS = ("SELECT", "WITH")
UNKNOWN = """
    SELECT pg_clear_attribute_stats(schemaname, tablename, attname, inherited),
        pg_clear_relation_stats(schemaname, tablename)
    FROM pg_stats WHERE tablename IN ('contacts', 'cards')
"""
SMALL = ("app_passwords", "contact_groups")
"""Tables of which an owner has a few rows, or a thousand at most: PostgreSQL may well read them from end to end."""

Ask = Callable[[], Any]


@pytest.fixture(scope="module")
def phone(people: dict[str, Account], migrated: Engine) -> Device:
    """A phone with five thousand cards and five hundred groups, among as many of somebody else."""
    surround(migrated, 2_000)
    for account in people.values():
        settle(migrated, UUID(account.user["id"]), EACH)
    with migrated.begin() as connection:
        connection.execute(text(KEPT))
        owner = UUID(people["ada"].user["id"])
        connection.execute(text(GROUPS.format(owner=owner if migrated.dialect.name == "postgresql" else owner.hex)))
    with migrated.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return device(people["ada"])


@pytest.fixture(scope="module")
def questions(phone: Device) -> dict[str, tuple[Callable[[], Ask], int, int]]:
    """What a phone asks, how many statements that is, and how many rows they look at."""
    hrefs = [href for href in phone.sync("", limit=4 * BATCH).changed if href.endswith(".vcf")]
    phone.put("new.vcf", card("new", fn="New"))
    number = iter(range(10**6))

    def put(name: str, uid: str) -> Ask:
        return lambda: phone.put(name.format(next(number)), card(uid.format(next(number)), f"NOTE:{next(number)}"))

    def report(body: str) -> Ask:
        return lambda: multistatus(phone.call("REPORT", phone.book, body))

    def delta(*names: str) -> Ask:
        """After one change; the token is taken before."""
        token = phone.sync("", limit=10**9).token
        put("new.vcf", "new")()
        return report(sync_collection(token, *names))

    def gone() -> Ask:
        phone.put("gone.vcf", card("gone"))
        return lambda: phone.delete("gone.vcf")

    ctag = propfind(f"{CS}getctag", f"{D}sync-token")
    return {
        "ctag": (lambda: lambda: phone.call("PROPFIND", phone.book, ctag, Depth="0"), 2, 2),
        "nothing new": (lambda: report(sync_collection(phone.sync("", limit=10**9).token, f"{D}getetag")), 5, 2),
        "delta of one": (lambda: delta(f"{D}getetag"), 6, 4),
        "delta with data": (lambda: delta(f"{D}getetag", f"{C}address-data"), 7, 8),
        "multiget": (lambda: report(multiget(hrefs[:BATCH])), 4, 4 * BATCH + 4),
        "get": (lambda: lambda: phone.get("new.vcf"), 4, 6),
        "put new": (lambda: put("n{}.vcf", "n{}"), 7, 6),
        "put changed": (lambda: put("new.vcf", "new"), 6, 6),
        "delete": (gone, 7, 6),
    }


QUESTIONS = (
    "ctag", "nothing new", "delta of one", "delta with data", "multiget", "get", "put new", "put changed", "delete",
)  # fmt: skip


@pytest.fixture
def said(questions: dict[str, tuple[Callable[[], Ask], int, int]], question: str) -> list[Statement]:
    ask = questions[question][0]()
    with statements.listening() as said:
        ask()
    return said


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_request_is_a_few_statements(
    questions: dict[str, tuple[Callable[[], Ask], int, int]], question: str, said: list[Statement]
) -> None:
    """The first is always the look at the app password, and the second may note its use."""
    assert "app_passwords" in said[0].text
    assert len([each for each in said if "UPDATE app_passwords" not in each.text]) <= questions[question][1]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_is_looked_at_in_vain(
    migrated: Engine, questions: dict[str, tuple[Callable[[], Ask], int, int]], question: str, said: list[Statement]
) -> None:
    for each in said:
        if each.text.startswith(READS) and not any(small in each.text for small in SMALL):
            found = list(steps(plan(migrated, each)))
            assert [step["Relation Name"] for step in found if step["Node Type"] == "Seq Scan"] == []
            looked_at = sum(map(rows, found))
            assert looked_at <= questions[question][2], (each.text, json.dumps(found, indent=1))


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("question", QUESTIONS)
def test_nor_while_the_database_has_no_statistics(
    migrated: Engine, questions: dict[str, tuple[Callable[[], Ask], int, int]], question: str, said: list[Statement]
) -> None:
    """As after a phone's first upload, before PostgreSQL has looked at the tables."""
    with migrated.begin() as connection:
        connection.execute(text(UNKNOWN)).all()
    try:
        test_nothing_is_looked_at_in_vain(migrated, questions, question, said)
    finally:
        with migrated.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE contacts, cards"))


def plan(migrated: Engine, statement: Statement) -> dict[str, Any]:
    """How PostgreSQL answers, step by step, with what it really took."""
    with migrated.connect() as connection:
        explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}"
        found: Any = connection.exec_driver_sql(explained, statement.parameters).scalar()
    answer: dict[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return answer


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from steps(inner)


def rows(step: dict[str, Any]) -> float:
    """The rows of a table that a step looks at."""
    if "Relation Name" not in step:
        return 0
    in_vain = step.get("Rows Removed by Filter", 0) + step.get("Rows Removed by Index Recheck", 0)
    return float((step["Actual Rows"] + in_vain) * step["Actual Loops"])
