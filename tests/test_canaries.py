"""Secrets that sing where they are seen: a whole life on a live server leaves none in its logs or its database."""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine, select

from project.database.base import Base
from tests.auth.authenticator import Authenticator
from tests.auth.factors import App
from tests.concurrency import Answer, call
from tests.faulty_tcp import HOST, free_port
from tests.servers import ROOT, Server, is_alive
from tests.smtp import SmtpSink

PASSWORDS = ["canary-of-the-first-password", "canary-of-the-second-password", "canary-of-the-third-password"]
WRONG = ["canary-of-a-wrong-password", "canary-of-a-weak-one", "canary.in.the.wrong.field", "canary-of-a-forged-token"]
ADDRESSES = ["canary.first@example.org", "canary.second@example.org", "canary.nobody@example.org"]
CONTACT = "Canary-of-a-Contact"
TOKEN = re.compile(r"token=([A-Za-z0-9_-]{43})")


@pytest.fixture
def server(settings: dict[str, object], sink: SmtpSink, tmp_path: Path) -> Iterator[Server]:
    """Gunicorn itself says all that it could, too."""
    mail = {"MAIL_WORKER": "thread", "MAIL_SERVER": sink.host, "MAIL_PORT": sink.port}
    own = {"RATE_LIMITS": "on", "METRICS": "on", "MAIL_PAUSE_SECONDS": 0, **settings, **mail}
    address = f"{HOST}:{free_port()}"
    options = f"--config deploy/gunicorn.conf.py --log-level debug --workers 1 --threads 4 --bind {address}"
    command = [sys.executable, "-m", "gunicorn", *options.split(), "tests.verbose_logging:app"]
    environment = {"PATH": "/usr/bin", **{name: str(value) for name, value in own.items()}}
    server = Server(f"http://{address}", command, tmp_path / "log", cwd=ROOT, env=environment)
    try:
        server.wait_until(is_alive)
        yield server
    finally:
        server.stop()


