"""Runs the Postman collection with newman against fresh servers, as a person does who presses Run once."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.faulty_tcp import HOST
from tests.servers import ROOT
from tests.tour import fresh_server

FOLDER = ROOT / "postman"
COLLECTION = FOLDER / "contacts.postman_collection.json"
ENVIRONMENT = FOLDER / "local.postman_environment.json"
NEWMAN = ROOT / "node_modules" / ".bin" / "newman"
TOKEN = re.compile(r"token=([A-Za-z0-9_-]{43})")
MAIL_SECONDS = 20


def run(base_url: str, mails: Path) -> int:
    """Run the whole collection once; newman's exit status."""
    with mailbox(mails) as mailbox_url:
        return newman(base_url=base_url, mailbox_url=mailbox_url)


def newman(**variables: str) -> int:
    command = [
        str(NEWMAN), "run", str(COLLECTION), "--bail", "--color", "off", "--working-dir", str(ROOT),
        "--environment", str(ENVIRONMENT),
        *(part for name, value in variables.items() for part in ("--env-var", f"{name}={value}")),
    ]  # fmt: skip
    return subprocess.run(command, check=False).returncode  # noqa: S603


@contextmanager
def mailbox(mails: Path) -> Iterator[str]:
    """The URL of what answers for these mails as Mailpit does: `/api/v1/search` and `/api/v1/message/ID`."""
    handler = type("Mailbox", (Mailbox,), {"mails": mails})
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()


class Mailbox(BaseHTTPRequestHandler):
    mails: Path

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/api/v1/search":
            wanted = parse_qs(parts.query)["query"][0].removeprefix('to:"').removesuffix('"')
            self.answer({"messages": [{"ID": mail.name} for mail in self.newest() if wanted in self.read(mail)["To"]]})
        else:
            self.answer(self.read(self.mails / Path(parts.path).name))

    def newest(self) -> list[Path]:
        return sorted(self.mails.glob("*.eml"), key=lambda mail: mail.stat().st_mtime, reverse=True)

    def read(self, mail: Path) -> dict[str, str]:
        message = cast(Any, message_from_bytes(mail.read_bytes(), policy=policy.default))
        return {"To": str(message["To"]), "Text": message.get_body(("plain",)).get_content()}

    def answer(self, body: object) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None: ...


def newest_token(mails: Path, known: str) -> str:
    """The token in the newest mail that has one, once it is another than the one known."""
    until = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < until:
        kept = sorted(mails.glob("*.eml"), key=lambda mail: mail.stat().st_mtime)
        found = [match[1] for mail in kept if (match := TOKEN.search(mail.read_text()))]
        if found and found[-1] != known:
            return found[-1]
        time.sleep(0.2)
    raise TimeoutError("No new mail with a token has come.")


def main() -> int:
    """Twice on one server, which has its limits, and once on one without."""
    with fresh_server() as (server, instance):
        status = run(server.url, instance / "mail") or run(server.url, instance / "mail")
    if status:
        return status
    os.environ["RATE_LIMITS"] = "off"
    with fresh_server() as (server, instance):
        return run(server.url, instance / "mail")


if __name__ == "__main__":
    sys.exit(main())
