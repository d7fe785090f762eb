"""The peer and the application answer the same, and a server that does not is found out."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from benchmarks import answers, people, stage
from benchmarks.operations import OPERATIONS
from benchmarks.people import USUAL, Person
from benchmarks.stage import Stage, serving


class Compared(NamedTuple):
    urls: dict[str, str]
    people: list[Person]


@pytest.fixture(scope="module")
def here() -> Iterator[Stage]:
    with stage.set_up() as here:
        yield here


@pytest.fixture(scope="module")
def compared(here: Stage) -> Iterator[Compared]:
    found = people.settle(people.application(here), here.engine, large=[], usual=4)
    with serving(here, "application"), serving(here, "peer"), serving(here, "floor"):
        yield Compared({name: server.url for name, server in here.servers.items()}, found[USUAL])


@pytest.mark.slow
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_peer_answers_what_the_application_answers(name: str, compared: Compared) -> None:
    urls = {target: compared.urls[target] for target in ("application", "peer")}
    operation = OPERATIONS[name]
    answers.check(urls, operation, operation.by(compared.people))


@pytest.mark.slow
def test_a_server_that_answers_something_else_is_not_compared(compared: Compared) -> None:
    urls = {target: compared.urls[target] for target in ("application", "floor")}
    with pytest.raises(answers.Unequal):
        answers.check(urls, OPERATIONS["list"], compared.people)
