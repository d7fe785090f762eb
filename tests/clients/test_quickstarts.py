"""The quickstarts use names that exist, and the flags under which clients are generated here."""

import json
import re

import pytest

from tests.clients.workshop import DOCUMENT, FLAGS
from tests.servers import ROOT

FOLDER = ROOT / "docs" / "quickstart"
PAGES = ["android", "ios", "flutter", "react-native"]
CODE = re.compile(r"```(?:kotlin|swift|dart|typescript)\n(.*?)```", re.DOTALL)
MODEL = re.compile(r"\b(TokenPair|RefreshToken\w+|Contact(?:Delta)?|MailedToken)\b")
CALL = re.compile(r"\b(?:auth|book|AuthAPI|BookAPI)\.(\w+)\(")


def code(page: str) -> str:
    return "\n".join(CODE.findall((FOLDER / f"{page}.md").read_text()))


@pytest.mark.parametrize("page", PAGES)
def test_models_and_operations_are_in_the_document(page: str) -> None:
    document = json.loads(DOCUMENT.read_text())
    operations = {
        operation["operationId"] for item in document["paths"].values() for operation in item.values()
        if "operationId" in operation
    }  # fmt: skip
    assert set(MODEL.findall(code(page))) <= document["components"]["schemas"].keys()
    assert set(CALL.findall(code(page))) <= operations
    assert set(re.findall(r"/api/v1/[a-z/-]*[a-z]", code(page))) <= document["paths"].keys()


@pytest.mark.parametrize("page", ["android", "ios", "flutter"])
def test_unknown_values_of_enumerations_break_nothing(page: str) -> None:
    [flags] = re.findall(r"--additional-properties (\S+)", (FOLDER / f"{page}.md").read_text())
    assert set(FLAGS.split(",")) - {"hideGenerationTimestamp=true"} <= set(flags.split(","))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link, _, heading in re.findall(r"\]\(([^)#:]+)(#([\w-]+))?\)", (FOLDER / f"{page}.md").read_text()):
        target = (FOLDER / link).resolve()
        assert target.exists()
        if heading:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            assert heading in {re.sub(r"[^\w-]", "", each.lower().replace(" ", "-")) for each in headings}


def test_every_page_is_linked() -> None:
    for document in ("README.md", "docs/mobile.md"):
        assert {page for page in PAGES if f"quickstart/{page}.md" in (ROOT / document).read_text()} == set(PAGES)
