"""Complete the OpenAPI document: ids, examples and problems of every operation.

Routes name their problems and schemas their fields; flask-smorest makes the rest.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from apispec import APISpec
from marshmallow import Schema, fields, validate

from project import errors
from project.errors import Problem

IDS = re.compile(r"<uuid:(\w+)>")
PROBLEM_TYPE = "application/problem+json"
DESCRIPTION = """\
JSON in and out, in UTF-8 and `snake_case`; times in UTC. What is unknown, misspelt or of another type is refused, never
ignored or guessed. Sign in at `POST /api/v1/auth/login` and send the access token as `Authorization: Bearer …`.

Every error is `application/problem+json` (RFC 9457): switch on its `type`, which `/problems` explains. Every answer
has an `X-Request-ID`, your own if you sent one of up to 64 letters, digits, dots, hyphens and underscores: quote it
when you ask for help."""
SERVER = {"url": "/", "description": "The server that this document comes from."}
BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
SECURITY = {
    "access_token": {**BEARER, "description": "From `POST /api/v1/auth/login` or `/auth/refresh`; good for minutes."},
    "refresh_token": {**BEARER, "description": "From the same place; good for one refresh, or to sign out."},
}
WHOLE = {"type": "integer", "minimum": 0}
HEADERS = {
    "Retry-After": {"description": "Seconds to wait.", "schema": WHOLE},
    "WWW-Authenticate": {"description": "How to sign in (RFC 9110 §11.6.1).", "schema": {"type": "string"}},
    "X-RateLimit-Limit": {"description": "Requests allowed in the current window.", "schema": WHOLE},
    "X-RateLimit-Remaining": {"description": "Requests left in it.", "schema": WHOLE},
    "X-RateLimit-Reset": {"description": "When it ends, in seconds since 1970.", "schema": WHOLE},
}
OF_LIMITS = [name for name in HEADERS if name.startswith("X-RateLimit")]
OF_STATUS = {"401": ["WWW-Authenticate"], "429": ["Retry-After"], "503": ["Retry-After"]}
PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Stable: switch on this."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people; may change."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "format": "json-pointer"},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "current": {"type": "object", "description": "The contact as it is now (412)."},
        "login_token": {"type": "string", "description": "Completes the sign-in (403 of POST /login)."},
        "methods": {
            "type": "array",
            "items": {"type": "string", "enum": ["totp", "passkey", "recovery_code"]},
            "description": "How the second factor can be proved (403).",
        },
        "options": {"type": "object", "description": "For a passkey: WebAuthn's request options (403)."},
        "part": {"type": "string", "description": "What does not answer (503 of /readyz)."},
    },
}
MEMBERS: dict[type[Problem], dict[str, Any]] = {
    errors.SecondFactorRequired: {
        "login_token": "m3Jx0mV7c1kq5m2yJ8VbYt4uZl9oR6sWdE1fGhIjKlM",
        "methods": ["totp", "passkey", "recovery_code"],
        "options": {
            "challenge": "c1kq5m2yJ8VbYt4uZl9oR6sWdE1fGhIjKlMm3Jx0mV7",
            "timeout": 300000,
            "rpId": "contacts.example.org",
            "allowCredentials": [{"id": "q3Jx0mV7c1kq5m2yJ8VbYg", "type": "public-key"}],
            "userVerification": "required",
        },
    }
}
"""What a problem carries besides, in its example."""
UNANNOUNCED = (errors.MethodNotAllowed, errors.InternalServerError)  # which no operation names
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


def complete(operation: dict[str, Any], problems: Iterable[type[Problem]], *, limited: bool) -> None:
    """Give an operation an example for each body, an answer for each problem, and what a limit adds to a success."""
    responses = operation["responses"]
    for body in (operation.get("requestBody"), *responses.values()):
        add_examples(body)
    kinds = list(dict.fromkeys(problems))
    if limited:
        for status in [status for status in responses if str(status).startswith("2")]:
            responses[status].setdefault("headers", {}).update(references(OF_LIMITS))
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
    """The schema's own example, or else the fullest that it accepts, since options may exclude each other."""
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


def examples() -> Iterator[tuple[str, Any]]:
    for kind in errors.kinds():
        yield kind.slug, {"summary": kind.title, "value": {**kind.example(), **MEMBERS.get(kind, {})}}


def add_components(spec: APISpec) -> None:
    """Add the components that the operations refer to, and the description of the whole API."""
    spec.options.update(info={"description": DESCRIPTION}, servers=[SERVER])
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for name, header in HEADERS.items():
        spec.components.header(name, header)
    for name, value in examples():
        spec.components.example(name, value)
    spec.components.schema("Problem", PROBLEM)
    others = {kind.slug: {"$ref": f"#/components/examples/{kind.slug}"} for kind in UNANNOUNCED}
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": others}}
    spec.components.response("Problem", {"description": "Whatever else goes wrong.", "content": content})
    for name in ("Error", "PaginationMetadata"):  # flask-smorest's own, unused
        spec.components.schemas.pop(name, None)
    forget_defaults(spec.components.schemas)


def forget_defaults(schemas: dict[str, Any]) -> None:
    """Remove defaults, which openapi-typescript takes for a promise that the field is always present."""
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            field.pop("default", None)
