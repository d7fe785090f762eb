"""Finish the OpenAPI document once all routes are known: components, words, and what generated clients need."""

from collections.abc import Iterator, Set
from typing import Any, Final

from apispec import APISpec

from project import errors
from project.errors import Problem
from project.web import reference
from project.web.openapi import HEADERS, PROBLEM_TYPE, TEXT, references
from project.web.reference import PREFIX, Node

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
PARAMETERS: Final = {
    "If-Match": "Write only to what has this `ETag`, else 412 with the contact as `current`. Absent: to any.",
    "If-None-Match": "When reading, an `ETag`: 304 if nothing has changed. When writing, `*`: only if there is no such "
    "contact yet, else 412.",
    "X-Request-ID": "An id of the client's own, of up to 64 letters, digits, dots, hyphens and underscores, for the "
    "answer and the server's log. Absent: the server makes one.",
}
PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {
            "type": "string",
            "description": "Switch on this. Later versions may add some: treat those by `status`.",
        },
        "title": {"type": "string", "description": "The type in words."},
        "status": {"type": "integer", "description": "The same as the answer's."},
        "detail": {"type": "string", "description": "For people; may change."},
        "request_id": {"type": "string", "description": "The same as `X-Request-ID`."},
        "errors": {
            "type": "array",
            "description": "Each field or parameter that is not valid (422), at most 100.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "format": "json-pointer",
                        "description": "The field in the body (RFC 6901). Absent for a parameter.",
                    },
                    "parameter": {"type": "string", "description": "The query parameter. Absent for a field."},
                    "detail": {"type": "string", "description": "What is wrong with it, in a sentence for people."},
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
UNANNOUNCED = (errors.Forbidden, errors.MethodNotAllowed, errors.InternalServerError)  # which no operation names


def finish(spec: APISpec) -> None:
    """Complete the document in place."""
    spec.options.update(info={"description": DESCRIPTION}, servers=[SERVER])
    add_components(spec)
    document = spec.to_dict()
    paths, schemas = document["paths"], spec.components.schemas
    for method, operation in reference.operations(paths):
        add_headers(method, operation)
    reference.apply(paths, schemas)
    open_answers(paths, schemas)
    accept_null(schemas)
    for node in (*reference.nodes(paths), *reference.nodes(schemas)):
        name_choices(node)


def add_components(spec: APISpec) -> None:
    """Add the components that the operations refer to."""
    for name, scheme in SECURITY.items():
        spec.components.security_scheme(name, scheme)
    for name, header in HEADERS.items():
        spec.components.header(name, header)
    for name, description in PARAMETERS.items():
        spec.components.parameter(name, "header", {"name": name, "description": description, "schema": TEXT})
    for kind in errors.kinds():
        spec.components.example(
            kind.slug, {"summary": kind.title, "value": {**kind.example(), **MEMBERS.get(kind, {})}}
        )
    spec.components.schema("ProblemType", problem_types())
    spec.components.schema("Problem", PROBLEM)
    others = {kind.slug: {"$ref": f"#/components/examples/{kind.slug}"} for kind in UNANNOUNCED}
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": others}}
    other = {"description": "Whatever else goes wrong.", "headers": references(["X-Request-ID"]), "content": content}
    spec.components.response("Problem", other)
    for name in ("Error", "PaginationMetadata"):  # flask-smorest's own, unused
        spec.components.schemas.pop(name, None)
    forget_defaults(spec.components.schemas)


def problem_types() -> Node:
    slugs = [f"/problems/{kind.slug}" for kind in errors.kinds()]
    return {"type": "string", "enum": slugs, "description": "The types of problem, each explained at its own address."}


def forget_defaults(schemas: Node) -> None:
    """Remove defaults, which openapi-typescript takes for a promise that the field is always present."""
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            field.pop("default", None)


def add_headers(method: str, operation: Node) -> None:
    """Add the request's id, and the conditions that a route obeys: it sends an ETag, or may answer 412."""
    responses = operation["responses"]
    accepted = ["X-Request-ID"]
    if "412" in responses:
        accepted += ["If-Match", "If-None-Match"]
    elif method == "get" and (etag := responses.get("200", {}).get("headers", {}).get("ETag")):
        accepted.append("If-None-Match")
        responses["304"] = {"description": "Nothing has changed since that `ETag`.", "headers": {"ETag": etag}}
    named = [{"$ref": f"#/components/parameters/{name}"} for name in accepted]
    operation["parameters"] = [*operation.get("parameters", []), *named]
    for status, answer in responses.items():
        if status != "default":
            answer.setdefault("headers", {}).update(references(["X-Request-ID"]))


def targets(tree: Any, schemas: Node) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to, directly or not."""
    found: set[str] = set()
    queue = [tree]
    while queue:
        for node in reference.nodes(queue.pop()):
            name = str(node.get("$ref", "")).removeprefix(PREFIX)
            if name in schemas and name not in found:
                found.add(name)
                queue.append(schemas[name])
    yield from found


def open_answers(paths: Node, schemas: Node) -> None:
    """Let answers have fields that the document does not know, so that a new one breaks no client that is in use."""
    for _, operation in reference.operations(paths):
        for name in targets(operation["responses"], schemas):
            schemas[name].pop("additionalProperties", None)


def accept_null(schemas: Node) -> None:
    """Say of requests, which are closed, that `null` may stand for an absent field; see `StrictSchema`."""
    for schema in schemas.values():
        if schema.get("additionalProperties") is False:
            required: Set[str] = set(schema.get("required", []))
            for name, field in schema["properties"].items():
                if name not in required and isinstance(field.get("type"), str):
                    field["type"] = [field["type"], "null"]


def name_choices(node: Node) -> None:
    """Name the values of an enumeration in a way that every language accepts, but none of them as the default.

    openapi-generator's Kotlin refers to a default by the name that it would have made itself.
    """
    choices = node.get("enum")
    if isinstance(choices, list):
        node.pop("default", None)
        node["x-enum-varnames"] = [reference.constant(choice) for choice in choices if choice is not None]
