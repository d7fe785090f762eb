"""The image holds all that runs in it, and no more: what `.dockerignore` lets in starts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from project.config import NAMES, ROOT

PATTERNS = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
FILES = ("deploy", "docs", "migrations", "project", "tests", "LICENSE", "README.md", "requirements.lock", "wsgi.py")


def is_in_image(path: PurePath) -> bool:
    """The last pattern that fits the path, or a folder above it, decides."""
    chosen = [pattern for pattern in PATTERNS if any(fits(each, pattern.lstrip("!")) for each in [path, *path.parents])]
    return not chosen or chosen[-1].startswith("!")


def fits(path: PurePath, pattern: str) -> bool:
    """`*` stays within a name, `**` may be any number of folders."""
    if pattern.startswith("**/"):
        return fnmatchcase(path.name, pattern.removeprefix("**/"))
    parts = PurePath(pattern).parts
    return len(parts) == len(path.parts) and all(map(fnmatchcase, path.parts, parts))


def files() -> Iterator[PurePath]:
    for name in FILES:
        found = [ROOT / name] if (ROOT / name).is_file() else (ROOT / name).rglob("*")
        yield from (path.relative_to(ROOT) for path in found if path.is_file())


def test_what_is_in_the_image_starts(tmp_path: Path) -> None:
    image = tmp_path / "app"
    for path in filter(is_in_image, files()):
        (image / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, image / path)
    unset = {**dict.fromkeys(NAMES, ""), "PYTHONPATH": "", "INSTANCE_FOLDER": str(tmp_path)}
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--check-config", "wsgi:app"]
    checked = subprocess.run(  # noqa: S603  # the command is our own
        command, cwd=image, env={**os.environ, **unset}, capture_output=True, text=True, timeout=180, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")


def test_nothing_else_is_in_the_image() -> None:
    inside = set(filter(is_in_image, files()))
    assert {PurePath("wsgi.py"), PurePath("requirements.lock"), PurePath("migrations/env.py")} <= inside
    assert {path.parts[0] for path in inside}.isdisjoint({"docs", "tests", "README.md"})
    assert {path.name for path in inside if path.parts[0] == "deploy" and path.suffix != ".py"} == set()
    assert [path for path in inside if "__pycache__" in path.parts] == []
