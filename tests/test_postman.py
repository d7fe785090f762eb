"""The Postman collection shows every route there is. `make postman` runs it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from project.extensions import api
from tests import postman

Call = tuple[str, str]


def requests(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in item["item"]:
        if "item" in each:
            yield from requests(each)
        else:
            yield each


@pytest.fixture(scope="module")
def collection() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(postman.COLLECTION.read_text())
    return read


def shape(path: str) -> str:
    """A path with its parameters made alike."""
    return re.sub(r"\{\{?\w+\}?\}|[0-9a-f]{8}-[0-9a-f-]{27}", "*", path)


def call(request: dict[str, Any]) -> Call:
    return request["request"]["method"], shape("/" + "/".join(request["request"]["url"]["path"]))


def documented(app: Flask) -> set[Call]:
    with app.app_context():
        paths = api.spec.to_dict()["paths"]
    methods = {"get", "post", "put", "patch", "delete"}
    return {(method.upper(), shape(path)) for path, item in paths.items() for method in item if method in methods}


def test_no_route_is_missing(app: Flask, collection: dict[str, Any]) -> None:
    shown = {call(request) for request in requests(collection)}
    assert documented(app) - shown == set()


def test_every_route_has_an_example(app: Flask, collection: dict[str, Any]) -> None:
    shown = {call(request) for request in requests(collection) if request["response"]}
    assert documented(app) - shown == set()


def test_every_request_asserts_its_answer(collection: dict[str, Any]) -> None:
    for request in requests(collection):
        assert "pm.test" in "".join(request["event"][0]["script"]["exec"]), request["name"]


def test_no_secret_is_left_in_the_collection(collection: dict[str, Any]) -> None:
    tokens = re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", json.dumps(collection))
    assert set(tokens) <= {"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXBlIjoiLi4uIn0.example"}
