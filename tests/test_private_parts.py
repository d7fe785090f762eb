"""Private parts of libraries: each is used in one place that names the version it was read in."""

import ast
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from flask_limiter import Limiter
from flask_smorest import Blueprint
from gunicorn.workers.gthread import ThreadWorker
from sqlalchemy.engine.default import DefaultExecutionContext
from webargs.flaskparser import FlaskParser
from werkzeug import Request

from project.config import ROOT

SOURCES = sorted([*(ROOT / "project").rglob("*.py"), *(ROOT / "deploy").rglob("*.py")])
NAMED = re.compile(r"private\s+parts?\s+of\s+([\w-]+)\s+(\d[\d.]*\d)", re.IGNORECASE)
PUBLIC = {"_asdict", "_deserialize", "_fields", "_mapping", "_replace"}  # documented in spite of their names
PARTS: list[tuple[object, set[str]]] = [
    (
        Limiter(lambda: "anybody"),
        {"_check_request_limit", "_Limiter__inject_headers", "_storage_dead", "_fallback_limiter", "_key_prefix"},
    ),
    (Blueprint("probe", __name__), {"_prepare_doc_cbks"}),
    (Blueprint("probe", __name__).doc(summary="A view.")(lambda: None), {"_apidoc"}),
    (FlaskParser(), {"__location_map__"}),
    (DefaultExecutionContext, {"is_crud", "isddl", "is_text"}),
    (Request, {"_get_file_stream", "_get_stream_for_parsing"}),
    (ThreadWorker, {"accept", "handle_error", "set_accept_enabled"}),
]


def named(path: Path) -> list[tuple[str, str]]:
    text = re.sub(r"\n\s*(#\s*)?", " ", path.read_text())
    return NAMED.findall(text)


def private_names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")}
    return {name for name in found - PUBLIC if not name.endswith("__")}


def test_private_parts_are_those_of_the_installed_versions() -> None:
    """After an upgrade: read what has changed in them, try the faults, and write the new version beside them."""
    found = {library: noted for path in SOURCES for library, noted in named(path)}
    assert {"Flask-Limiter", "flask-smorest", "gunicorn", "SQLAlchemy", "webargs", "Werkzeug"} <= set(found)
    assert found == {library: version(library) for library in found}


def test_each_library_has_its_private_parts_in_one_place() -> None:
    libraries = [library for path in SOURCES for library in {library for library, _ in named(path)}]
    assert sorted(libraries) == sorted(set(libraries))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_whoever_uses_a_private_part_says_so(path: Path) -> None:
    assert private_names(path) == set() or named(path)


@pytest.mark.parametrize(("owner", "names"), PARTS)
def test_the_private_parts_are_there(owner: object, names: set[str]) -> None:
    assert {name for name in names if not hasattr(owner, name)} == set()


MEASURE = """
import sys
if sys.argv[1] == "as if there were none":
    sys.modules["cryptography"] = None
    import jwt
    del sys.modules["cryptography"]
from project import create_app
create_app({"INSTANCE_FOLDER": sys.argv[2], "MAIL_WORKER": "none"})
heavy = {"cryptography.hazmat", "webauthn", "cbor2", "OpenSSL"} & set(sys.modules)
pages = int(open("/proc/self/statm").read().split()[1])
print(pages * 4096, *heavy)
"""


@pytest.mark.slow
def test_second_factors_take_no_memory_of_who_does_not_use_them(tmp_path: Path) -> None:
    """PyJWT would import cryptography, 11 MB, where it is installed; see `project.light_jwt`."""
    sizes = {}
    for how in ("as it is", "as if there were none"):
        command = [sys.executable, "-c", MEASURE, how, str(tmp_path)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
        size, *heavy = ended.stdout.split()
        assert heavy == []
        sizes[how] = int(size)
    assert sizes["as it is"] - sizes["as if there were none"] < 3_000_000
