"""CardDAV requests that nobody thought of: methods, hrefs, XML, cards and conditions, put together at random.

Whatever comes, nothing is 5xx but 503 and 507, each report is well-formed, and a card that got an ETag is served as it
was put.
"""

import random
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from project.contacts.carddav.routes import METHODS
from tests.accounts import sign_up
from tests.contacts.carddav import davx5, iphone, thunderbird
from tests.contacts.carddav.calls import (
    C,
    D,
    Device,
    device,
    multiget,
    multistatus,
    propfind,
    query,
    sync_collection,
)
from tests.contacts.exchange.strategies import NAMES, PARAMETERS, VALUES
from tests.fuzz.amounts import REQUESTS, SEED, Progress
from tests.fuzz.mutations import change_bytes

pytestmark = pytest.mark.fuzz

CHECKED_EVERY = 100  # requests
MOST_CARDS, UIDS = 30, 40
ALLOWED_5XX = (503, 507)
SEGMENTS = ("a.vcf", "b", "%41", "ü.vcf", "%ff", "a%2Fb", "..", "", "?x", "x" * 300, "a\nb", iphone.UID + ".vcf", "\0")
CARDS = (iphone.CARD, iphone.group("Friends", iphone.UID, "x"), davx5.card("a"), thunderbird.NEW)
DEPTHS = ("0", "1", "infinity", "", "2")
FILTERS = (
    "<C:filter/>",
    '<C:filter test="allof"><C:prop-filter name="FN"><C:text-match>a</C:text-match></C:prop-filter></C:filter>',
    '<C:filter><C:prop-filter name="FN"><C:text-match match-type="x">a</C:text-match></C:prop-filter></C:filter>',
    '<C:filter><C:prop-filter name="TEL"><C:is-not-defined/></C:prop-filter></C:filter>',
    "<C:limit><C:nresults>3</C:nresults></C:limit>",
)


class Attacker:
    """Sends requests made of what clients send."""

    def __init__(self, phone: Device) -> None:
        self.phone, self.rng = phone, random.Random(SEED)  # noqa: S311  # repeatable on purpose
        self.tags: list[str] = ['"x"', "*", 'W/"1"', "junk"]
        self.bodies: list[Callable[[], str]] = [
            lambda: propfind(f"{D}getetag", "{urn:x}y", f"{C}address-data"),
            lambda: f"<D:propfind xmlns:D='DAV:'><D:{self.rng.choice(('allprop', 'propname'))}/></D:propfind>",
            lambda: sync_collection("", f"{D}getetag", limit=self.rng.choice((None, 1, 7))),
            lambda: multiget([self.href() for _ in range(3)]).replace("&", "&amp;").replace("\0", ""),
            lambda: query(self.rng.choice(FILTERS)),
        ]

    def href(self) -> str:
        if self.rng.random() < 0.6:
            return self.phone.href(f"{self.rng.randrange(UIDS)}.vcf")
        step = self.rng.choice(SEGMENTS)
        return self.phone.book + (step if self.rng.random() < 0.5 else quote(step, safe=""))

    def card(self) -> bytes:
        """A card that a client writes, with a few lines of others and a few other bytes."""
        lines = self.rng.choice(CARDS).split("\r\n")
        if self.rng.random() < 0.8:
            lines = [line for line in lines if not line.startswith("UID:")]
            lines.insert(2, f"UID:{self.rng.randrange(10 * UIDS)}")
        for _ in range(self.rng.randrange(4)):
            head = self.rng.choice(NAMES) + self.rng.choice(("", ";" + self.rng.choice(PARAMETERS)))
            lines.insert(self.rng.randrange(1, len(lines) - 1), f"{head}:{self.rng.choice(VALUES)}")
        data = "\r\n".join(lines).encode(errors="surrogatepass")
        return change_bytes(self.rng, data) if self.rng.random() < 0.4 else data

    def send(self) -> tuple[str, str, bytes, TestResponse]:
        method, path = self.rng.choice((*METHODS, "PUT", "PUT", "PUT", "REPORT", "DELETE")), self.href()
        if self.rng.random() < 0.2:
            path = self.rng.choice(("/carddav/", f"/carddav/{self.phone.user_id}/", self.phone.book))
        body = self.card() if method == "PUT" else self.rng.choice(self.bodies)().encode()
        if method != "PUT" and self.rng.random() < 0.3:
            body = change_bytes(self.rng, body)
        headers = {"Depth": self.rng.choice(DEPTHS), "Content-Type": "text/vcard"}
        if self.rng.random() < 0.2:
            headers[self.rng.choice(("If-Match", "If-None-Match"))] = self.rng.choice(self.tags)
        answer = self.phone.call(method, path, body, **{name.replace("-", "_"): text for name, text in headers.items()})
        if tag := answer.headers.get("ETag"):
            self.tags[self.rng.randrange(len(self.tags))] = tag
        return method, path, body, answer

    def judge(self, method: str, path: str, body: bytes, answer: TestResponse) -> None:
        told = f"seed {SEED}: {method} {path!r} {body[:2_000]!r}: {answer.status_code} {answer.data[:500]!r}"
        assert answer.status_code < 500 or answer.status_code in ALLOWED_5XX, told
        if answer.status_code == 207:
            multistatus(answer)
        if method == "PUT" and answer.status_code in (201, 204):
            got = self.phone.call("GET", path)
            assert got.status_code == 200, told
            assert "ETag" not in answer.headers or got.data == body, told

    def tidy(self) -> None:
        """The whole book in one report, equal to what GET says; then few cards are left."""
        cards = self.phone.sync("", f"{C}address-data").cards()
        for number, (href, text) in enumerate(cards.items()):
            assert self.phone.call("GET", href).data == text.encode(), href
            if number >= MOST_CARDS:
                self.phone.call("DELETE", href)


def test_nothing_breaks_and_bytes_are_kept(client: FlaskClient) -> None:
    attacker = Attacker(device(sign_up(client)))
    amount = REQUESTS // 5
    progress = Progress("CardDAV", amount)
    for number in range(amount):
        attacker.judge(*attacker.send())
        if number % CHECKED_EVERY == 0:
            attacker.tidy()
        progress.count()
