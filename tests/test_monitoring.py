"""The alerts and the dashboard ask for metrics that there are; promtool reads the alerts where it is installed."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from project.config import ROOT

RULES = ROOT / "deploy" / "prometheus-rules.yml"
DASHBOARD = ROOT / "deploy" / "grafana-dashboard.json"
SELECTOR = re.compile(r"\b([a-z_]+)\{([^}]*)\}")
FROM_PROMETHEUS = {"up": {"job"}}
UID = re.compile(r"[A-Za-z0-9_-]{1,40}")  # longer ones Grafana refuses
COLUMNS = 24


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def asked() -> list[str]:
    """The expressions in PromQL."""
    return [rule["expr"] for rule in rules()] + [target["expr"] for panel in panels() for target in panel["targets"]]


def served(make_app: Callable[..., Flask]) -> dict[str, set[str]]:
    """The labels of each sample."""
    client = make_app(METRICS="on").test_client()
    client.get("/healthz")
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {sample.name: {"job", *sample.labels} for family in families for sample in family.samples}


def test_every_metric_and_label_that_is_asked_for_is_served(make_app: Callable[..., Flask]) -> None:
    labels = {**served(make_app), **FROM_PROMETHEUS}
    for expression in asked():
        selected = SELECTOR.findall(expression)
        assert len(selected) == expression.count("{") > 0
        assert {name for name, _ in selected} >= set(re.findall(r"\b(?:http|outbox|database)_[a-z_]+", expression))
        for name, matchers in selected:
            assert set(re.findall(r"(\w+)!?[=~]", matchers)) <= labels[name]
        grouped = {label for some in re.findall(r"by \(([^)]*)\)", expression) for label in some.split(", ")}
        assert grouped <= set().union(*(labels[name] for name, _ in selected))


def test_legends_name_labels_that_are_left() -> None:
    for target in (target for panel in panels() for target in panel["targets"]):
        grouped = set(re.findall(r"\w+", "".join(re.findall(r"by \(([^)]*)\)", target["expr"]))))
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= grouped


def test_grafana_imports_the_dashboard() -> None:
    """Its data source is a variable, so that a person chooses it and provisioning takes the default one."""
    dashboard = json.loads(DASHBOARD.read_text())
    assert (dashboard["id"], dashboard["schemaVersion"] >= 36, dashboard["title"]) == (None, True, "Contacts")
    assert UID.fullmatch(dashboard["uid"])
    [source] = dashboard["templating"]["list"]
    assert (source["type"], source["query"]) == ("datasource", "prometheus")
    for panel in panels():
        assert panel["datasource"] == {"type": "prometheus", "uid": f"${{{source['name']}}}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= COLUMNS


def test_every_alert_says_what_is_wrong_and_how_urgent_it_is() -> None:
    assert len({rule["alert"] for rule in rules()}) == len(rules()) > 4
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"][-1] in ".?"
        assert rule["for"]


def test_panels_do_not_cover_each_other() -> None:
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels())
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert len({panel["id"] for panel in panels()}) == len(panels())
    assert all(panel["title"] and panel["targets"] for panel in panels())


@pytest.mark.skipif(not shutil.which("promtool"), reason="ABSENT: promtool. On Debian: apt-get install prometheus")
def test_promtool_takes_the_alerts_and_what_the_dashboard_asks_for(tmp_path: Path) -> None:
    asked_for = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(asked())]
    dashboard = tmp_path / "dashboard.yml"
    dashboard.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": asked_for}]}))
    command = ["promtool", "check", "rules", str(RULES), str(dashboard)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(asked_for)} rules found" in checked.stdout
