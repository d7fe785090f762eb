"""What must hold where address books lie on several machines, by the second Compose file."""

from __future__ import annotations

import re
import time

from load import STEADY, Load
from phone import API, PASSWORD, Phone
from stack import ROOT, Stack, check, wait_for

FILES = ("docker-compose.yml", "docker-compose.citus.yml")
WORKERS = ("db-worker-1", "db-worker-2")
OPTIONS = [*(f"--file={name}" for name in FILES), "--profile=workers"]
SETTINGS = {"SCALE_OUT_WORKERS": " ".join(f"--worker {name}:5432" for name in WORKERS)}


def engine() -> str:
    """The image that the file names."""
    return re.findall(r"image: (\S*citus\S*)", (ROOT / FILES[1]).read_text())[0]


def status(stack: Stack) -> str:
    return stack.compose("run", "--rm", "migrate", "flask", "scale-out", "--status")


def tables_lie_on_all_nodes(stack: Stack) -> str:
    found = status(stack)
    for table in ("address_books", "contacts", "sessions"):
        check(f"{table}: distributed, 32 shards" in found, table, "is not distributed:", found)
    for node in WORKERS:
        check(f"{node}:5432: " in found, node, "holds nothing:", found)
    check(found.rstrip().endswith("0 transactions prepared"), "transactions are left prepared:", found)
    return "32 shards on 2 nodes"


def both_workers_die_and_come_back(stack: Stack) -> str:
    load, nodes = Load(stack, "ada", STEADY), [stack.containers(name)[0] for name in WORKERS]
    with load.running(seconds_after=3):
        stack.docker("kill", "--signal", "KILL", *nodes)
        time.sleep(3)
        stack.docker("start", *nodes)
        wait_for(lambda: can_sign_in(stack), "the workers to answer", 60)
    check(load.failures, "nobody noticed that the workers were away")
    others = [failure for failure in load.failures if failure[1] != 503 or b"service-unavailable" not in failure[2]]
    check(not others, "without workers:", others[:3])
    load.check_nothing_lost()
    return f"{len(load.kept)} writes kept, {len(load.failures)} requests refused meanwhile"


def can_sign_in(stack: Stack) -> bool:
    """A session lies on a worker, with its owner's contacts."""
    credentials = {"username": "ada", "password": PASSWORD}
    return Phone(stack).call("POST", f"{API}/auth/login", credentials).status == 200
