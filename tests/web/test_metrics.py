"""Metrics: what is counted, by which labels, and that any worker answers for all."""

import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from project.extensions import db
from tests.accounts import register
from tests.faulty_tcp import Line, tcp_proxy
from tests.servers import Server

CONTACT = "/api/v1/contacts/<uuid:contact_id>"
Samples = dict[tuple[str, ...], float]


@pytest.fixture
def client(make_app: Callable[..., Flask]) -> FlaskClient:
    return make_app(METRICS="on").test_client()


@pytest.fixture
def line(settings: dict[str, object]) -> Iterator[Line]:
    """A PostgreSQL that can be made to fail."""
    with tcp_proxy(str(settings["DATABASE_URL"]).replace("+psycopg2", "")) as line:
        yield line


def samples(text: str) -> Samples:
    """Each sample by its name and the values of its labels, in the order of the labels' names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(client: FlaskClient) -> Samples:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return samples(answer.text)


def added(client: FlaskClient, before: Samples) -> Samples:
    """What was counted since; the reading itself is left out."""
    return {
        key: value - before.get(key, 0)
        for key, value in read(client).items()
        if value != before.get(key, 0) and "/metrics" not in key
    }


def scrape(server: Server) -> Samples:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=10) as answer:  # noqa: S310  # our own server
        return samples(answer.read().decode())


def test_without_the_setting_there_are_no_metrics(client: FlaskClient, make_app: Callable[..., Flask]) -> None:
    assert make_app().test_client().get("/metrics").status_code == 404
    assert client.get("/metrics").status_code == 200


def test_the_metrics_are_in_the_format_of_prometheus(client: FlaskClient) -> None:
    assert re.match(r"text/plain; version=\d\.\d\.\d; charset=utf-8", client.get("/metrics").headers["Content-Type"])


def test_answers_are_counted_by_the_rule_of_the_route(client: FlaskClient) -> None:
    before = read(client)
    for _ in range(3):
        client.get(f"/api/v1/contacts/{uuid4()}")
    client.delete(f"/api/v1/contacts/{uuid4()}")
    counts = added(client, before)
    assert counts["http_requests_total", "GET", CONTACT, "401"] == 3
    assert counts["http_requests_total", "DELETE", CONTACT, "401"] == 1


def test_carddav_is_counted_by_its_methods(client: FlaskClient) -> None:
    before = read(client)
    for method in ("PROPFIND", "PROPFIND", "REPORT", "PUT"):
        client.open(f"/carddav/{uuid4()}/books/contacts/{uuid4()}.vcf", method=method)
    counts = added(client, before)
    for method, count in (("PROPFIND", 2), ("REPORT", 1), ("PUT", 1)):
        assert counts["http_requests_total", method, "/carddav/<anything:path>", "401"] == count


def test_what_a_client_makes_up_adds_one_series_for_each_status(client: FlaskClient) -> None:
    before = read(client)
    for number in range(5):
        client.get(f"/nothing/{number}?token=secret")
        client.open("/healthz", method=f"SPELL{number}")
    counts = added(client, before)
    assert {key: count for key, count in counts.items() if key[0] == "http_requests_total"} == {
        ("http_requests_total", "any", "none", "404"): 5,
        ("http_requests_total", "any", "none", "405"): 5,
    }


def test_a_defect_is_counted_as_such(make_app: Callable[..., Flask]) -> None:
    app = make_app(METRICS="on")

    @app.get("/defect")
    def defect() -> str:
        raise ZeroDivisionError

    client = app.test_client()
    before = read(client)
    assert client.get("/defect").status_code == 500
    assert added(client, before)["http_requests_total", "GET", "/defect", "500"] == 1


def test_the_time_until_the_answer_falls_into_its_buckets(make_app: Callable[..., Flask]) -> None:
    app = make_app(METRICS="on")

    @app.get("/slow")
    def slow() -> str:
        time.sleep(0.11)
        return "done"

    client = app.test_client()
    before = read(client)
    client.get("/slow")
    counts = added(client, before)
    name = "http_request_duration_seconds"
    assert counts[f"{name}_count", "GET", "/slow"] == 1
    assert counts[f"{name}_sum", "GET", "/slow"] > 0.11
    assert (f"{name}_bucket", "0.1", "GET", "/slow") not in counts
    assert counts[f"{name}_bucket", "10.0", "GET", "/slow"] == 1


def test_connections_are_counted_while_they_are_in_use(client: FlaskClient) -> None:
    before = read(client).get(("database_connections", "in_use"), 0)
    with client.application.app_context(), db.engine.connect(), db.engine.connect():
        assert read(client)["database_connections", "in_use"] == before + 2
    assert read(client)["database_connections", "in_use"] == before


def test_mails_that_wait_are_counted_with_the_age_of_the_oldest(client: FlaskClient) -> None:
    assert read(client)["outbox_mails",] == 0
    assert read(client)["outbox_oldest_seconds",] == 0
    register(client, "ada")
    time.sleep(0.05)
    register(client, "grace")
    assert read(client)["outbox_mails",] == 2
    assert 0.05 < read(client)["outbox_oldest_seconds",] < 60


@pytest.mark.faults
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_database_that_is_away_takes_only_its_own_metrics_along(make_app: Callable[..., Flask], line: Line) -> None:
    client = make_app(METRICS="on", DATABASE_URL=line.url).test_client()
    assert ("outbox_mails",) in read(client)
    line.refuse()
    assert client.get("/readyz").status_code == 503
    found = read(client)
    assert ("outbox_mails",) not in found
    assert found["http_requests_total", "GET", "/readyz", "503"] >= 1
    line.resume()
    assert ("outbox_mails",) in read(client)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_any_worker_answers_for_all_and_for_those_that_are_gone(live_server: Callable[..., Server]) -> None:
    server = live_server(workers=3, METRICS="on")
    for _ in range(30):
        urllib.request.urlopen(f"{server.url}/docs", timeout=10).close()  # noqa: S310  # our own server
    answers = {scrape(server)["http_requests_total", "GET", "/docs", "200"] for _ in range(10)}
    assert answers == {30}
    gone = workers_of(server)[0]
    os.kill(gone, signal.SIGKILL)
    wait_until(lambda: len(workers_of(server)) == 3 and gone not in workers_of(server))
    found = scrape(server)
    assert found["http_requests_total", "GET", "/docs", "200"] == 30
    assert found["database_connections", "in_use"] == 0


def workers_of(server: Server) -> list[int]:
    pid = server.process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_until(holds: Callable[[], Any], *, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
