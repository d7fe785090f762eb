"""The Postman collection shows every route there is. `make postman` runs it."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests import concurrency, postman

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
    paths = app.test_client().get("/api/v1/openapi.json").get_json()["paths"]
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


def scripts(collection: dict[str, Any], kind: str) -> dict[str, str]:
    return {
        request["name"]: "\n".join(event["script"]["exec"])
        for request in requests(collection)
        for event in request["event"]
        if event["listen"] == kind
    }


def test_each_run_has_names_of_its_own(collection: dict[str, Any]) -> None:
    values = {each["key"]: each["value"] for each in json.loads(postman.ENVIRONMENT.read_text())["values"]}
    assert values["username"] == values["email"] == values["mailed_token"] == ""
    first, *_ = requests(collection)
    assert "Date.now()" in scripts(collection, "prerequest")[first["name"]]


def test_a_mailed_token_is_fetched_or_the_run_stops_before_it_is_sent(collection: dict[str, Any]) -> None:
    sending = [
        request["name"] for request in requests(collection) if "{{mailed_token}}" in json.dumps(request["request"])
    ]
    assert len(sending) == 3
    for name in sending:
        before = scripts(collection, "prerequest")[name]
        assert "/api/v1/search" in before
        assert "STOPPED: " in before
        assert "skipRequest" in before
        assert "spent_token" in scripts(collection, "test")[name]


def test_a_mailbox_answers_as_mailpit_does(tmp_path: Path) -> None:
    for number, to in enumerate(("ada@example.org", "eve@example.org", "ada@example.org")):
        (tmp_path / f"{number}.eml").write_text(f"To: {to}\nContent-Type: text/plain\n\nMail {number}\n")
        os.utime(tmp_path / f"{number}.eml", (number, number))
    with postman.mailbox(tmp_path) as url:
        found = concurrency.call(url, "GET", '/api/v1/search?query=to%3A"ada%40example.org"').json["messages"]
        assert [mail["ID"] for mail in found] == ["2.eml", "0.eml"]
        assert concurrency.call(url, "GET", "/api/v1/message/2.eml").json["Text"] == "Mail 2\n"
