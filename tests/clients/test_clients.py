"""What tools generate from the document compiles, and does what an app needs, from registering to signing out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postman
from tests.clients.workshop import LANGUAGES, PROGRAMS, PYTHON, Command, Language, Workshop, run
from tests.tour import fresh_server

each_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("clients"))


class Backend:
    """A server, and the mails that it has sent."""

    def __init__(self, url: str, mails: Path) -> None:
        self.url, self.mails, self.tokens = url, mails, [""]

    def walk(self, program: Command) -> None:
        """Let the program register, and do the rest with the token that was mailed."""
        name = f"ada{len(self.tokens)}"
        run(*program, self.url, name)
        self.tokens.append(postman.newest_token(self.mails, self.tokens[-1]))
        run(*program, self.url, name, self.tokens[-1])


@pytest.fixture(scope="module")
def backend() -> Iterator[Backend]:
    with fresh_server() as (server, instance):
        yield Backend(server.url, instance / "mail")


@pytest.mark.contract
@each_language
def test_generated(language: Language, workshop: Workshop) -> None:
    assert any(workshop.generated(language).rglob("*.*"))


@pytest.mark.contract
@each_language
def test_compiled(language: Language, workshop: Workshop) -> None:
    workshop.compiled(language)


@pytest.mark.contract
@each_language
def test_run(language: Language, workshop: Workshop, backend: Backend) -> None:
    backend.walk(workshop.command(language))


@pytest.mark.contract
@pytest.mark.parametrize(("name", "recorded"), [("Swift: swift6", "swift6"), ("Dart: dart-dio", "dart-dio")])
def test_sources_build_what_is_recorded(name: str, recorded: str, workshop: Workshop) -> None:
    [language] = [each for each in LANGUAGES if each.name == name]
    folder = workshop.generated(language)
    sources = json.loads((PROGRAMS / "recorded" / f"{recorded}.json").read_text())["sources"]
    for source, line in sources.items():
        assert line in (folder / source).read_text()


@pytest.mark.slow
def test_a_program_on_the_generated_python_client_works(tmp_path: Path, backend: Backend) -> None:
    PYTHON.generate(tmp_path)
    assert PYTHON.command is not None
    backend.walk(PYTHON.command(tmp_path))
