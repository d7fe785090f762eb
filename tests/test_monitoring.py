"""The alerts and the dashboard ask for metrics that there are; promtool reads the alerts where it is installed."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from flask import Flask

from project.config import ROOT

RULES = ROOT / "deploy" / "prometheus-rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
METRIC = re.compile(r"\b(?:http|outbox|database)_[a-z_]+\b")


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def test_every_metric_that_is_asked_for_is_served(make_app: Callable[..., Flask]) -> None:
    client = make_app(METRICS="on").test_client()
    client.get("/healthz")
    served = set(METRIC.findall(client.get("/metrics").text))
    asked = [rule["expr"] for rule in rules()]
    asked += [target["expr"] for panel in panels() for target in panel["targets"]]
    named = {name for expression in asked for name in METRIC.findall(expression)}
    assert len(named) > 4
    assert named <= served


def test_every_alert_says_what_is_wrong_and_how_urgent_it_is() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules()) > 4
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"][-1] in ".?"
        assert rule["for"]


def test_panels_do_not_cover_each_other() -> None:
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in panels()})
    assert all(panel["title"] and panel["targets"] for panel in panels())


@pytest.mark.skipif(not shutil.which("promtool"), reason="Prometheus is not installed.")
def test_promtool_takes_the_alerts() -> None:
    command = ["promtool", "check", "rules", str(RULES)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert checked.returncode == 0, checked.stdout + checked.stderr
