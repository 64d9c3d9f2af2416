"""Reads the files that make up one configuration and lays them over each other."""

from collections.abc import Mapping
from functools import reduce
from pathlib import Path

import attrs

from .files import read_object
from .locate import Duplicate
from .merge import from_flags, merge
from .place import Node, Scalar, Value, quoted
from .problem import ConfigError, ConfigMissing, Problem, Refused, Unusable
from .settings import Environment
from .shape import shown

SHIPPED = Path(__file__).parent / "environments"
"""Where the settings lie that come with holdfast."""


def merged(
    path: Path | None,
    *,
    environment: str | None,
    flags: Mapping[str, Scalar],
    directory: Path,
) -> tuple[Node, list[Problem]]:
    """Return all that is said, and a problem for each key that is given twice.

    Raises:
        ConfigMissing: a file can't be read.
        ConfigError: a file can't be used at all, so that there is nothing to merge.

    """
    reading = _Reading(directory)
    file = directory / path if path else None
    below = reading.with_bases(file or SHIPPED / "base.json", ())
    own = [below.pop()] if file else []
    chosen = environment or _environment([*below, *own])
    if chosen in list(Environment):
        below.append(reading.overlay(SHIPPED / f"{chosen}.json"))
        beside = file and file.with_name(f"{file.stem}.{chosen}.json")
        if beside and beside.exists():
            own.append(reading.overlay(beside))
    if reading.faults:
        raise ConfigError([*reading.faults, *reading.duplicates])
    said = {"environment": environment, **flags} if environment else flags
    return reduce(merge, [*below, *own, from_flags(said)]), reading.duplicates


@attrs.frozen
class _Reading:
    """What was wrong with the files so far; a file with a fault can't be used."""

    directory: Path
    faults: list[Problem] = attrs.field(factory=list[Problem])
    duplicates: list[Problem] = attrs.field(factory=list[Problem])

    def with_bases(self, path: Path, above: tuple[Path, ...]) -> list[Node]:
        """Return what the file extends, lowest first, and the file itself.

        Raises:
            Refused: the file is among those above it.

        """
        node = self._file(path)
        place = path.resolve()
        if place in above:
            raise Refused("config.extends", "the file extends itself in a circle.")
        base = node.get("extends")
        if not base:
            return [_settings(node)]
        try:
            below = self._base(base, (*above, place))
        except Refused as refused:
            self.faults.append(refused.at(base.at, ("extends",)))
            below = []
        return [*below, _settings(node)]

    def overlay(self, path: Path) -> Node:
        """Return what a file says that extends nothing."""
        node = self._file(path)
        base = node.get("extends")
        if base:
            refused = Refused("config.extends", "an overlay can't extend a file.")
            self.faults.append(refused.at(base.at, ("extends",)))
        return _settings(node)

    def _base(self, base: Node, above: tuple[Path, ...]) -> list[Node]:
        if not isinstance(base.value, str):
            raise Refused(
                "config.extends", f'expected "base" or a path, was {shown(base)}.'
            )
        shipped = base.value == "base"
        path = base.at.source.folder / base.value
        try:
            return self.with_bases(SHIPPED / "base.json" if shipped else path, above)
        except ConfigMissing as missing:
            raise Refused(
                "config.extends",
                f"the file {quoted(str(path))} can't be read: {missing.reason}.",
                'Write "base" for the settings that come with holdfast.',
            ) from missing

    def _file(self, path: Path) -> Node:
        """Return the object in a file; an empty one if the file can't be used."""
        inside = path.is_relative_to(self.directory)
        name = path.relative_to(self.directory) if inside else path
        try:
            node, duplicates = read_object(path, str(name))
        except Unusable as unusable:
            self.faults.append(unusable.problem)
            return Node({}, unusable.problem.place)
        self.duplicates.extend(map(_given_twice, duplicates))
        return node


def _settings(node: Node) -> Node:
    """Return the object without what is no setting."""
    members = node.value if isinstance(node.value, dict) else {}
    return attrs.evolve(
        node,
        value={
            name: item
            for name, item in members.items()
            if name not in ("$schema", "extends")
        },
    )


def _environment(nodes: list[Node]) -> Value:
    said = [node.get("environment") for node in reversed(nodes)]
    return next((each.value for each in said if each), Environment.DEVELOPMENT.value)


def _given_twice(duplicate: Duplicate) -> Problem:
    line, column = duplicate.first.source.position(duplicate.first.offset)
    return Problem(
        code="config.duplicate",
        place=duplicate.second,
        steps=duplicate.path,
        message=f"the key was given before, at line {line}, column {column}.",
        hint="Remove one of the two.",
    )
