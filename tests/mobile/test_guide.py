"""The guide names nothing that does not exist, and quotes its examples as they are run here."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from project import errors
from tests.accounts import API, PASSWORD, body, sign_up
from tests.auth.factors import App
from tests.servers import ROOT

GUIDE = (ROOT / "docs" / "mobile.md").read_text()
RUN = re.compile(r"<!-- run: second factor -->\n```python\n(.*?)```", re.DOTALL)
QUOTED = re.compile(r"<!-- file: (\S+) -->\n```python\n(.*?)```", re.DOTALL)


def test_the_guide_quotes_its_examples_as_they_are() -> None:
    quoted = dict(QUOTED.findall(GUIDE))
    assert quoted.keys() == {"examples/session.py", "examples/sync.py"}
    for name, code in quoted.items():
        assert code == (ROOT / "docs" / name).read_text()


def test_every_problem_that_the_guide_names_exists_and_every_refusal_of_a_token_is_in_it() -> None:
    slugs = {kind.slug for kind in errors.kinds()}
    statuses = "|".join(sorted({str(kind.status) for kind in errors.kinds()}))
    named = set(re.findall(rf"\b(?:{statuses}) `([a-z]+(?:-[a-z]+)*)`", GUIDE))
    assert named - slugs == set()
    assert {kind.slug for kind in errors.kinds() if kind.status == 401} <= named


def test_every_route_that_the_guide_names_exists() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    methods = {
        (method.upper(), path.removeprefix("/api/v1")) for path, item in document["paths"].items() for method in item
    }
    named = set(re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/(?:auth|users|contacts)[^`?\s]*)", GUIDE))
    assert named
    assert {(method, path.replace("{id}", "{contact_id}")) for method, path in named} - methods == set()


def test_the_second_factor_of_the_guide_is_set_up_and_signs_in(client: FlaskClient) -> None:
    (code,) = RUN.findall(GUIDE)
    flow: dict[str, Any] = {"Ask": Callable[[str, str, Any], Any], "Callable": Callable, "Any": Any}
    exec(code, flow)  # noqa: S102  # what the guide shows
    ada = sign_up(client)
    shown: list[str] = []

    def ask(method: str, path: str, sent: object) -> Any:
        return body(client.open(f"{API}{path}", method=method, json=sent, headers=ada.headers))

    def app() -> App:
        return App("", parse_qs(urlsplit(shown[0]).query)["secret"][0])

    assert "access_token" in flow["sign_in"](ask, "ada", PASSWORD, lambda: "")
    codes = flow["set_up"](ask, PASSWORD, shown.append, lambda: app().code())
    assert len(codes) == 10
    assert "access_token" in flow["sign_in"](ask, "ada", PASSWORD, lambda: app().later())
