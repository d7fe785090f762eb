"""The document in OpenAPI 3.0, for tools that do not read 3.1 (learn.openapis.org/upgrading/v3.0-to-v3.1)."""

from typing import Any, Final

from project.web.reference import EXAMPLES, Node

VERSION: Final = "3.0.3"
NULL: Final = "null"


def rendition(document: Node) -> Node:
    """A copy in OpenAPI 3.0. Examples are left as they are."""
    return {**converted(document), "openapi": VERSION}


def converted(value: Any) -> Any:
    if isinstance(value, list):
        return [converted(item) for item in value]
    if not isinstance(value, dict):
        return value
    return reference(nullable({name: item if name in EXAMPLES else converted(item) for name, item in value.items()}))


def nullable(node: Node) -> Node:
    """`type: [string, "null"]` is `type: string, nullable: true`."""
    kinds = node.get("type")
    if not isinstance(kinds, list):
        return node
    (kind,) = [kind for kind in kinds if kind != NULL]
    return {**node, "type": kind, "nullable": True}


def reference(node: Node) -> Node:
    """OpenAPI 3.0 ignores whatever stands beside a `$ref`, so the reference is wrapped in `allOf`."""
    if len(node) < 2 or not isinstance(node.get("$ref"), str):
        return node
    return {**{name: value for name, value in node.items() if name != "$ref"}, "allOf": [{"$ref": node["$ref"]}]}