@dataclass
class Life:
    """Somebody who does everything, and a good deal of it wrong. `secrets` are what nobody else may see."""

    server: Server
    sink: SmtpSink
    token: str = ""
    secrets: list[str] = field(default_factory=list)
    public_url: str = "http://127.0.0.1:8000"
    recovery_code: str = ""

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = call(self.server.url, method, f"/api/v1{path}", body=body, token=self.token, headers=named)
        assert answer.status < 500, answer
        return answer

    def link(self, count: int) -> str:
        """The token in the mail that comes now."""
        text = str(self.sink.wait_for(count, seconds=30)[-1].get_body(["plain"]))
        self.secrets += TOKEN.findall(text)
        return self.secrets[-1]

    def keep(self, answer: Answer) -> str:
        """The access token of a pair; of each token the part that nobody could make up."""
        assert answer.status == 200, answer
        self.secrets += [answer.json[name].rpartition(".")[2] for name in ("access_token", "refresh_token")]
        self.token = str(answer.json["access_token"])
        return str(answer.json["refresh_token"])

    def register(self) -> None:
        self.ask("POST", "/auth/register", {"username": "ada", "email": ADDRESSES[0], "password": PASSWORDS[0]})
        link = self.link(1)
        self.ask("POST", "/auth/login", {"username": "ada", "password": PASSWORDS[0]})
        for token in (f"{link}x", f"{link}\0", [link], link):
            self.ask("POST", "/auth/verify-email", {"token": token})
        for path in (f"/verify-email?token={link}", f"/reset-password?token={link}"):
            call(self.server.url, "GET", path)

    def sign_in(self, password: str) -> None:
        for name, wrong in (("ada", WRONG[0]), (WRONG[2], "ada"), (ADDRESSES[2], WRONG[0])):
            self.ask("POST", "/auth/login", {"username": name, "password": wrong, "unknown": WRONG[0]})
            self.ask("POST", "/auth/login", {"username": name, "password": wrong})
        refresh = self.keep(self.ask("POST", "/auth/login", {"username": "ada", "password": password}))
        self.token = ""
        self.keep(self.ask("POST", "/auth/refresh", {"refresh_token": refresh}))
        access, self.token = self.token, f"a.b.{WRONG[3]}"
        self.ask("GET", f"/users/me?access_token={WRONG[3]}")
        self.token = access

    def keep_contacts(self) -> None:
        contact = {"first_name": CONTACT, "email": ADDRESSES[0], "notes": CONTACT, "phone": "+44 20 7946 0958"}
        made = self.ask("POST", "/contacts", contact).json
        self.ask("PATCH", f"/contacts/{made['id']}", {"email": CONTACT, CONTACT: 1})
        self.ask("PUT", f"/contacts/{made['id']}", contact, If_Match='"7"')
        for query in (f"q={CONTACT}", f"cursor={CONTACT}", f"{CONTACT}=1", f"email={ADDRESSES[0]}"):
            self.ask("GET", f"/contacts?{query}")
        self.ask("POST", "/contacts/import", [contact, {"first_name": CONTACT, "email": CONTACT}, CONTACT])
        self.ask("POST", "/contacts/batch", {"operations": [{"op": "create", "contact": contact}, {"op": CONTACT}]})
        for path in ("changes", "duplicates", "labels", "birthdays", "export", f"changes?since={CONTACT}"):
            self.ask("GET", f"/contacts/{path}")
        self.ask("PUT", "/users/me/avatar", contact)

    def change(self) -> None:
        self.ask("PUT", "/auth/password", {"current_password": WRONG[0], "password": PASSWORDS[1]})
        self.ask("PUT", "/auth/password", {"current_password": PASSWORDS[0], "password": PASSWORDS[1]})
        self.ask("POST", "/auth/email", {"email": ADDRESSES[1], "password": WRONG[0]})
        self.ask("POST", "/auth/email", {"email": ADDRESSES[1], "password": PASSWORDS[1]})
        self.sink.wait_for(4, seconds=30)  # the first link, the notice of the password, a link and a notice
        link = next(
            found[1] for mail in self.sink.messages[2:] if (found := TOKEN.search(str(mail.get_body(["plain"]))))
        )
        self.secrets.append(link)
        self.ask("POST", "/auth/verify-email", {"token": link})
        self.sink.wait_for(5, seconds=30)

    def forget(self) -> None:
        for address in (ADDRESSES[2], ADDRESSES[1]):
            self.ask("POST", "/auth/password/forgot", {"email": address})
        link = self.link(6)
        call(self.server.url, "GET", f"/reset-password?token={link}")
        for password in ("password", WRONG[1] * 20, PASSWORDS[2], PASSWORDS[2]):
            self.ask("POST", "/auth/password/reset", {"token": link, "password": password})

    def use_factors(self, password: str) -> None:
        """An authenticator app and a passkey, used and misused."""
        app = self.ask("POST", "/auth/second-factors/totp", {"password": password, "name": CONTACT}).json
        codes = App(app["id"], app["secret"])
        confirmed = self.ask("POST", f"/auth/second-factors/totp/{app['id']}/confirm", {"code": codes.code()}).json
        recovery = confirmed["recovery_codes"]
        asked = self.ask("POST", "/auth/login", {"username": "ada", "password": password}).json
        for proof in (
            {"code": "x" + codes.later()},
            {"recovery_code": recovery[0] + "x"},
            {"recovery_code": recovery[1]},
        ):
            answer = self.ask("POST", "/auth/login/second-factor", {"login_token": asked["login_token"], **proof})
        self.keep(answer)
        device = Authenticator(origin=self.public_url)
        options = self.ask("POST", "/auth/passkeys/registration", {"password": password, "code": recovery[2]}).json
        made = device.create(options)
        self.ask("POST", "/auth/passkeys", {"name": CONTACT, "credential": {**made, "rawId": "AAAA"}})
        self.ask("POST", "/auth/passkeys", {"name": CONTACT, "credential": made})
        given = self.ask("POST", "/auth/passkeys/login/options").json
        answered = device.get(given["options"])
        self.ask("POST", "/auth/passkeys/login", {"login_token": given["login_token"], "credential": answered})
        self.secrets += [app["secret"], *recovery, *(code.replace("-", "") for code in recovery)]
        self.secrets += [
            asked["login_token"],
            given["login_token"],
            options["challenge"],
            given["options"]["challenge"],
        ]
        self.secrets.append(answered["response"]["signature"])
        self.recovery_code = recovery[3]

    def leave(self) -> None:
        self.ask("DELETE", "/users/me", {"password": WRONG[0]})
        proof = {"password": PASSWORDS[2], "code": self.recovery_code}
        assert self.ask("DELETE", "/users/me", proof).status == 204


def dump(engine: Engine) -> str:
    with engine.connect() as connection:
        return repr({table.name: connection.execute(select(table)).all() for table in Base.metadata.sorted_tables})


@pytest.mark.slow
def test_no_canary_is_in_any_log_or_in_the_database(
    server: Server, sink: SmtpSink, migrated: Engine, redis_url: str
) -> None:
    life = Life(server, sink)
    life.register()
    life.sign_in(PASSWORDS[0])
    life.keep_contacts()
    life.change()
    life.forget()
    life.sign_in(PASSWORDS[2])
    life.use_factors(PASSWORDS[2])
    secrets = [*PASSWORDS, *WRONG, *life.secrets]
    database = dump(migrated)
    assert ADDRESSES[1] in database
    assert CONTACT in database
    assert [secret for secret in secrets if secret in database] == []
    life.leave()
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        store = "\n".join(redis.keys())
    log = server.output
    assert "sign_in_refused" in log
    assert "[debug" in log
    private = [*secrets, *ADDRESSES, CONTACT]
    assert [secret for secret in private if secret in log or secret in store] == []
    assert [secret for secret in private if secret in dump(migrated)] == []
