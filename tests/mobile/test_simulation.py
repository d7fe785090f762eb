"""Whatever users, networks and other phones do: in the end all phones and the server agree, and nothing is lost."""

from pathlib import Path

import pytest

from tests.accounts import Account
from tests.mobile.simulation import World


@pytest.mark.parametrize("phones", [2, 3])
def test_phones_and_server_agree_in_the_end(ada: Account, tmp_path: Path, phones: int) -> None:
    world = World(ada, tmp_path, phones=phones, seed=phones)
    world.run(40)
    world.settle()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_phones_and_server_agree_in_the_end_of_a_long_day(ada: Account, tmp_path: Path, seed: int) -> None:
    world = World(ada, tmp_path, phones=2 + seed % 2, seed=100 + seed)
    for _ in range(10):
        world.run(20)
        world.settle()
        world.ills, world.is_quiet = 0.2, False
    assert world.acts > 200
