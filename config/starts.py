"""Finds the actor class that a worker names, and holds its arguments against it."""

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TypeGuard

from ..supervision.runtime.actor import Actor
from .argument_settings import wrong_settings
from .members import Member
from .nodes import IMPORT_PATH
from .place import quoted
from .problem import Problem, Refused, did_you_mean

_NAMED = (
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
)


def wrong_starts(member: Member, directory: Path) -> Iterator[Problem]:
    """Yield what is wrong with the class of a worker and with its arguments.

    The class is imported: from the installed packages or from `directory`, which stays
    on `sys.path`, since a module may import its neighbours later.
    """
    start = member.value("start")
    if not isinstance(start, str) or not re.fullmatch(IMPORT_PATH, start):
        return
    try:
        actor = actor_class(start, directory)
    except Refused as refused:
        yield refused.at(member.place("start"), (*member.path, "start"))
    else:
        yield from _arguments(member, actor)
        yield from wrong_settings(member, actor)


def actor_class(start: str, directory: Path) -> type[Actor]:
    """Import the class at `module:Class`.

    Raises:
        Refused: there is no such actor class, or its module fails when imported.

    """
    module_name, _, class_name = start.partition(":")
    module = _imported(module_name, directory)
    found = vars(module).get(class_name)
    if found is None:
        actors = [name for name, value in vars(module).items() if _is_actor(value)]
        raise Refused(
            "start.attribute",
            f"module {module_name} has no {class_name}.",
            did_you_mean(class_name, actors),
        )
    if not _is_actor(found):
        raise Refused(
            "start.class",
            f"{start} is not a subclass of Actor.",
            "Derive the class from holdfast.supervision.Actor.",
        )
    return found


def _imported(name: str, directory: Path) -> ModuleType:
    folder = str(directory.resolve())
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return importlib.import_module(name)
    # The module is the user's own: whatever it raises is for the user to read.
    except (Exception, SystemExit) as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing and f"{name}.".startswith(f"{missing}."):
            raise Refused(
                "start.module",
                f"there is no module {missing}; searched {folder} and the installed"
                " packages.",
                did_you_mean(missing, _neighbours(missing, folder)),
            ) from error
        raise Refused(
            "start.import",
            f"module {name} fails when imported, with {type(error).__name__}"
            f" {quoted(str(error))}.",
        ) from error


def _neighbours(missing: str, folder: str) -> list[str]:
    """Return the modules that could have been meant."""
    parent, _, _ = missing.rpartition(".")
    if not parent:
        return ["holdfast", *(each.name for each in pkgutil.iter_modules([folder]))]
    paths = getattr(sys.modules.get(parent), "__path__", [])
    return [f"{parent}.{each.name}" for each in pkgutil.iter_modules(paths)]


def _is_actor(value: object) -> TypeGuard[type[Actor]]:
    return isinstance(value, type) and issubclass(value, Actor)


def _arguments(member: Member, actor: type[Actor]) -> Iterator[Problem]:
    parameters = inspect.signature(actor).parameters.values()
    known = {each.name: each for each in parameters if each.kind in _NAMED}
    passed_on = _passed_on(actor)
    takes_any = passed_on is None
    allowed = list(dict.fromkeys([*known, *(passed_on or ())]))
    args = member.value("args", {})
    given = args if isinstance(args, dict) else {}
    for name, node in given.items():
        # A name with a `$` is reported as a marker in the wrong place.
        if name not in allowed and not takes_any and not name.startswith("$"):
            yield Problem(
                code="args.unknown",
                place=node.key_at or node.at,
                steps=(*member.path, "args", name),
                message=f"{actor.__name__} takes no argument {quoted(name)}.",
                hint=did_you_mean(name, allowed),
            )
    if member.is_template:
        return  # the rest of its arguments may come with start_child
    for name, each in known.items():
        if each.default is inspect.Parameter.empty and name not in given:
            yield Problem(
                code="args.missing",
                place=member.place("args"),
                steps=(*member.path, "args"),
                message=f"{actor.__name__} needs the argument {quoted(name)}.",
            )


def _passed_on(actor: type[Actor]) -> list[str] | None:
    """Name what a class takes by passing it on to those it is derived from.

    None: it takes anything, as far as can be seen.
    """
    names: list[str] = []
    for kind in actor.__mro__:
        if kind is Actor:
            return None
        if "__init__" not in vars(kind):
            continue
        _, *parameters = inspect.signature(vars(kind)["__init__"]).parameters.values()
        names += [each.name for each in parameters if each.kind in _NAMED]
        if all(each.kind is not inspect.Parameter.VAR_KEYWORD for each in parameters):
            return names
    return None
