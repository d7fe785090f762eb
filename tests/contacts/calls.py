"""What tests ask of the address book again and again, as an app would ask it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from project.database.base import new_id
from tests.accounts import Account, body

Contact = dict[str, Any]


def done(answer: TestResponse, status: int = 200) -> Any:
    """The JSON of an answer that must have this status."""
    assert answer.status_code == status, answer.text
    return body(answer)


def create(account: Account, **content: Any) -> Contact:
    """A new contact; a name is made up unless one is given."""
    named = content.keys() & {"first_name", "last_name", "nickname", "company"}
    made: Contact = done(account.post("/contacts", json=content if named else {"first_name": "Ada", **content}), 201)
    return made


def show(account: Account, contact_id: str) -> Contact:
    contact: Contact = done(account.get(f"/contacts/{contact_id}"))
    return contact


def delete(account: Account, contact_id: str) -> None:
    assert account.delete(f"/contacts/{contact_id}").status_code == 204


def fill(account: Account, contents: Iterable[Mapping[str, Any]]) -> list[Contact]:
    """Contacts with these contents, made in one batch."""
    operations = [{"op": "create", "id": str(new_id()), "contact": content} for content in contents]
    results = batch(account, operations)
    assert {result["status"] for result in results} == {201}
    return [result["contact"] for result in results]


def batch(account: Account, operations: list[Any]) -> list[dict[str, Any]]:
    results: list[dict[str, Any]] = done(account.post("/contacts/batch", json={"operations": operations}))["results"]
    assert len(results) == len(operations)
    return results


def page(account: Account, **query: object) -> dict[str, Any]:
    """A page of the list, its contacts without their sections; True and False are written as the API takes them."""
    found = sectioned(account, **query)
    for contact in found["items"]:
        assert contact.pop("section")
    return found


def sectioned(account: Account, **query: object) -> dict[str, Any]:
    """A page of the list as it is."""
    found: dict[str, Any] = done(account.get(f"/contacts?{parameters(query)}"))
    return found


def parameters(query: Mapping[str, object]) -> str:
    return urlencode({name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()})


def pages(account: Account, **query: object) -> Iterator[dict[str, Any]]:
    """The list from its beginning to its end, page by page."""
    found = page(account, **query)
    yield found
    while found["next_cursor"]:
        found = page(account, **query, cursor=found["next_cursor"])
        yield found


def listed(account: Account, **query: object) -> list[Contact]:
    return [contact for found in pages(account, **query) for contact in found["items"]]


def names(account: Account, **query: object) -> list[str]:
    return [contact["name"] for contact in listed(account, **query)]


def changes(account: Account, since: str | None = None, **query: object) -> dict[str, Any]:
    query = query if since is None else {"since": since, **query}
    delta: dict[str, Any] = done(account.get(f"/contacts/changes?{parameters(query)}"))
    return delta


def token(account: Account) -> str:
    """The sync token of somebody who has everything."""
    delta = changes(account, limit=1000)
    while delta["has_more"]:
        delta = changes(account, delta["sync_token"], limit=1000)
    return str(delta["sync_token"])
