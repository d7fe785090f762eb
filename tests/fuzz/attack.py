"""Attackers: each with an account, a connection and a memory, sending requests that are right, or not quite."""

import re
from collections import Counter, deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any

from tests.concurrency import Answer, call
from tests.fuzz.amounts import SEED, Progress
from tests.fuzz.connections import Line
from tests.fuzz.examples import EXAMPLES, Call
from tests.fuzz.judging import SECONDS, Finding, complaints, is_busy
from tests.fuzz.mutations import change_bytes, mutate, places

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KNOWN = re.compile(rb'"(id|next_cursor|sync_token|revision|session_id|refresh_token)":"?([^",}]+)')
KEPT = {"revision": 5, "session_id": 1, "refresh_token": 1}  # of each, and 40 of all else
CREDENTIALS = ("username", "email", "password", "current_password")
RAW = 0.06  # of the requests, these are broken as HTTP too
ATTACKERS = 6
BUSY_PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)  # seconds, before a slow request is sent again
MOST_FINDINGS = 20


@dataclass
class Person:
    """Somebody with an account, and the token of a session."""

    username: str
    password: str
    token: str = ""

    def sign_in(self, url: str) -> Answer:
        credentials = {"username": self.username, "password": self.password}
        answer = call(url, "POST", "/api/v1/auth/login", body=credentials)
        self.token = answer.json["access_token"] if answer.status == 200 else ""
        return answer

    def credential(self, name: str) -> str:
        return {"username": self.username, "email": f"{self.username}@example.org"}.get(name, self.password)


@dataclass
class Campaign:
    """What all attackers of one server share. `recruit` makes an account."""

    url: str
    recruit: Callable[[], Person]
    progress: Progress
    findings: list[Finding] = field(default_factory=list)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def run(self) -> None:
        """All requests of the progress, by several attackers at once, or until there are too many findings."""
        attackers = [Thread(target=Attacker(self, number).attack) for number in range(ATTACKERS)]
        for attacker in attackers:
            attacker.start()
        for attacker in attackers:
            attacker.join()

    def take(self) -> bool:
        """Whether there is another request to be made."""
        with self.lock:
            is_over = self.progress.done >= self.progress.total or len(self.findings) >= MOST_FINDINGS
            if not is_over:
                self.progress.count()
            return not is_over

    def report(self, finding: Finding) -> None:
        with self.lock:
            self.findings.append(finding)

    def succeeded(self) -> set[str]:
        """The examples that some request did not break."""
        return {name for name, status in self.answers if 200 <= status < 400}


class Attacker:
    """Its requests follow from the seed, its number, and what the server answers."""

    def __init__(self, campaign: Campaign, number: int) -> None:
        self.campaign = campaign
        self.rng = Random(f"{SEED} {campaign.progress.name} {number}")  # noqa: S311  # to be repeated
        self.line = Line(campaign.url)
        self.person = Person("", "")
        names = ("id", "next_cursor", "sync_token", *KEPT)
        self.memory: dict[str, deque[str]] = {name: deque(maxlen=KEPT.get(name, 40)) for name in names}

    def attack(self) -> None:
        while self.campaign.take():
            if not self.person.token:
                self.person = self.campaign.recruit()
                self.learn(self.person.sign_in(self.campaign.url))
            call = self.invent()
            sent = call.written()
            try:
                if self.rng.random() < RAW:
                    self.ask_raw(change_bytes(self.rng, sent))
                else:
                    self.ask(call, sent)
            except Exception as error:  # whatever it is, it goes with its request
                self.campaign.report(Finding("no answer", sent, error))
                self.line.close()
        self.line.close()

    def ask(self, call: Call, sent: bytes) -> None:
        answer, seconds = self.timed(call, sent)
        if seconds > SECONDS:  # the machine may have been busy
            answer, seconds = self.timed(call, sent)
        found = complaints(call.method, call.path, answer)
        if seconds > SECONDS:
            found.append(f"{seconds:.1f} seconds, twice")
        for complaint in found:
            self.campaign.report(Finding(complaint, sent, answer))
        with self.campaign.lock:
            self.campaign.answers[call.name, answer.status] += 1
        self.learn(answer)

    def timed(self, call: Call, sent: bytes) -> tuple[Answer, float]:
        """Ask again where the server is busy with slow requests, as it says; it may stay so."""
        for pause in BUSY_PAUSES:
            started = monotonic()
            answer, took = self.line.ask(call.method, sent), monotonic() - started
            if not is_busy(answer):
                break
            sleep(pause)
        return answer, took

    def ask_raw(self, sent: bytes) -> None:
        statuses = self.line.ask_raw(sent)
        if any(status >= 500 and status != 503 for status in statuses):  # 503: it may be busy
            self.campaign.report(Finding("a fault of the server", sent, statuses))

    def learn(self, answer: Answer) -> None:
        """Remember what later requests may name; without its session, the next needs another account."""
        if answer.status < 300:
            for name, found in KNOWN.findall(answer.body[:100_000])[-40:]:
                self.memory[name.decode()].append(found.decode())
        elif answer.status == 401 and b"session-revoked" in answer.body:
            self.person.token = ""

    def invent(self) -> Call:
        """A request by this person, about things that are there, most of the time; then changed."""
        call = deepcopy(self.rng.choice(EXAMPLES))
        brings_token = isinstance(call.body, dict) and "refresh_token" in call.body
        if self.rng.random() < (0.5 if brings_token else 0.97):
            call.headers.append(("Authorization", f"Bearer {self.person.token}"))
        if self.rng.random() < 0.1:
            call.headers.append(("If-Match", f'"{self.recall("revision")}"'))
        self.personalise(call.body)
        mutate(self.rng, call)
        call.path = call.path.replace("{session_id}", self.recall(self.rng.choice(("session_id", "id"))))
        call.path = re.sub(r"\{\w+_id\}", lambda _: self.recall("id"), call.path)
        call.query = [(name, self.filled(value)) for name, value in call.query]
        return call

    def recall(self, name: str) -> str:
        known = self.memory[name]
        return self.rng.choice(known) if known else "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c"

    def filled(self, value: str) -> str:
        return {"{cursor}": self.recall("next_cursor"), "{sync_token}": self.recall("sync_token")}.get(value, value)

    def personalise(self, body: Any) -> None:
        """Half of the names, passwords and refresh tokens are one's own, and half of the ids are known."""
        for holder, key in places(body):
            if self.rng.random() < 0.5:
                continue
            if key in CREDENTIALS and isinstance(holder, dict) and "operations" not in body and "details" not in body:
                holder[key] = self.person.credential(key)
            elif key == "refresh_token":
                holder[key] = self.recall(key)
            elif isinstance(holder[key], str) and UUID.fullmatch(holder[key]):
                holder[key] = self.recall("id")
