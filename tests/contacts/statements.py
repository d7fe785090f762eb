"""What requests say to the database, listened to: it must keep the rules that let owners live on shards.

Every statement names the owner whose rows it touches; none joins them with accounts; none moves a row to another
owner; and none that writes leaves a function to be worked out by each copy of a shard for itself.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from flask import has_request_context
from sqlalchemy import BindParameter, Delete, Insert, Select, Table, Update, event
from sqlalchemy.engine import Engine
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ClauseElement, ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Join

from project.contacts import models  # noqa: F401  # puts its tables into the metadata
from project.database.base import Base
from project.database.placement import owned_tables

DISTRIBUTED = {table.name for table in owned_tables(Base.metadata)}
MOVES_OWNER = re.compile(r"\bSET\b.*\bowner_id\s*=.*\bWHERE\b", re.DOTALL)

heard: dict[str, list[str]] = {}
"""Every statement that a request has executed on what is owned, and the rules that it breaks."""
listeners: list[list["Statement"]] = []


class Statement(NamedTuple):
    """A statement as the driver gets it."""

    text: str
    parameters: Any


def hear(_: Any, __: Any, text: str, parameters: Any, context: Any, ___: Any) -> None:
    if not has_request_context():
        return
    for statements in listeners:
        statements.append(Statement(text, parameters))
    if text not in heard and mentions(text, DISTRIBUTED):
        heard[text] = breaches(context.compiled.statement, text) if context.compiled else ["is plain text"]


event.listen(Engine, "before_cursor_execute", hear)


@contextmanager
def listening() -> Iterator[list[Statement]]:
    """The statements of the requests that are made meanwhile, in their order."""
    statements: list[Statement] = []
    listeners.append(statements)
    yield statements
    listeners.remove(statements)


def broken() -> dict[str, list[str]]:
    """The statements that break a rule, each with its breaches, heard since this was asked last."""
    found = {text: rules for text, rules in heard.items() if rules}
    for text in found:
        del heard[text]
    return found


def breaches(statement: ClauseElement, text: str) -> list[str]:
    """The rules that a statement on what is owned breaks."""
    elements = list(visitors.iterate(statement))
    tables = {element.name for element in elements if isinstance(element, Table)}
    writes = isinstance(statement, Delete | Insert | Update)
    rules = {
        "does not name the owner": any(map(is_unscoped, elements)),
        "joins contacts with accounts": bool(tables - DISTRIBUTED),
        "moves a row to another owner": bool(MOVES_OWNER.search(text)),
        "writes what a function says": writes and any(isinstance(element, FunctionElement) for element in elements),
    }
    return [rule for rule, is_broken in rules.items() if is_broken]


def is_unscoped(element: object) -> bool:
    """Whether this is a part of a statement that touches rows of more than one owner."""
    sources: Sequence[object]
    if isinstance(element, Select):
        sources = element.get_final_froms()
    elif isinstance(element, Delete | Update):
        sources = [element.table]
    else:
        return False
    tables = {table for source in sources for table in tables_of(source)}
    conditions = [element.whereclause, *(condition for source in sources for condition in joined_by(source))]
    scoped = {each.left for condition in conditions for each in conjuncts(condition) if is_scope(each)}
    return any(table.c.owner_id not in scoped for table in tables if table.name in DISTRIBUTED)


def tables_of(source: object) -> set[Table]:
    if isinstance(source, Join):
        return tables_of(source.left) | tables_of(source.right)
    return {source} if isinstance(source, Table) else set()


def joined_by(source: object) -> list[ColumnElement[bool] | None]:
    """The conditions of joins, of which an outer one's hold for the rows that it adds."""
    if isinstance(source, Join):
        return [source.onclause, *joined_by(source.left), *joined_by(source.right)]
    return []


def conjuncts(condition: ColumnElement[bool] | None) -> list[Any]:
    """The conditions that must all hold."""
    if isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        return [inner for clause in condition.clauses for inner in conjuncts(clause)]
    return [condition]


def is_scope(condition: object) -> bool:
    return (
        isinstance(condition, BinaryExpression)
        and condition.operator is operators.eq
        and isinstance(condition.right, BindParameter)
    )


def mentions(text: str, names: set[str]) -> bool:
    return not names.isdisjoint(re.findall(r"\w+", text))
