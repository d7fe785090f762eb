"""Runs the Postman collection with newman against a fresh server, as a person does who reads the mails in between."""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.servers import ROOT
from tests.tour import fresh_server

FOLDER = ROOT / "postman"
COLLECTION = FOLDER / "contacts.postman_collection.json"
ENVIRONMENT = FOLDER / "local.postman_environment.json"
NEWMAN = ROOT / "node_modules" / ".bin" / "newman"
TOKEN = re.compile(r"token=([A-Za-z0-9_-]{43})")
MAILED = "{{mailed_token}}"
MAIL_SECONDS = 20


def run(base_url: str, mails: Path) -> int:
    """Run the folders in order, with what each leaves for the next; newman's exit status, of the first that fails."""
    token, parts = "", json.loads(COLLECTION.read_text())["item"]
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder, "environment.json")
        environment.write_bytes(ENVIRONMENT.read_bytes())
        for part in parts:
            if MAILED in json.dumps(part):
                token = newest_token(mails, token)
            if status := newman(part["name"], environment, base_url=base_url, token=token):
                return status
    return 0


def newman(part: str, environment: Path, *, base_url: str, token: str) -> int:
    command = [
        str(NEWMAN), "run", str(COLLECTION), "--folder", part, "--bail", "--color", "off", "--working-dir", str(ROOT),
        "--environment", str(environment), "--export-environment", str(environment),
        "--env-var", f"base_url={base_url}", "--env-var", f"mailed_token={token}",
    ]  # fmt: skip
    return subprocess.run(command, check=False).returncode  # noqa: S603


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
    with fresh_server() as (server, instance):
        return run(server.url, instance / "mail")


if __name__ == "__main__":
    sys.exit(main())
