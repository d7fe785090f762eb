"""What measurements rest on: processor time is counted whole, and goals are judged as they are written."""

import json
import subprocess
import sys
import time

import pytest

from benchmarks import answers, processes
from benchmarks.goal import Goal
from benchmarks.goals import goals
from benchmarks.pocketbase.operations import shown
from benchmarks.results import Results, Row

BUSY = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
PARENT = (
    f"import subprocess, sys, time; subprocess.run([sys.executable, '-c', {BUSY!r}]); print(flush=True); time.sleep(60)"
)


def test_processor_time_of_a_process_that_has_ended_stays_counted() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        parent.stdout.readline()
        spent = processes.microseconds(parent.pid)
        parent.kill()
    assert 300_000 <= spent < 3_000_000


def test_a_process_that_sleeps_costs_nothing() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        before = processes.microseconds(sleeper.pid)
        time.sleep(0.2)
        assert processes.microseconds(sleeper.pid) - before <= processes.TICK
        sleeper.kill()


@pytest.mark.parametrize(
    ("value", "is_upper", "is_reached"), [(0.4, True, True), (0.6, True, False), (0.6, False, True)]
)
def test_a_goal_is_reached_on_its_own_side_of_the_limit(value: float, is_upper: bool, is_reached: bool) -> None:  # noqa: FBT001
    assert Goal("", value, 0.5, is_upper=is_upper).is_reached is is_reached


def test_a_part_of_the_peers_processor_time_is_judged_by_medians() -> None:
    results = Results({})
    for target, rounds in (("application", (1, 20, 1_000)), ("peer", (100, 100, 100))):
        for spent in rounds:
            sample = {"server": spent, "cpu": spent, "rate": 1.0}
            results.add(Row("compared", "list", target, 1_000), sample)
    cost, rate = goals(results)
    assert (cost.value, cost.is_reached) == (0.2, True)
    assert (rate.value, rate.is_reached, rate.missed_by) == (1.0, False, 0.5)


def test_documents_differ_where_a_value_a_field_or_its_order_differs() -> None:
    one = {"items": [{"id": 1, "name": "Ada"}], "total": 1}
    assert list(answers.differences(one, {"items": [{"id": 1, "name": "Ada"}], "total": 1})) == []
    assert list(answers.differences(one, {"items": [{"id": 1, "name": "Ben"}], "total": 1})) == [
        "/items/0/name: 'Ada', 'Ben'"
    ]
    assert list(answers.differences(one, {"total": 1, "items": [{"id": 1, "name": "Ada"}]}))
    assert list(answers.differences(one, {"items": [], "total": 1}))


def test_an_empty_text_of_pocketbase_is_the_applications_null() -> None:
    """Its answers have more fields, and other names for the same lists."""
    record = {
        "id": "x",
        "sort_key": "ada",
        "first_name": "Ada",
        "last_name": "",
        "favorite": False,
        "labels": ["Family"],
    }
    contact = {"id": "y", "first_name": "Ada", "last_name": None, "favorite": False, "labels": ["Family"]}
    theirs = answers.Answer(200, {}, json.dumps({"items": [record], "totalItems": 1}).encode())
    ours = answers.Answer(200, {}, json.dumps({"items": [contact], "total": 1}).encode())
    assert shown(theirs) == shown(ours)
    assert shown(ours)["total"] == 1
