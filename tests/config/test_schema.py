"""The schema describes every setting, and takes what `load` takes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from holdfast.config import Settings, Supervisor, Worker, schema
from holdfast.config import nodes as tree_nodes
from holdfast.config import settings as top
from holdfast.config.layers import SHIPPED

KEYWORDS = {
    "additionalProperties",
    "anyOf",
    "enum",
    "items",
    "pattern",
    "properties",
    "propertyNames",
    "required",
    "type",
    "$ref",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maximum",
    "minimum",
}
SILENT = {"title", "description", "default", "discriminator", "$schema", "$defs"}
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}
SCHEMA = schema()
STRUCTS = [
    each
    for module in (top, tree_nodes)
    for each in vars(module).values()
    if isinstance(each, type) and issubclass(each, msgspec.Struct)
    if each is not msgspec.Struct
]


def valid(value: Any, rule: Any) -> bool:
    """Validate as JSON Schema says, for the keywords that the schema uses."""
    if isinstance(rule, bool):
        return rule
    assert rule.keys() <= KEYWORDS | SILENT
    return all(keeps(value, name, rule) for name in rule.keys() - SILENT)


def keeps(value: Any, keyword: str, rule: dict[str, Any]) -> bool:
    said = rule[keyword]
    match keyword:
        case "$ref":
            return valid(value, SCHEMA["$defs"][said.removeprefix("#/$defs/")])
        case "anyOf":
            return any(valid(value, each) for each in said)
        case "enum":
            return value in said
        case "type":
            names = [said] if isinstance(said, str) else said
            kinds = [TYPES[name] for name in names]
            if isinstance(value, bool):
                return bool in kinds
            return any(isinstance(value, kind) for kind in kinds)
        case _ if isinstance(value, dict):
            return keeps_of_object(value, keyword, rule)
        case "items":
            return not isinstance(value, list) or all(valid(v, said) for v in value)
        case "pattern":
            return not isinstance(value, str) or re.search(said, value) is not None
        case _:
            return not isinstance(value, int | float) or {
                "minimum": value >= said,
                "maximum": value <= said,
                "exclusiveMinimum": value > said,
                "exclusiveMaximum": value < said,
            }.get(keyword, True)


def keeps_of_object(value: dict[str, Any], keyword: str, rule: dict[str, Any]) -> bool:
    said = rule[keyword]
    match keyword:
        case "required":
            return value.keys() >= set(said)
        case "properties":
            return all(valid(value[name], said[name]) for name in value.keys() & said)
        case "additionalProperties":
            others = value.keys() - rule.get("properties", {})
            return all(valid(value[name], said) for name in others)
        case "propertyNames":
            return all(valid(name, said) for name in value)
        case _:
            return True


def objects(rule: Any) -> Iterator[dict[str, Any]]:
    """Yield each object of the schema that lists properties."""
    if isinstance(rule, dict):
        if "properties" in rule:
            yield rule
        for each in rule.values():
            yield from objects(each)
    elif isinstance(rule, list):
        for each in rule:
            yield from objects(each)


def test_every_property_is_described_in_a_sentence() -> None:
    silent = [
        name
        for each in objects(SCHEMA)
        for name, rule in each["properties"].items()
        if not rule.get("description", "").endswith(".")
    ]

    assert silent == []


def test_unknown_keys_are_refused_everywhere() -> None:
    assert all(each["additionalProperties"] is False for each in objects(SCHEMA))


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_field_appears(struct: type[msgspec.Struct]) -> None:
    listed = set(SCHEMA["$defs"][struct.__name__]["properties"])

    extra = {"type"} if struct in (Worker, Supervisor) else set[str]()
    if struct is Settings:
        extra = {"$schema", "extends"}
    assert listed == set(struct.__struct_fields__) | extra


def test_every_struct_is_listed() -> None:
    assert {each.__name__ for each in STRUCTS} >= {
        "Backoff",
        "Mailbox",
        "Settings",
        "Supervisor",
        "Worker",
    }


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.json")), ids=lambda p: p.name)
def test_each_shipped_file_is_valid(path: Path) -> None:
    assert valid(json.loads(path.read_text()), SCHEMA)


def worker(**said: Any) -> dict[str, Any]:
    child = {"type": "worker", "id": "feed", "start": "desk:Feed", **said}
    return {
        "$schema": "holdfast.schema.json",
        "extends": "base",
        "tree": {"type": "supervisor", "id": "root", "children": [child]},
    }


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"web": {"port": None}, "seed": 1, "shutdown": {"total": 1.5}},
        worker(),
        worker(shutdown="brutal", backoff=None, mailbox={"overflow": "conflate"}),
        worker(args={"to": [{"$ref": "/root/a"}], "x": {"y": {"$env": "KEY"}}}),
        worker(args={"pem": {"$file": "/run/secrets/x"}, "n": [1, None, {"a": True}]}),
    ],
)
def test_what_load_takes_is_valid(document: dict[str, Any]) -> None:
    assert valid(document, SCHEMA)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"sede": 1},
        {"web": {"port": 70000}},
        {"seed": True},
        {"tree": {"type": "worker", "id": "a", "start": "desk:Feed"}},
        worker(restart="allways"),
        worker(shutdown="5"),
        worker(shutdown=-1),
        worker(backoff={"jitter": 1}),
        worker(start="desk.Feed"),
        worker(id="a/b"),
        worker(args={"$env": "KEY"}),
        worker(args={"x": {"$envv": "KEY"}}),
        worker(args={"x": {"$env": "KEY", "y": 1}}),
        worker(args={"x": [{"$ref": 5}]}),
    ],
)
def test_what_load_refuses_is_invalid(document: Any) -> None:
    assert not valid(document, SCHEMA)


def test_the_schema_is_json() -> None:
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
