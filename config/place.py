"""Where a value of the configuration stands, so that a message can point at it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import attrs

from .masking import masked

Scalar: TypeAlias = "bool | int | float | str | None"
Value: TypeAlias = "Scalar | list[Node] | dict[str, Node]"
JsonPath: TypeAlias = "tuple[str | int, ...]"

WIDTH = 100
"""How many characters of a line are shown."""


@attrs.frozen
class Source:
    """A file of the configuration; `text` None means a flag of the command line.

    Paths in the file are relative to `folder`.
    """

    name: str
    text: str | None = attrs.field(repr=False)
    folder: Path = Path()

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column, both from 1."""
        before = (self.text or "")[:offset]
        return before.count("\n") + 1, offset - before.rfind("\n")

    def line(self, number: int) -> str:
        """Return a line as it may be shown: one column for each character."""
        line = masked(self.text or "").split("\n")[number - 1]
        return "".join(
            char if char.isprintable() else " " if char.isspace() else "?"
            for char in line
        )


@attrs.frozen
class Place:
    """A character of a source, counted from 0."""

    source: Source
    offset: int = 0

    def __str__(self) -> str:
        if self.source.text is None:
            return self.source.name
        line, column = self.source.position(self.offset)
        return f"{self.source.name}:{line}:{column}"

    def excerpt(self) -> list[str]:
        """Return the line, cut to what fits, and under it a caret."""
        if not self.source.text:
            return []
        number, column = self.source.position(self.offset)
        line = self.source.line(number)
        start = max(0, column - WIDTH // 2) if len(line) > WIDTH else 0
        shown = line[start : start + WIDTH].rstrip()
        return [f"  {shown}", f"  {'^':>{column - start}}"]


@attrs.frozen
class Node:
    """A JSON value together with its place, and that of its key in an object."""

    value: Value
    at: Place
    key_at: Place | None = None

    def get(self, name: str) -> "Node | None":
        """Return the member of that name, if this is an object that has it."""
        return self.value.get(name) if isinstance(self.value, dict) else None


def plain(node: Node, stand_ins: Mapping[Place, object]) -> object:
    """Return the value without places; `stand_ins` replace what stands at a place."""
    if node.at in stand_ins:
        return stand_ins[node.at]
    if isinstance(node.value, dict):
        return {name: plain(item, stand_ins) for name, item in node.value.items()}
    if isinstance(node.value, list):
        return [plain(item, stand_ins) for item in node.value]
    return node.value


def quoted(text: str) -> str:
    """Write text as JSON does, on one line and without invisible characters."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def json_path(path: JsonPath) -> str:
    """Write a path as `$.tree.children[1].restart`."""
    return "$" + "".join(
        f"[{step}]"
        if isinstance(step, int)
        else f".{step}"
        if step.isidentifier()
        else f"[{quoted(step)}]"
        for step in path
    )
