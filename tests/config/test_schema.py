"""The schema describes every setting, and takes what `load` takes."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeGuard

import msgspec
import pytest

from holdfast.config import Settings, Supervisor, Worker, schema
from holdfast.config import nodes as tree_nodes
from holdfast.config import settings as top
from holdfast.config.layers import SHIPPED

Rule = dict[str, Any]

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
    assert rule.keys() <= CHECKS.keys() | SILENT
    return all(CHECKS[name](value, rule) for name in rule.keys() - SILENT)


def is_object(value: Any) -> TypeGuard[Rule]:
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float)


def has_type(value: Any, rule: Rule) -> bool:
    names = rule["type"] if is_list(rule["type"]) else [rule["type"]]
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)


def others_valid(value: Any, rule: Rule) -> bool:
    others = set(value) - set(rule.get("properties", {})) if is_object(value) else ()
    return all(valid(value[name], rule["additionalProperties"]) for name in others)


CHECKS: dict[str, Callable[[Any, Rule], bool]] = {
    "$ref": lambda v, rule: valid(
        v, SCHEMA["$defs"][rule["$ref"].removeprefix("#/$defs/")]
    ),
    "anyOf": lambda v, rule: any(valid(v, each) for each in rule["anyOf"]),
    "enum": lambda v, rule: v in rule["enum"],
    "type": has_type,
    "required": lambda v, rule: not is_object(v) or set(v) >= set(rule["required"]),
    "properties": lambda v, rule: (
        not is_object(v)
        or all(
            valid(v[name], each)
            for name, each in rule["properties"].items()
            if name in v
        )
    ),
    "additionalProperties": others_valid,
    "propertyNames": lambda v, rule: (
        not is_object(v) or all(valid(name, rule["propertyNames"]) for name in v)
    ),
    "items": lambda v, rule: (
        not is_list(v) or all(valid(item, rule["items"]) for item in v)
    ),
    "pattern": lambda v, rule: (
        not isinstance(v, str) or re.search(rule["pattern"], v) is not None
    ),
    "minimum": lambda v, rule: not is_number(v) or v >= rule["minimum"],
    "maximum": lambda v, rule: not is_number(v) or v <= rule["maximum"],
    "exclusiveMinimum": lambda v, rule: (
        not is_number(v) or v > rule["exclusiveMinimum"]
    ),
    "exclusiveMaximum": lambda v, rule: (
        not is_number(v) or v < rule["exclusiveMaximum"]
    ),
}


def objects(rule: Any) -> Iterator[Rule]:
    """Yield each object of the schema that lists properties."""
    if is_object(rule) and "properties" in rule:
        yield rule
    for each in rule.values() if is_object(rule) else rule if is_list(rule) else ():
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
