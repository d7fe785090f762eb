"""Parse JSON bodies and query parameters strictly: what is unknown, repeated or malformed is refused."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes
from uuid import UUID

import orjson
from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.routing import BaseConverter

from project import ids
from project.errors import FieldError, MalformedRequest, UnsupportedMediaType, ValidationFailed
from project.web.request import request

DEEPEST = 32
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
LONGEST_NAME = 80  # characters of an unknown name that are repeated in an answer
JSON_TYPES = ("application/json", "application/merge-patch+json")
UTF_8 = ("utf-8", "utf8", "us-ascii", "ascii")
"""JSON is in UTF-8, and a charset that says no more is ignored (RFC 8259 §11)."""


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("duplicate key")
    return found


def depth(value: Any, level: int = 1) -> int:
    if level > DEEPEST or not isinstance(value, dict | list):
        return level
    children = value.values() if isinstance(value, dict) else value
    return max((depth(child, level + 1) for child in children if isinstance(child, dict | list)), default=level)


def finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large a number")
    return number


def refuse_constant(name: str) -> None:
    raise ValueError(name)


DECODER = json.JSONDecoder(object_pairs_hook=unique, parse_float=finite, parse_constant=refuse_constant)


def parse_json(raw: bytes) -> Any:
    """Parse one JSON text strictly (RFC 8259), in UTF-8, without duplicate keys, NaN, Infinity or lone surrogates.

    Raises MalformedRequest, also for more than 32 levels.
    """
    try:
        value = DECODER.decode(raw.decode())
        if SURROGATE.search(raw):
            orjson.loads(raw)  # refuses those that are not paired
    except (ValueError, RecursionError):
        raise MalformedRequest("The body is not one well-formed JSON text in UTF-8.") from None
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and depth(value) > DEEPEST:
        raise MalformedRequest("The body has more than 32 levels.")
    return value


def is_declared_as_json() -> bool:
    """Whether the Content-Type is JSON; for PATCH, a merge patch (RFC 7396) is too."""
    types = JSON_TYPES if request.method == "PATCH" else JSON_TYPES[:1]
    charset = request.mimetype_params.get("charset", UTF_8[0]).lower().replace("_", "-").strip("'")
    return request.mimetype in types and charset in UTF_8


def json_body() -> dict[str, Any]:
    """The request's body, which must be one JSON object; raises MalformedRequest or UnsupportedMediaType."""
    if request.json_object is None:
        if not is_declared_as_json():
            raise UnsupportedMediaType()
        body = parse_json(request.get_data())
        if not isinstance(body, dict):
            raise MalformedRequest("The body is not a JSON object.")
        request.json_object = body
    return request.json_object


def flatten(messages: Any, pointer: str = "") -> list[FieldError]:
    """Convert Marshmallow's nested messages to a list of JSON pointers (RFC 6901), each with a sentence."""
    if not isinstance(messages, Mapping):
        return [{"pointer": pointer[:LONGEST_NAME], "detail": str(message)} for message in messages]
    found: list[FieldError] = []
    for name, inner in messages.items():
        step = "" if name == "_schema" else "/" + str(name).replace("~", "~0").replace("/", "~1")
        found += flatten(inner, pointer + step)
    return found


def of_parameters(messages: Mapping[str, Any]) -> list[FieldError]:
    """The same for query parameters, which have names instead of pointers."""
    return [
        {"parameter": str(name)[:LONGEST_NAME], "detail": item["detail"]}
        for name, inner in messages.items()
        for item in flatten(inner)
    ]


class StrictParser(FlaskParser):
    """Refuse what is unknown, repeated or malformed in bodies and query parameters.

    `__location_map__` is a private part of webargs 8.7.1; its `location_loader` would change all parsers' map.
    """

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "optional_json": RAISE, "query": RAISE}
    __location_map__ = {**FlaskParser.__location_map__, "optional_json": "load_optional_json"}

    def load_json(self, req: Request, schema: Schema) -> Any:
        return json_body()

    def load_optional_json(self, req: Request, schema: Schema) -> Any:
        return json_body() if req.get_data() else {}

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        try:
            unquote_to_bytes(req.query_string).decode()
        except UnicodeDecodeError:  # which Werkzeug would leave percent-encoded
            raise MalformedRequest("The query is not percent-encoded UTF-8.") from None
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise ValidationFailed(
                [{"parameter": name[:LONGEST_NAME], "detail": "Parameter given twice."} for name in repeated]
            )
        request.takes_parameters = True
        return req.args.to_dict()

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> Any:
        location, messages = next(iter(error.messages_dict.items()))
        raise ValidationFailed(of_parameters(messages) if location == "query" else flatten(messages))


def refuse_undeclared_parameters() -> None:
    """Raise ValidationFailed for query parameters of a route that declares none."""
    if not request.takes_parameters and request.query_string and request.args:
        raise ValidationFailed(
            [{"parameter": name[:LONGEST_NAME], "detail": "Unknown field."} for name in request.args]
        )


class IdConverter(BaseConverter):
    """An id in a path, in canonical form; any other spelling is 404."""

    regex = ids.PATTERN

    def to_python(self, value: str) -> UUID:
        return ids.parse(value)
