"""Lays one configuration over another; every value keeps the place it came from."""

from collections.abc import Mapping
from typing import TypeGuard

import attrs

from .place import Node, Place, Scalar, Source, Value

MARKERS = ("$ref", "$env", "$file")
"""The only keys with a `$`: an object with one of them stands for a value."""

FLAGS = {"environment": "env", "state_dir": "state", "web.port": "port"}
"""Settings whose flag on the command line has another name."""


def merge(low: Node, high: Node) -> Node:
    """Return `low` with everything that `high` says.

    Objects merge key by key, lists of objects with an `id` merge by id (new ones come
    last); any other value of `high` replaces the one below. Arguments belong to their
    class: who names another `start` inherits no `args`.
    """
    # An object reaches further than the flag that changes a part of it.
    place = low if high.at.source.text is None else high
    if isinstance(low.value, dict) and isinstance(high.value, dict):
        if not _is_marker(low.value) and not _is_marker(high.value):
            return attrs.evolve(place, value=_objects(low.value, high.value))
    elif _have_ids(low.value) and _have_ids(high.value):
        return attrs.evolve(place, value=_lists(low.value, high.value))
    return high


def from_flags(flags: Mapping[str, Scalar]) -> Node:
    """Return the object that flags say, by the path of their setting: `web.port`."""
    root = Node({}, Place(Source("the command line", text=None)))
    for path, value in flags.items():
        place = Place(Source(f"--{FLAGS.get(path, path)}", text=None))
        node = Node(value, place, place)
        for key in reversed(path.split(".")):
            node = Node({key: node}, place, place)
        root = merge(root, node)
    return root


def _objects(low: dict[str, Node], high: dict[str, Node]) -> dict[str, Node]:
    if "start" in low and "start" in high and low["start"].value != high["start"].value:
        low = {name: node for name, node in low.items() if name != "args"}
    changed = {
        name: merge(low[name], node) if name in low else node
        for name, node in high.items()
    }
    return low | changed


def _lists(low: list[Node], high: list[Node]) -> list[Node]:
    merged = list(low)
    below = {_id(node): index for index, node in reversed(list(enumerate(low)))}
    for node in high:
        # Popped, so that an id given twice stays twice and is reported.
        index = below.pop(_id(node), None)
        if index is None:
            merged.append(node)
        else:
            merged[index] = merge(low[index], node)
    return merged


def _is_marker(members: dict[str, Node]) -> bool:
    return any(name in members for name in MARKERS)


def _have_ids(value: Value) -> TypeGuard[list[Node]]:
    return isinstance(value, list) and bool(value) and None not in map(_id, value)


def _id(node: Node) -> str | None:
    name = node.get("id")
    return name.value if name and isinstance(name.value, str) else None
