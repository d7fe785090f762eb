"""Many operations in one transaction, each for itself: a bad one does not stop the others. Repeating is harmless."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from marshmallow import ValidationError

from project.contacts import operations as wanted
from project.contacts import service
from project.contacts.conditions import ANY, Condition
from project.contacts.open_book import Entry, OpenBook
from project.errors import Problem, ValidationFailed
from project.web import error_handlers
from project.web.parsing import flatten


def ids_in(operations: list[Any]) -> set[UUID]:
    """The ids of the contacts that well-formed operations speak of."""
    return {UUID(each["id"]) for each in operations if wanted.has_id(each)}


def apply(book: OpenBook, operations: list[Any]) -> list[dict[str, Any]]:
    """One result for each operation, in order."""
    return [result(book, operation) for operation in operations]


def result(book: OpenBook, operation: Any) -> dict[str, Any]:
    contact_id = operation["id"] if wanted.has_id(operation) else None
    try:
        loaded = wanted.OPERATION.load(operation)
        status, entry = VERBS[loaded["op"]](book, loaded)
    except ValidationError as error:
        return refused(contact_id, ValidationFailed(flatten(error.messages)))
    except Problem as problem:
        return refused(contact_id, problem)
    shown = {"contact": entry.show()} if entry else {}
    return {"id": contact_id, "status": status, **shown}


def refused(contact_id: str | None, problem: Problem) -> dict[str, Any]:
    return {"id": contact_id, "status": problem.status, "problem": error_handlers.body_of(problem)}


def condition_of(operation: Mapping[str, Any]) -> Condition:
    return Condition(frozenset([operation["if_revision"]])) if "if_revision" in operation else ANY


def create(book: OpenBook, operation: dict[str, Any]) -> tuple[int, Entry]:
    """201; 200 for the same content again."""
    known = book.living_entry(operation["id"])
    if known and known.content == operation["contact"]:
        return 200, known
    return 201, service.create(book, operation["contact"], operation["id"])


def replace(book: OpenBook, operation: dict[str, Any]) -> tuple[int, Entry]:
    """200, or 201 for a contact that was not there."""
    was_there = operation["id"] in book.entries
    entry = service.replace(book, operation["id"], operation["contact"], condition_of(operation))
    return 200 if was_there else 201, entry


def update(book: OpenBook, operation: dict[str, Any]) -> tuple[int, Entry]:
    return 200, service.update(book, operation["id"], operation["contact"], condition_of(operation))


def delete(book: OpenBook, operation: dict[str, Any]) -> tuple[int, None]:
    service.delete(book, operation["id"], condition_of(operation))
    return 204, None


def restore(book: OpenBook, operation: dict[str, Any]) -> tuple[int, Entry]:
    return 200, service.restore(book, operation["id"], condition_of(operation))


VERBS: dict[str, Callable[[OpenBook, dict[str, Any]], tuple[int, Entry | None]]] = {
    "create": create,
    "replace": replace,
    "update": update,
    "delete": delete,
    "restore": restore,
}
