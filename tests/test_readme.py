"""What the README shows is what happens."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import tour
from tests.servers import Server


@pytest.mark.slow
def test_the_tour_answers_as_the_readme_shows(
    live_server: Callable[..., Server], settings: dict[str, object], tmp_path: Path
) -> None:
    server = live_server(MAIL_WORKER="thread", BCRYPT_LOG_ROUNDS=4)
    shown = [answer for block in tour.blocks() for _, answer in tour.steps(block)]
    found = tour.answers(server.url, Path(str(settings["INSTANCE_FOLDER"])))
    assert list(map(tour.steadied, found)) == list(map(tour.steadied, shown))
