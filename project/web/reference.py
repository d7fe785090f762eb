"""Give the OpenAPI document its words, and the names that clients are generated with, from `reference.toml`."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

SOURCE: Final = Path(__file__).with_suffix(".toml")
PREFIX: Final = "#/components/schemas/"
EXAMPLES: Final = ("example", "examples")
METHODS: Final = ("get", "put", "post", "patch", "delete")
Node = dict[str, Any]


@cache
def texts() -> Mapping[str, Any]:
    return tomllib.loads(SOURCE.read_text())


def operation_id(endpoint: str) -> str:
    """The name of an operation in generated clients; by default `blueprint_view` in camel case."""
    chosen = texts()["operations"].get(endpoint, {}).get("id")
    first, *rest = endpoint.split("_")
    return str(chosen or first + "".join(map(str.capitalize, rest)))


def operations(paths: Node) -> Iterator[tuple[str, Node]]:
    """Every operation with its method."""
    for item in paths.values():
        yield from ((method, operation) for method, operation in item.items() if method in METHODS)


def nodes(tree: Any) -> Iterator[Node]:
    """Every object of a JSON tree, but for the examples in it."""
    if isinstance(tree, dict):
        yield tree
        for name, child in tree.items():
            if name not in EXAMPLES:
                yield from nodes(child)
    elif isinstance(tree, list):
        for child in tree:
            yield from nodes(child)


def apply(paths: Node, schemas: Node) -> None:
    """Describe operations, parameters, schemas and properties, and give schemas their names, in place."""
    for _, operation in operations(paths):
        describe_operation(operation)
    limits = limits_of(schemas)
    for name, schema in schemas.items():
        describe_schema(schema, texts()["schemas"].get(name, {}), limits)
    rename(paths, schemas)


def describe_operation(operation: Node) -> None:
    endpoint = operation["operationId"]
    own = texts()["operations"].get(endpoint, {})
    operation["operationId"] = operation_id(endpoint)
    if "description" in own:
        operation["description"] = own["description"].strip()
    described = texts()["parameters"] | own.get("parameters", {})
    for parameter in operation.get("parameters", []):
        if text := described.get(parameter.get("name")):
            parameter["description"] = text


def describe_schema(schema: Node, own: Mapping[str, Any], limits: Mapping[str, str]) -> None:
    """A schema's own words win over those that all share; without any, its limit is stated."""
    if "description" in own:
        schema["description"] = own["description"]
    properties = schema.get("properties", {})
    for name, target in own.get("refs", {}).items():
        properties[name] = {"$ref": PREFIX + target, **keep(properties[name], "description")}
    for name, field in properties.items():
        if text := own.get("fields", {}).get(name):
            field["description"] = text
        elif "description" not in field and (text := (limits | texts()["fields"]).get(name)):
            field["description"] = " ".join(filter(None, [text, own.get("absent")]))


def limits_of(schemas: Node) -> dict[str, str]:
    """The longest text that any schema takes by each name."""
    fields = [item for schema in schemas.values() for item in schema.get("properties", {}).items()]
    return {name: f"At most {field['maxLength']:,} characters." for name, field in fields if "maxLength" in field}


def keep(field: Node, *names: str) -> Node:
    return {name: field[name] for name in names if name in field}


def rename(paths: Node, schemas: Node) -> None:
    names = {name: own["name"] for name, own in texts()["schemas"].items() if "name" in own}
    for node in (*nodes(paths), *nodes(schemas)):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(PREFIX):
            target = reference.removeprefix(PREFIX)
            node["$ref"] = PREFIX + names.get(target, target)
    renamed = {names.get(name, name): schema for name, schema in schemas.items()}
    schemas.clear()
    schemas.update(renamed)


def constant(value: str) -> str:
    """The name of a choice: `-name` is NAME_DESCENDING, `/problems/not-found` NOT_FOUND, `4.0` V4_0.

    No language has such names, whereas `name` and `email` are members of what enumerations inherit from.
    """
    word = re.sub(r"\W+", "_", value.removeprefix("/problems/").strip("-")).upper()
    return f"{'V' if word[0].isdigit() else ''}{word}{'_DESCENDING' if value.startswith('-') else ''}"
