"""What gets round the world fails loudly, says why, and is itself everywhere else."""

import datetime as dt
import logging
import os
import pkgutil
import queue
import random
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import Actor, ActorSystem, ChildSpec, Future
from holdfast.supervision.simulation import Escaped, World

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]
Call = Callable[[Actor], Any]

REAL_DATETIME = dt.datetime


def what_time() -> int:
    return time.time_ns()


CLOCK = r"self.clock.now\(\) or self.clock.wall\(\)"
CHANCE = r"self.random\(...\)"
OTHER_END = "an actor that stands for whoever"

OF_THE_MACHINE = [
    ("time:time", CLOCK),
    ("time:time_ns", CLOCK),
    ("time:monotonic", CLOCK),
    ("time:perf_counter_ns", CLOCK),
    ("time:process_time", CLOCK),
    ("time:sleep", r"self.after\(seconds, call\)"),
    ("datetime:datetime.now", CLOCK),
    ("datetime:datetime.today", CLOCK),
    ("datetime:date.today", CLOCK),
    ("random:random", CHANCE),
    ("random:choice", CHANCE),
    ("random:shuffle", CHANCE),
    ("secrets:token_hex", CHANCE),
    ("secrets:randbelow", CHANCE),
    ("os:urandom", "self.random"),
    ("uuid:uuid4", "uuid.UUID"),
    ("uuid:uuid1", "uuid.UUID"),
    ("socket:socket", OTHER_END),
    ("socket:getaddrinfo", OTHER_END),
    ("subprocess:Popen", OTHER_END),
]

IN_A_ROUNDABOUT_WAY: list[tuple[Callable[[], object], str, str]] = [
    (lambda: random.SystemRandom().random(), "os.urandom", "self.random"),
    (lambda: socket.create_connection(("", 1)), "socket.getaddrinfo", OTHER_END),
    (lambda: subprocess.run(["true"], check=True), "subprocess.Popen", OTHER_END),
    (lambda: threading.Thread().start(), "threading.Thread.start", "a child"),
    (lambda: threading.Event().wait(1), "threading.Event.wait", "self.clock.wait"),
    (lambda: queue.Queue[int]().get(), "threading.Condition.wait", "self.clock.wait"),
    (lambda: Future[None]().get(timeout=1), "holdfast.*latch.Latch.wait", "an ask"),
]


@pytest.mark.parametrize(("where", "way_out"), OF_THE_MACHINE)
def test_an_actor_that_gets_round_the_world_fails_the_whole_run(
    inhabit: Inhabit, child: Child, where: str, way_out: str
) -> None:
    def call(_: Actor) -> None:
        pkgutil.resolve_name(where)()

    system = inhabit(child("a"))
    asked = system.ref("/root/a").ask(call, block=False)
    name = where.replace(":", ".")

    with pytest.raises(Escaped, match=f"^/root/a calls {name} in .* use {way_out}"):
        asked.get()


@pytest.mark.parametrize(("call", "name", "way_out"), IN_A_ROUNDABOUT_WAY)
def test_it_does_so_in_a_roundabout_way_too(
    inhabit: Inhabit,
    child: Child,
    call: Callable[[], object],
    name: str,
    way_out: str,
) -> None:
    def make(_: Actor) -> None:
        call()

    system = inhabit(child("a", dispatcher="pinned"))
    asked = system.ref("/root/a").ask(make, block=False)

    with pytest.raises(Escaped, match=f"^/root/a calls {name} in .* use {way_out}"):
        asked.get()


def test_an_escape_fails_the_run_even_if_the_actor_hides_it(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    def hide(_: Actor) -> None:
        try:
            what_time()
        except Exception:  # noqa: BLE001 - that is what it is about
            logging.getLogger("a").debug("never mind")

    system = inhabit(child("a"))
    system.ref("/root/a").tell(hide)

    with pytest.raises(Escaped, match=r"/root/a calls time\.time_ns"):
        world.run(until=1.0)


def test_every_hook_of_an_actor_is_watched(inhabit: Inhabit, child: Child) -> None:
    def look(_: Actor) -> None:
        what_time()

    system = inhabit(child("a", starting=look), start=False)

    with pytest.raises(Escaped):
        system.start().get()


def made_day(_: Actor) -> dt.datetime:
    return dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


HARMLESS: list[Call] = [
    made_day,
    lambda _: logging.getLogger("a").warning("said"),
    lambda _: dt.datetime.fromtimestamp(0, dt.UTC).isoformat(),
    lambda actor: made_day(actor) - dt.timedelta(days=1),
    lambda _: random.Random(7).random(),
    lambda _: uuid.UUID(int=7),
    lambda actor: actor.clock.wait(threading.Event(), 1.0),
]


@pytest.mark.parametrize("call", HARMLESS)
def test_what_every_run_repeats_is_left_alone(
    inhabit: Inhabit, child: Child, call: Call
) -> None:
    system = inhabit(child("a", dispatcher="pinned"))

    system.ref("/root/a").ask(call)

    assert system.cell("/root/a").incarnation == 1


def test_a_day_that_an_actor_makes_is_an_ordinary_one(
    inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"))

    day = system.ref("/root/a").ask(made_day)

    assert type(day) is REAL_DATETIME
    assert isinstance(day, dt.datetime)


def test_outside_of_turns_everything_works_while_the_world_runs(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    said: list[int] = []
    inhabit(child("a"))
    world.clock.call_later(1.0, lambda: said.append(what_time()))

    world.run(until=2.0)

    assert said[0] <= what_time()
    assert len(os.urandom(16)) == 16
