"""Clients that go on and on while something else happens."""

from __future__ import annotations

import http.client
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from phone import API, PASSWORD, Answer, Phone, sign_in
from stack import Stack, check

STEADY = ("list", "replace", "delete")  # what the proxy sends again when a replica dies with it in its hands
ALL = (*STEADY, "create", "import", "login")
PEOPLE = [{"first_name": f"Ada {number}"} for number in range(300)]
EXPECTED = {"list": 200, "replace": 201, "delete": 404, "create": 201, "import": 201, "login": 200}
FAILURE_PAUSE = 0.1


class Load:
    """One phone for each kind of request, all of one user."""

    def __init__(self, stack: Stack, username: str, kinds: tuple[str, ...]) -> None:
        self.stack, self.username = stack, username
        self.phones = {kind: sign_in(stack, username) for kind in kinds}
        self.count = 0
        self.failures: list[tuple[str, int, bytes]] = []
        self.kept: list[str] = []
        self.over = Event()

    @contextmanager
    def running(self, *, seconds_after: float) -> Iterator[None]:
        threads = [Thread(target=self.go_on, args=item) for item in self.phones.items()]
        for thread in threads:
            thread.start()
        try:
            time.sleep(1)
            yield
            time.sleep(seconds_after)
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def go_on(self, kind: str, phone: Phone) -> None:
        while not self.over.is_set():
            contact = str(uuid.uuid4())
            try:
                answer = self.ask(kind, phone, contact)
            except (OSError, http.client.HTTPException) as error:
                phone.connection.close()
                self.note_failure(kind, 0, repr(error).encode())
                continue
            self.count += 1
            if answer.status != EXPECTED[kind]:
                self.note_failure(kind, answer.status, answer.body[:200])
            elif kind in ("create", "replace"):
                self.kept.append(contact)

    def ask(self, kind: str, phone: Phone, contact: str) -> Answer:
        path = f"{API}/contacts"
        if kind == "list":
            return phone.call("GET", f"{path}?limit=20")
        if kind == "replace":
            return phone.call("PUT", f"{path}/{contact}", PEOPLE[0])
        if kind == "delete":  # what is not there
            return phone.call("DELETE", f"{path}/{contact}")
        if kind == "create":
            return phone.call("POST", path, {"id": contact, **PEOPLE[0]})
        if kind == "import":  # it takes a while, and creates something only once
            return phone.call("POST", f"{path}/import", PEOPLE)
        return self.sign_in_and_out(phone)

    def sign_in_and_out(self, phone: Phone) -> Answer:
        """Further sessions would end those of the other phones, of which a user has 50 at most."""
        answer = phone.call("POST", f"{API}/auth/login", {"username": self.username, "password": PASSWORD})
        if answer.status != 200:
            return answer
        left = phone.call("POST", f"{API}/auth/logout", {"refresh_token": answer.json["refresh_token"]})
        return answer if left.status == 204 else left

    def note_failure(self, kind: str, status: int, what: bytes) -> None:
        self.failures.append((kind, status, what))
        time.sleep(FAILURE_PAUSE)

    def check_nothing_failed(self) -> None:
        check(not self.failures, len(self.failures), "of", self.count, "failed:", self.failures[:3])

    def check_nothing_lost(self) -> None:
        """What was acknowledged is there."""
        phone = sign_in(self.stack, self.username)
        lost = [contact for contact in self.kept if phone.call("GET", f"{API}/contacts/{contact}").status != 200]
        check(self.kept and not lost, len(lost), "of", len(self.kept), "acknowledged writes are lost")
