"""Metrics for Prometheus at /metrics: answers and their durations, connections in use, and mails that wait.

Under gunicorn the workers share their counts in files (PROMETHEUS_MULTIPROC_DIR, set by `deploy/gunicorn.conf.py`), so
any of them answers for all. The proxy does not pass the address on.
"""

import os
from collections.abc import Iterator
from functools import cache
from time import perf_counter

import structlog
from flask import Blueprint, Flask, Response, request_finished
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import event, func, select
from sqlalchemy.exc import SQLAlchemyError

from project.database.base import now
from project.extensions import db
from project.mail.outbox import Mail
from project.web.request import request

blueprint = Blueprint("metrics", __name__)
log = structlog.get_logger()

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds
NO_ROUTE = ("any", "none")

counted = CollectorRegistry()
answers = Counter("http_requests", "Answers by route.", ["method", "route", "status"], registry=counted)
seconds = Histogram(
    "http_request_duration_seconds",
    "From the request's arrival until its answer is made.",
    ["method", "route"],
    buckets=BUCKETS,
    registry=counted,
)
connections = Gauge(
    "database_connections", "Connections to the database.", ["state"], multiprocess_mode="livesum", registry=counted
)


class Outbox(Collector):
    """Count the outbox on demand. While the database is down these metrics are missing, and the others are there."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            waiting, oldest = db.session.execute(select(func.count(), func.min(Mail.created_at))).one()
        except SQLAlchemyError as error:
            log.warning("outbox_not_counted", error=type(error).__name__)
            return
        age = (now() - oldest).total_seconds() if waiting else 0
        yield GaugeMetricFamily("outbox_mails", "Waiting to be sent.", value=waiting)
        yield GaugeMetricFamily("outbox_oldest_seconds", "Since the oldest waiting mail was written.", value=age)


@blueprint.get("/metrics")
def show() -> Response:
    registry = CollectorRegistry()
    registry.register(of_all_workers() if "PROMETHEUS_MULTIPROC_DIR" in os.environ else counted)
    registry.register(Outbox())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def of_all_workers() -> Collector:
    return MultiProcessCollector(None)  # type: ignore[no-untyped-call]


def finish(_: Flask, response: Response) -> None:
    """Count by the route's rule, never by anything that a client can choose freely."""
    rule = request.url_rule
    method, route = (request.method, rule.rule) if rule else NO_ROUTE
    count, time = meters(method, route, response.status_code)
    count.inc()
    time.observe(perf_counter() - request.started)


@cache
def meters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return answers.labels(method, route, status), seconds.labels(method, route)


def count_connections() -> None:
    in_use = connections.labels("in_use")
    event.listen(db.engine, "checkout", lambda *_: in_use.inc())
    event.listen(db.engine, "checkin", lambda *_: in_use.dec())


def init_app(app: Flask) -> None:
    """Count every request, and serve /metrics."""
    request_finished.connect(finish, app)
    app.register_blueprint(blueprint)
    with app.app_context():
        count_connections()
