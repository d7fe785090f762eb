"""One turn at a time for all processes of a machine, which none of them can take to its grave."""

import fcntl
import multiprocessing
import time
from contextlib import closing
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from deploy.turns import FileTurn, is_taken
from tests.concurrency import at_once

LIMIT = 60.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "turn"


def hold(path: Path, has_turn: Event) -> None:
    """What another process does, until it is killed."""
    turn = FileTurn(path)
    assert turn.acquire(LIMIT)
    has_turn.set()
    multiprocessing.Event().wait()


def test_threads_and_processes_wait_for_each_other(path: Path) -> None:
    with closing(FileTurn(path)) as first, closing(FileTurn(path)) as second:  # as two processes have it
        assert first.acquire(0)
        assert not first.acquire(0.02)
        assert not second.acquire(0.05)
        first.release()
        assert second.acquire(LIMIT)
        assert not first.acquire(0.05)
        second.release()
        assert first.acquire(LIMIT)
        first.release()


def test_a_process_that_is_killed_gives_its_turn_back(path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    has_turn = spawn.Event()
    other = spawn.Process(target=hold, args=(path, has_turn))
    other.start()
    assert has_turn.wait(LIMIT)
    with closing(FileTurn(path)) as turn:
        assert not turn.acquire(0.05)
        other.kill()
        other.join(LIMIT)
        assert turn.acquire(LIMIT)
        turn.release()


def test_who_waits_comes_before_who_comes_again(path: Path) -> None:
    served: list[str] = []

    def come_again(turn: FileTurn) -> None:
        with path.with_suffix(".next").open("ab") as probe:
            while is_taken(probe):  # until the other one waits
                fcntl.flock(probe, fcntl.LOCK_UN)
                time.sleep(0.01)
        turn.release()
        take(turn, "who came again")

    def take(turn: FileTurn, name: str) -> None:
        assert turn.acquire(LIMIT)
        served.append(name)
        turn.release()

    with closing(FileTurn(path)) as first, closing(FileTurn(path)) as second:
        assert first.acquire(0)
        at_once([partial(come_again, first), partial(take, second, "who waited")])
    assert served == ["who waited", "who came again"]
