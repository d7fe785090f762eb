"""The README's tour, run as a reader types it; `python -m tests.tour` writes what it answered into the README."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers import ROOT, Server, gunicorn

README = ROOT / "README.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
TOUR = "## A tour with curl"
AFTER = "\n## "
MARK = "\x1e"
ADDRESS = "http://127.0.0.1:8000"
VOLATILE = [
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z"), "<time>"),
    (re.compile(r'"sync_token":"[^"]+"'), '"sync_token":"<token>"'),
    (re.compile(r'"request_id":"[^"]+"'), '"request_id":"<id>"'),
    (re.compile(r"/[0-9a-f]{32,}\.webp"), "/<name>.webp"),
    (re.compile(r"(?i)(x-ratelimit-reset|retry-after): \d+"), r"\1: <number>"),
    (re.compile(r'"device":"[^"]+"'), '"device":"<device>"'),
]


def blocks() -> list[str]:
    """The console blocks of the tour, commands and answers."""
    tour = README.read_text().split(TOUR, 1)[1].split(AFTER, 1)[0]
    return BLOCK.findall(tour)


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Each command with the answer that the README shows."""
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, answer = step.partition("\n")
        yield command, answer


def answers(address: str, instance: Path) -> list[str]:
    """What the commands of the tour answer, typed into one shell."""
    commands = [command for block in blocks() for command, _ in steps(block)]
    script = "\n".join(f"{command}\nprintf '{MARK}'" for command in commands).replace(ADDRESS, address)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("docs", "tests"):
            (Path(folder) / name).symlink_to(ROOT / name)
        (Path(folder) / "instance").symlink_to(instance)
        path = (
            f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # to a python3 that is no script that looks for one
        )
        typed = subprocess.run(  # noqa: S603
            ["bash", "-c", script],  # noqa: S607
            cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert typed.stderr == ""
    return [answer.replace(address, ADDRESS) for answer in typed.stdout.split(MARK)[:-1]]


def steadied(answer: str) -> str:
    """An answer without what differs from one run to the next."""
    for volatile, stand_in in VOLATILE:
        answer = volatile.sub(stand_in, answer)
    return answer.strip()


def write(found: list[str]) -> None:
    """Put answers behind their commands."""
    text, remaining = README.read_text(), iter(found)
    for block in blocks():
        told = [f"$ {command}\n{closed(next(remaining))}" for command, _ in steps(block)]
        text = text.replace(f"```console\n{block}```", f"```console\n{''.join(told)}```", 1)
    README.write_text(text)


def closed(answer: str) -> str:
    return answer if not answer or answer.endswith("\n") else f"{answer}\n"


@contextmanager
def fresh_server() -> Iterator[tuple[Server, Path]]:
    """The application on an empty SQLite database, as `make run` starts it, and its instance folder."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"INSTANCE_FOLDER": folder, "MAIL_WORKER": "thread"}
        migrate = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        subprocess.run(migrate, cwd=ROOT, env={**os.environ, **settings}, check=True)  # noqa: S603
        with gunicorn(settings, workers=1) as server:
            yield server, Path(folder)


def main() -> None:
    with fresh_server() as (server, instance):
        write(answers(server.url, instance))


if __name__ == "__main__":
    main()
