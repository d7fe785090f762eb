"""One version of the service, and one of everything that it is built and run with, wherever they are written."""

import os
import re
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy import Engine, text

from project.config import ROOT, VERSION


def found(pattern: str, file: str) -> list[Any]:
    """What the group of the pattern is, or its groups are, at each place in the file; at one at least."""
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


class TestARelease:
    WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text())

    def notes(self, tag: str, folder: Path) -> str | None:
        """What the workflow takes out of the changelog; None if it refuses the tag."""
        [script] = [step["run"] for step in self.WORKFLOW["jobs"]["release"]["steps"] if "name" in step]
        for name in ("project", "CHANGELOG.md"):
            (folder / name).symlink_to(ROOT / name)
        environment = {**os.environ, "GITHUB_REF_NAME": tag}
        ended = subprocess.run(["bash", "-e", "-c", script], cwd=folder, env=environment, check=False)  # noqa: S603, S607
        return None if ended.returncode else (folder / "notes.md").read_text().strip()

    def test_its_notes_are_those_of_its_version(self, tmp_path: Path) -> None:
        changelog = (ROOT / "CHANGELOG.md").read_text()
        _, section = changelog.split(f"## [{VERSION}]", 1)
        assert self.notes(f"v{VERSION}", tmp_path) == section.partition("\n")[2].partition("\n## ")[0].strip()

    @pytest.mark.parametrize("tag", ["v0.9.0", "v1.0", "v1.0.00", "vUnreleased", "latest"])
    def test_another_tag_makes_none(self, tag: str, tmp_path: Path) -> None:
        assert self.notes(tag, tmp_path) is None


class TestWhatItRunsOn:
    """Images are pinned to a release series; the operating guide, tests and workflows have the same."""

    PYTHON = found(r"^FROM python:([\d.]+)-slim AS python$", "Dockerfile")
    SERVERS = dict(re.findall(r"image: (?:\w+/)?(\w+):v?([\d.]+)", (ROOT / "docker-compose.yml").read_text()))

    def test_every_image_is_pinned(self) -> None:
        assert set(self.SERVERS) == {"nginx", "postgres", "redis", "mailpit"}
        assert len(found(r"^FROM .*[:/]", "Dockerfile")) == len(self.PYTHON) == 1

    def test_the_guide_lists_them(self) -> None:
        rows = re.findall(r"^\| (\w+) \| ([\d.]+) \| ", (ROOT / "docs" / "operating.md").read_text(), re.MULTILINE)
        names = {"PostgreSQL": "postgres"}
        listed = {names.get(name, name.lower()): version for name, version in rows}
        assert listed == {"python": self.PYTHON[0], **self.SERVERS}

    @pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
    def test_postgresql_is_that_of_the_tests(self, migrated: Engine) -> None:
        with migrated.connect() as connection:
            running = connection.execute(text("SHOW server_version")).scalar_one()
        assert running.split(".")[0] == self.SERVERS["postgres"]
        assert found(r"PGDATA: /var/lib/postgresql/(.+)/docker$", "docker-compose.yml") == [self.SERVERS["postgres"]]
        assert found(r"PostgreSQL (\d+)", "docs/decisions/0002-tests-on-real-servers.md")[0] == self.SERVERS["postgres"]

    def test_valkey_has_the_commands_of_this_redis(self, redis_url: str) -> None:
        with Redis.from_url(redis_url) as redis:
            running = redis.info("server")
        assert running["redis_version"].startswith(f"{self.SERVERS['redis']}.")
        [told] = found(r"Valkey ([\d.]+\d),", "docs/operating.md")
        assert running["valkey_version"].startswith(f"{told}.")

    def test_workflows_run_on_the_images_python_and_tests_on_all(self) -> None:
        oldest = found(r"^python_requires = >=(\S+)$", "setup.cfg")
        [matrix] = found(r"python: \[(.*)\]", ".github/workflows/ci.yml")
        tested = re.findall(r'"(.+?)"', matrix)
        [first, last] = found(r"^\| Python \| \S+ \| (\S+) to (\S+) \|$", "docs/operating.md")[0]
        assert (tested[:1], tested[0], tested[-1]) == (oldest, first, last)
        assert tested == [f"3.{minor}" for minor in range(int(first[2:]), int(last[2:]) + 1)]
        for workflow in ("ci", "search"):
            on = set(found(r'python-version: "([\d.]+)"', f".github/workflows/{workflow}.yml"))
            assert on == set(self.PYTHON) <= set(tested)

    def test_checks_and_locks_are_made_for_the_oldest_python(self) -> None:
        [oldest] = found(r"^python_requires = >=(\S+)$", "setup.cfg")
        assert found(r"^python_version = (\S+)$", "setup.cfg") == [oldest]
        assert found(r'^target-version = "py(\d+)"$', "ruff.toml") == [oldest.replace(".", "")]
        assert found(r"--python-version (\S+)", "Makefile") == [oldest]
        assert {*found(r"Python (\S+) or newer", "README.md"), *found(r"Python (\S+) or newer", "CONTRIBUTING.md")} == {
            oldest
        }
        assert found(r"version_info < \((\d+), (\d+)\)", "Makefile") == [tuple(oldest.split("."))]
