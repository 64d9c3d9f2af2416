"""What gets round a simulated world, and what stands in its place while one runs.

A replacement does what the original does, except inside a simulated turn: there it
raises `Escaped`, and the whole run fails with it.
"""

import datetime as dt
import functools
import inspect
import os
import random
import secrets
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NoReturn, TypeGuard, cast

from ..runtime.incarnation import Incarnation
from ..runtime.latch import Latch
from ..runtime.running import Waiter, running
from .dispatchers import SimulatedDispatcher

CLOCK = "self.clock.now() or self.clock.wall()"
CHANCE = "self.random(...)"
NO_OUTSIDE = "an actor that stands for whoever is at the other end"

MAY_ESCAPE = ("logging", "structlog", "threading")
"""Callers whose use of real time changes nothing that an actor does."""

Place = Any
"""A module or a class."""


class Escaped(Exception):
    """An actor used something that no world can turn, so no seed would repeat it."""


def _ways_out() -> Iterator[tuple[Place, str, str]]:
    """Yield what is guarded: where it is, its name, and what to use instead."""
    for name in ("time", "monotonic", "perf_counter", "process_time"):
        yield time, name, CLOCK
        yield time, f"{name}_ns", CLOCK
    yield time, "sleep", "self.after(seconds, call)"
    yield threading.Thread, "start", 'a child of its own, "dispatcher": "pinned"'
    yield threading.Event, "wait", "self.clock.wait(event, timeout)"
    yield threading.Condition, "wait", "self.clock.wait(event, timeout)"
    yield Latch, "wait", "an ask, whose future knows the clock"
    yield socket.socket, "__init__", NO_OUTSIDE
    yield socket, "getaddrinfo", NO_OUTSIDE
    yield subprocess.Popen, "__init__", NO_OUTSIDE
    yield os, "urandom", "self.random(...).randbytes(count)"
    for name in ("uuid1", "uuid4"):
        yield uuid, name, "uuid.UUID(int=self.random(...).getrandbits(128))"
    for name in random.__all__:
        if inspect.ismethod(method := getattr(random, name)) or inspect.isbuiltin(
            method
        ):
            yield random, name, CHANCE
    for name in secrets.__all__:
        if name not in ("SystemRandom", "compare_digest"):
            yield secrets, name, CHANCE


GUARDED: list[tuple[Place, str]] = [
    *((place, name) for place, name, _ in _ways_out()),
    (random, "_urandom"),
    (dt, "datetime"),
    (dt, "date"),
]
"""Where the guards are put; `random` has `os.urandom` under a name of its own."""


def _guarded(name: str, way_out: str, original: Callable[..., Any]) -> Any:
    @functools.wraps(original)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        life = running.life
        if _is_simulated(life) and not _may_escape():
            refuse(life, name, way_out)
        return original(*args, **kwargs)

    return guarded


def _is_simulated(life: Waiter | None) -> TypeGuard[Incarnation]:
    return isinstance(life, Incarnation) and isinstance(
        life.dispatcher, SimulatedDispatcher
    )


def _may_escape() -> bool:
    """Say whether the module that has called a replacement is one of those who may."""
    frame = inspect.currentframe()
    for _ in range(2):
        frame = None if frame is None else frame.f_back
    caller = "" if frame is None else str(frame.f_globals.get("__name__"))
    return caller.split(".")[0] in MAY_ESCAPE


def refuse(life: Incarnation, name: str, way_out: str) -> NoReturn:
    """Fail the run of this incarnation's world, and whatever calls.

    Raises:
        Escaped: always.

    """
    error = Escaped(
        f"{life.cell.path} calls {name} in a simulated world, where every run of a"
        f" seed must be the same: use {way_out}"
    )
    cast("SimulatedDispatcher", life.dispatcher).fail(error)
    raise error


def _full_name(place: Place, name: str) -> str:
    if isinstance(place, ModuleType):
        return f"{place.__name__}.{name}"
    told = f"{place.__module__}.{place.__qualname__}"
    return told if name == "__init__" else f"{told}.{name}"


class _LooksReal(type):
    """Makes the objects of a class objects of its replacement."""

    real: type[Any]

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.real)


def _guarded_class(real: type[Any], *names: str) -> Any:
    """Return a class that makes objects of the real one, and guards these methods.

    The class itself can't be changed: it is not written in Python.
    """

    def make(_: type[Any], *args: Any, **kwargs: Any) -> Any:
        return real(*args, **kwargs)

    guards = {
        name: staticmethod(
            _guarded(f"datetime.{real.__name__}.{name}", CLOCK, getattr(real, name))
        )
        for name in names
    }
    members = {"__new__": make, "real": real, "__doc__": real.__doc__, **guards}
    return _LooksReal(real.__name__, (real,), members)


def _replacements() -> Iterator[tuple[Any, Any]]:
    for place, name, way_out in _ways_out():
        original = getattr(place, name)
        yield original, _guarded(_full_name(place, name), way_out, original)
    yield dt.datetime, _guarded_class(dt.datetime, "now", "utcnow", "today")
    yield dt.date, _guarded_class(dt.date, "today")


REPLACEMENTS: dict[Any, Any] = dict(_replacements())
"""What stands in the place of what."""
