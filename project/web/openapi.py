"""Complete each operation of the OpenAPI document: its ids, headers, examples and problems.

Routes name their problems and schemas their fields; flask-smorest makes the rest, and `document` finishes the whole.
"""

import re
from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields, validate

from project import errors
from project.errors import Problem

IDS = re.compile(r"<uuid:(\w+)>")
PROBLEM_TYPE = "application/problem+json"
WHOLE = {"type": "integer", "minimum": 0}
TEXT = {"type": "string"}
HEADERS = {
    "ETag": {
        "description": "What to send as `If-Match` or `If-None-Match` (RFC 9110 §8.8.3).",
        "schema": TEXT,
    },
    "Link": {"description": 'The next page, as `rel="next"` (RFC 8288). Absent on the last one.', "schema": TEXT},
    "Location": {"description": "The path of what was made.", "schema": {"type": "string", "format": "uri-reference"}},
    "Content-Disposition": {"description": "The name to save the file under (RFC 6266).", "schema": TEXT},
    "X-Request-ID": {"description": "The request's id: quote it when you ask for help.", "schema": TEXT},
    "Retry-After": {"description": "Seconds to wait.", "schema": WHOLE},
    "WWW-Authenticate": {"description": "How to sign in (RFC 9110 §11.6.1).", "schema": TEXT},
    "X-RateLimit-Limit": {"description": "Requests allowed in the current window.", "schema": WHOLE},
    "X-RateLimit-Remaining": {"description": "Requests left in it.", "schema": WHOLE},
    "X-RateLimit-Reset": {"description": "When it ends, in seconds since 1970.", "schema": WHOLE},
}
OF_LIMITS = [name for name in HEADERS if name.startswith("X-RateLimit")]
OF_STATUS = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}
EXAMPLES: dict[type[fields.Field[Any]], Any] = {
    fields.UUID: "01920b5e-8c1b-7d2a-9e40-5c7d9f0a1b2c",
    fields.Date: "2026-12-10",
    fields.DateTime: "2026-11-22T10:42:00.123456Z",
    fields.Url: "https://contacts.example.org/",
    fields.Boolean: True,
    fields.Integer: 1,
    fields.Float: 0.9,
    fields.Dict: {},
}


def path_parameters(rule: str) -> list[dict[str, Any]]:
    """The ids in a route's path, as `<uuid:name>`."""
    schema = {"type": "string", "format": "uuid"}
    description = "A UUID in canonical form, in either case; any other spelling is not found."
    return [
        {"in": "path", "name": name, "required": True, "schema": schema, "description": description}
        for name in IDS.findall(rule)
    ]


def requirements(*kinds: str, in_body: bool) -> list[dict[str, list[str]]]:
    """The bearer tokens that a route accepts; none is required if a refresh token may be in the body."""
    required: list[dict[str, list[str]]] = [{f"{kind}_token": []} for kind in kinds]
    return [*required, {}] if in_body else required


def complete(
    operation: dict[str, Any], problems: Iterable[type[Problem]], headers: Iterable[str], *, limited: bool
) -> None:
    """Give an operation an example for each body, an answer for each problem, and the headers of a success."""
    responses = operation["responses"]
    for body in (operation.get("requestBody"), *responses.values()):
        add_examples(body)
    kinds = list(dict.fromkeys(problems))
    sent = [*headers, *(OF_LIMITS if limited else ())]
    for status in [status for status in responses if sent and str(status).startswith("2")]:
        responses[status].setdefault("headers", {}).update(references(sent))
    for kind in kinds:
        answer = responses.setdefault(str(kind.status), refusal(kind, OF_LIMITS if limited else ()))
        answer["content"][PROBLEM_TYPE]["examples"][kind.slug] = {"$ref": f"#/components/examples/{kind.slug}"}
    responses["default"] = "Problem"


def add_examples(body: Any) -> None:
    for content in body.get("content", {}).values() if isinstance(body, dict) else ():
        given = content.get("schema")
        schema = given() if isinstance(given, type) else given
        if isinstance(schema, Schema) and "examples" not in content:
            content.setdefault("example", example(schema))


def refusal(kind: type[Problem], of_limits: Iterable[str]) -> dict[str, Any]:
    headers = references([*OF_STATUS.get(str(kind.status), []), *(of_limits if kind is errors.RateLimited else ())])
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}
    described = {"description": kind.title, "content": {PROBLEM_TYPE: content}}
    return {**described, "headers": headers} if headers else described


def references(headers: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in headers}


def example(schema: Schema) -> Any:
    """The schema's own example, or else the fullest that it accepts, as some fields exclude each other."""
    if own := getattr(schema, "example", None):
        return [own] if schema.many else own
    body = {field.data_key or name: example_of_field(name, field) for name, field in schema.fields.items()}
    options = [field.data_key or name for name, field in schema.fields.items() if not field.required]
    while options and schema.validate(body, many=False):
        del body[options.pop()]
    return [body] if schema.many else body


def example_of_field(name: str, field: fields.Field[Any]) -> Any:
    """The field's own example, one of its choices, one of its type, or its name in angle brackets."""
    if "example" in field.metadata:
        return field.metadata["example"]
    if isinstance(field, fields.Nested):
        return example(field.schema)
    if isinstance(field, fields.List):
        return [example_of_field(name, field.inner)]
    for choices in (rule.choices for rule in field.validators if isinstance(rule, validate.OneOf)):
        return next(iter(choices))
    return next((EXAMPLES[kind] for kind in type(field).__mro__ if kind in EXAMPLES), f"<{name}>")
