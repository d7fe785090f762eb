"""Limits of whole applications and blueprints, of which this application has none and therefore skips the count."""

from typing import Any

import pytest
from flask import Blueprint, Flask
from redis import RedisError

from project.limiter import SteadyLimiter

ONCE = ["1 per hour"]


@pytest.mark.parametrize("limits", [{"default_limits": ONCE}, {"application_limits": ONCE}], ids=["default", "all"])
def test_limits_of_an_application_are_counted_before_its_views(limits: dict[str, Any]) -> None:
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "Hello.")
    SteadyLimiter(lambda: "anybody", app=app, storage_uri="memory://", **limits)
    assert [app.test_client().get("/").status_code for _ in range(2)] == [200, 429]


def test_a_limit_of_a_blueprint_is_counted_before_its_views() -> None:
    app, blueprint = Flask(__name__), Blueprint("greeting", __name__)
    blueprint.add_url_rule("/", view_func=lambda: "Hello.")
    SteadyLimiter(lambda: "anybody", app=app, storage_uri="memory://").limit("1 per hour")(blueprint)
    app.register_blueprint(blueprint)
    assert [app.test_client().get("/").status_code for _ in range(2)] == [200, 429]


def test_a_storage_that_two_requests_lose_at_once_costs_neither_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask(__name__)
    limiter = SteadyLimiter(
        lambda: "anybody",
        app=app,
        storage_uri="memory://",
        headers_enabled=True,
        in_memory_fallback_enabled=True,
    )
    app.add_url_rule("/", view_func=limiter.limit("5 per hour")(lambda: "Hello."))

    def lose(_: str) -> int:
        limiter._storage_dead = True  # as the other request does meanwhile
        raise RedisError("Timeout reading from socket")

    monkeypatch.setattr(limiter.storage, "get_expiry", lose)  # which only headers ask for
    answer = app.test_client().get("/")
    assert (answer.status_code, answer.headers["X-RateLimit-Limit"]) == (200, "5")
