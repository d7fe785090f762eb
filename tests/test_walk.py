"""The walk forgets no route and no command, and nothing on it fails."""

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from tests import walk

ASKED_ELSEWHERE = {("mail-worker",), ("scale-out",)}  # one never ends, the other needs Citus


def test_it_asks_every_route(make_app: Callable[..., Flask]) -> None:
    app = make_app(**walk.SETTINGS)
    with walk.asking(app) as asked:
        walk.everything(app)
    assert walk.routes(app) - asked == set()


def test_it_runs_every_command(make_app: Callable[..., Flask], tmp_path: Path) -> None:
    app = make_app(**walk.SETTINGS)
    results = dict(walk.run_all(app, tmp_path))
    assert walk.commands(app) - set(results) == ASKED_ELSEWHERE
    assert {name: result.output for name, result in results.items() if result.exit_code} == {}
