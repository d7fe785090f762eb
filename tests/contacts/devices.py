"""Apps on phones: signed in at a real server, each with its own copy of the address book."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.accounts import API, Account
from tests.concurrency import Answer, call
from tests.servers import Server


class Device:
    """Keeps a copy that it brings up to date by the changes, in pages of `limit`."""

    def __init__(self, server: Server, account: Account, *, limit: int = 200) -> None:
        self.url, self.token, self.limit = server.url, account.tokens["access_token"], limit
        self.copy: dict[str, dict[str, Any]] = {}
        self.since: str | None = None
        self.revision = 0

    def call(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        return call(self.url, method, f"{API}{path}", body=body, token=self.token, headers=headers)

    def sync(self) -> None:
        """Apply what has changed to the copy, until there is nothing more."""
        while self.take(self.delta())["has_more"]:
            pass

    def delta(self) -> dict[str, Any]:
        query = {"limit": self.limit, **({"since": self.since} if self.since else {})}
        answer = self.call("GET", f"/contacts/changes?{urlencode(query)}")
        assert answer.status == 200, answer.body
        delta: dict[str, Any] = answer.json
        return delta

    def take(self, delta: dict[str, Any]) -> dict[str, Any]:
        """Apply a delta, which must be of the size that was asked for, in order, and never go back."""
        revisions = [contact["revision"] for contact in delta["changed"]]
        assert revisions == sorted(revisions)
        assert all(revision >= self.revision for revision in revisions)
        assert len(revisions) + len(delta["deleted"]) <= self.limit
        assert delta["deleted"] or revisions or not delta["has_more"]
        self.copy.update({contact["id"]: contact for contact in delta["changed"]})
        for contact_id in delta["deleted"]:
            self.copy.pop(contact_id, None)
        self.since, self.revision = delta["sync_token"], max([self.revision, *revisions])
        return delta
