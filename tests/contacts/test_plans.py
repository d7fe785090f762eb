"""How the engines find what is asked for: by the right index, at any depth, whatever others have."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from tests.accounts import Account
from tests.contacts import statements
from tests.contacts.calls import done, page, pages, token
from tests.contacts.crowd import settle, surround

EACH = 5_000

POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

Plan = dict[str, Any]


@pytest.fixture(scope="module")
def questions(people: dict[str, Account], migrated: Engine) -> dict[str, str]:
    """What somebody with five thousand contacts asks, among five thousand contacts of somebody else."""
    ada = people["ada"]
    surround(migrated, 2_000)
    for account in people.values():
        settle(migrated, UUID(account.user["id"]), EACH)
    middle = [found["next_cursor"] for found in pages(ada, limit=500)][EACH // 1000]
    newest = page(ada, limit=1, sort="-updated_at")
    return {
        "list": "?limit=50",
        "list from the middle": f"?limit=50&cursor={middle}",
        "list by time": "?limit=50&sort=-created_at",
        "list by revision": "?limit=50&sort=-updated_at",
        "list by revision on": f"?limit=50&sort=-updated_at&cursor={newest['next_cursor']}",
        "search": "?q=adabelcor",
        "filter": "?first_name=belcordun",
        "contact": f"/{newest['items'][0]['id']}",
        "no changes": f"/changes?since={token(ada)}",
        "changes": "/changes?limit=50",
        "birthdays": "/birthdays?from=2026-03-03&days=3",
    }


@pytest.fixture
def asked(people: dict[str, Account], questions: dict[str, str]) -> Callable[[str], statements.Statement]:
    """The last statement that a question leads to; of two for birthdays, the one that looks for them."""

    def ask(question: str) -> statements.Statement:
        with statements.listening() as said:
            done(people["ada"].get(f"/contacts{questions[question]}"))
        return said[-2 if question == "birthdays" else -1]

    return ask


@pytest.fixture
def on_postgresql(migrated: Engine, asked: Callable[[str], statements.Statement]) -> Callable[[str], list[Plan]]:
    """How PostgreSQL answers a question, step by step, with what it really took."""

    def explain(question: str) -> list[Plan]:
        statement = asked(question)
        with migrated.connect() as connection:
            explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.text}"
            found: Any = connection.exec_driver_sql(explained, statement.parameters).scalar()
        return list(steps((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))

    return explain


def steps(plan: Plan) -> Iterator[Plan]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from steps(inner)


@pytest.fixture
def on_sqlite(migrated: Engine, asked: Callable[[str], statements.Statement]) -> Callable[[str], list[tuple[int, str]]]:
    """How SQLite answers a question: each step with the number of the one that it is part of."""

    def explain(question: str) -> list[tuple[int, str]]:
        statement = asked(question)
        with migrated.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement.text}", statement.parameters)
            return [(parent, detail) for _, parent, _, detail in plan]

    return explain


@POSTGRESQL
@pytest.mark.parametrize("question", ["search", "filter"])
def test_search_uses_the_trigram_index_once(on_postgresql: Callable[[str], list[Plan]], question: str) -> None:
    """For the page and the total together; the page's contacts are fetched by their keys."""
    used = [step["Index Name"] for step in on_postgresql(question) if "Index Name" in step]
    assert sorted(used) == ["ix_contacts_search", "pk_address_books", "pk_contacts"]


@POSTGRESQL
@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("list", "ix_contacts_name_order"),
        ("list from the middle", "ix_contacts_name_order"),
        ("list by time", "ix_contacts_created"),
        ("list by revision", "ix_contacts_revision"),
        ("list by revision on", "ix_contacts_revision"),
    ],
)
def test_a_page_is_read_from_the_index_in_its_order(
    on_postgresql: Callable[[str], list[Plan]], question: str, index: str
) -> None:
    """At any depth fifty-one contacts are read and no other, and nothing is sorted."""
    plan = on_postgresql(question)
    limit = next(step for step in plan if step["Node Type"] == "Limit")
    (scan,) = [step for step in limit["Plans"] if step["Parent Relationship"] == "Outer"]
    assert (scan["Node Type"], scan["Index Name"]) == ("Index Scan", index)
    assert scan["Actual Rows"] == 51
    assert scan.get("Rows Removed by Filter", 0) == 0
    assert not [step for step in plan if step["Node Type"] == "Sort"]


@POSTGRESQL
@pytest.mark.parametrize("question", ["list", "list from the middle", "contact", "no changes", "changes", "birthdays"])
def test_nothing_reads_what_others_have(
    people: dict[str, Account], on_postgresql: Callable[[str], list[Plan]], question: str
) -> None:
    """Every step goes by an index through the owner, and reads no more blocks than it finds rows, and a few."""
    for step in on_postgresql(question):
        if "Relation Name" in step:
            assert re.fullmatch(r"(Index|Index Only|Bitmap Heap) Scan", step["Node Type"])
            condition = step.get("Index Cond") or step["Recheck Cond"]
            assert f"owner_id = '{people['ada'].user['id']}'" in condition
            assert step["Shared Hit Blocks"] + step["Shared Read Blocks"] <= step["Actual Rows"] + 12


@SQLITE
@pytest.mark.parametrize(
    ("question", "used"),
    [
        ("list", "INDEX ix_contacts_name_order (owner_id=?)"),
        ("list from the middle", "INDEX ix_contacts_name_order (owner_id=? AND (name_order,id)>(?,?))"),
        ("list by time", "INDEX ix_contacts_created (owner_id=?)"),
        ("list by revision", "INDEX ix_contacts_revision (owner_id=?)"),
        ("list by revision on", "INDEX ix_contacts_revision (owner_id=? AND (revision,id)<(?,?))"),
        ("contact", "INDEX sqlite_autoindex_contacts_1 (owner_id=? AND id=?)"),
        ("changes", "INDEX ix_contacts_revision (owner_id=? AND (revision,id)>(?,?) AND revision<?)"),
        ("birthdays", "INDEX ix_contacts_birthday (owner_id=? AND birthday_mmdd>? AND birthday_mmdd<?)"),
    ],
)
def test_sqlite_reads_by_the_same_indexes(
    on_sqlite: Callable[[str], list[tuple[int, str]]], question: str, used: str
) -> None:
    plan = on_sqlite(question)
    assert f"SEARCH contacts USING {used}" in [detail for _, detail in plan]
    assert [detail for parent, detail in plan if parent and "TEMP B-TREE" in detail] == []


@SQLITE
@pytest.mark.parametrize("question", ["search", "filter"])
def test_sqlite_searches_a_book_in_the_order_of_its_rows(
    on_sqlite: Callable[[str], list[tuple[int, str]]], question: str
) -> None:
    searched = [detail for _, detail in on_sqlite(question) if detail.startswith("SEARCH contacts")]
    assert searched[0] == "SEARCH contacts USING INDEX ix_contacts_created (owner_id=? AND created_at>?)"
