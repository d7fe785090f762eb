"""One version of the service, and one of everything that it is built and run with, wherever they are written."""

import re
from configparser import ConfigParser

from flask.testing import FlaskClient

from project.config import ROOT, VERSION


def found(pattern: str, file: str) -> list[str]:
    """What the pattern's group is, at each place in the file; at one at least."""
    values = re.findall(pattern, (ROOT / file).read_text(), re.MULTILINE)
    assert values, f"{pattern} is not in {file}"
    return values


class TestTheService:
    def test_it_says_its_version(self, client: FlaskClient) -> None:
        alive, document = client.get("/healthz").json, client.get("/api/v1/openapi.json").json
        assert alive is not None
        assert document is not None
        assert alive["version"] == document["info"]["version"] == VERSION

    def test_its_image_and_its_metadata_say_the_same(self) -> None:
        setup = ConfigParser()
        setup.read(ROOT / "setup.cfg")
        assert setup["metadata"]["version"] == "attr: project.config.VERSION"
        assert found(r"image\.version=(\S+)", "Dockerfile") == [VERSION]

    def test_the_newest_release_in_the_changelog_is_dated_and_below_what_is_unreleased(self) -> None:
        unreleased, newest, *_ = found(r"^## (.+)$", "CHANGELOG.md")
        assert unreleased == "[Unreleased]"
        assert re.fullmatch(rf"\[{re.escape(VERSION)}\] - \d{{4}}-\d\d-\d\d", newest)
