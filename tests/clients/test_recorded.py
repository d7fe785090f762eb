"""What clients send for which there is no compiler here, as their generated sources build it."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.accounts import sign_up

FOLDER = Path(__file__).with_name("recorded")


@pytest.mark.parametrize("language", ["swift6", "dart-dio"])
def test_what_it_sends_is_understood(language: str, app: Flask) -> None:
    ada = sign_up(app.test_client(), "ada")
    tag = ""
    for request in json.loads((FOLDER / f"{language}.json").read_text())["requests"]:
        headers = {name: value.format(tag=tag) for name, value in request.get("headers", {}).items()}
        body = {name: request[key] for name, key in (("json", "body"), ("data", "file")) if key in request}
        answer = ada.call(request["method"], request["path"], headers, **body)
        assert answer.status_code == request["status"], (request["why"], answer.text)
        assert_has(answer.json, request.get("answer", {}))
        tag = answer.headers.get("ETag", tag) if answer.status_code == 201 else tag


def assert_has(found: Any, expected: Any) -> None:
    """Look at what is expected only, at any depth."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert_has(found[name], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for each, value in zip(found, expected, strict=True):
            assert_has(each, value)
    else:
        assert found == expected
