"""What signing in costs, one after the other, and what bcrypt alone does."""

import time
from collections.abc import Sequence
from typing import Final

import bcrypt

from benchmarks import people, transfers
from benchmarks.operations import LOGIN
from benchmarks.people import USUAL
from benchmarks.pocketbase.operations import LOGIN as THEIR_LOGIN
from benchmarks.pocketbase.server import Owner
from benchmarks.results import Row
from benchmarks.run import Run
from project.users import passwords

COUNT: Final = 20  # in a round
SECTION: Final = "sign-ins"


def measure(run: Run, ours: Sequence[people.Person], theirs: Sequence[Owner]) -> None:
    asked = {
        "embedded": LOGIN.requests(ours, COUNT),
        "application": LOGIN.requests(run.people[USUAL], COUNT),
        "pocketbase": THEIR_LOGIN.requests(theirs, COUNT),
    }
    for _ in range(min(run.options.rounds, 3)):
        for target, requests in asked.items():
            _, spent = transfers.answered(run.here, target, requests)
            run.results.add(Row(SECTION, "sign-in", target, USUAL), {name: spent[name] / COUNT for name in spent})
        run.results.add(Row(SECTION, "sign-in", "bcrypt", USUAL), {"server": hashing(run)})


def hashing(run: Run) -> float:
    """Microseconds of a processor to compare a password with a hash of the application's cost."""
    with people.application(run.here).app_context():
        hashed = passwords.make_hash(people.PASSWORD).encode()
    begun = time.thread_time_ns()
    for _ in range(COUNT):
        bcrypt.checkpw(people.PASSWORD.encode(), hashed)
    return (time.thread_time_ns() - begun) / COUNT / 1000
