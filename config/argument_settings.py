"""Holds arguments that are settings themselves against the class that reads them.

A `Struct` says by its types what it takes, at any depth; of any other class the names
are known, and what it has against a value.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.inspect import type_info

from ..supervision.runtime.actor import Actor
from .members import Member
from .place import JsonPath, Node, plain, quoted
from .problem import Problem, did_you_mean
from .shape import misfits


def wrong_settings(member: Member, actor: type[Actor]) -> Iterator[Problem]:
    """Yield names that the settings of an actor do not have, and values they refuse."""
    args = member.value("args", {})
    for name, kind in actor.settings.items():
        node = args.get(name) if isinstance(args, dict) else None
        if node is None or node.value is None:
            continue
        path = (*member.path, "args", name)
        if issubclass(kind, msgspec.Struct):
            yield from _misfits(node, path, f"{actor.__name__}.{name}", kind)
        elif isinstance(node.value, dict):
            yield from _wrong(node.value, path, f"{actor.__name__}.{name}", kind)


def _misfits(
    node: Node, path: JsonPath, whose: str, kind: type[msgspec.Struct]
) -> Iterator[Problem]:
    wrong = list(misfits(node, type_info(kind), path))
    yield from wrong
    if wrong:
        return
    try:
        msgspec.convert(plain(node, {}), kind, str_keys=True)
    except msgspec.ValidationError as error:
        yield Problem(
            code="args.value",
            place=node.at,
            steps=path,
            message=f"{whose} can't be like that: {error}.",
        )


def _wrong(
    given: dict[str, Node], path: JsonPath, whose: str, kind: type[Any]
) -> Iterator[Problem]:
    known = list(inspect.signature(kind).parameters)
    for name, node in given.items():
        if name.startswith("$"):
            return  # a marker stands for the whole
        if name not in known:
            yield Problem(
                code="args.unknown",
                place=node.key_at or node.at,
                steps=(*path, name),
                message=f"{whose} has no {quoted(name)}.",
                hint=did_you_mean(name, known),
            )
        elif refused := _refusal(name, node, kind):
            yield Problem(
                code="args.value",
                place=node.at,
                steps=(*path, name),
                message=f"{whose} can't be like that: {refused}.",
            )


def _refusal(name: str, node: Node, kind: type[Any]) -> str:
    """Say what a class has against a value; empty: nothing."""
    if _has_marker(node):
        return ""
    try:
        kind(**{name: plain(node, {})})
    except (TypeError, ValueError) as error:
        return str(error.args[0] if error.args else error)
    return ""


def _has_marker(node: Node) -> bool:
    return isinstance(node.value, dict) and any(k.startswith("$") for k in node.value)
