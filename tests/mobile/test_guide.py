"""The guide names nothing that does not exist, and quotes its examples as they are run here."""

import json
import re

from project import errors
from tests.servers import ROOT

GUIDE = (ROOT / "docs" / "mobile.md").read_text()
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
