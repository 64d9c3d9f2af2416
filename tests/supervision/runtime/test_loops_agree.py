"""What happens on a real loop happens on one that a simulated world turns."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Future,
    ManualClock,
    TerminateChild,
)
from holdfast.supervision.simulation import World

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
WaitFor = Callable[..., None]
Tell = Callable[[ActorSystem], list[str]]


class Gates(Protocol):
    said: list[str]

    async def through(self, name: str) -> str: ...
    def await_entry(self, times: int = 1) -> None: ...
    def open(self, name: str) -> None: ...


@attrs.define
class Stage:
    """One traveller on a loop, and how time passes there."""

    grown: Grow
    specify: Specify
    gates: Gates
    wait: WaitFor
    pass_time: Callable[[float], None]
    settle: Callable[[], None]
    system: Any = None

    def grow(self, **fields: Any) -> None:
        start = fields.pop("start", True)
        self.system = self.grown(self.specify(**fields), start=start)

    def ask(self, message: Any) -> Future[Any]:
        asked: Future[Any] = self.system.ref("/root/a").ask(message, block=False)
        return asked

    def tell(self, *messages: Any) -> None:
        for message in messages:
            self.system.ref("/root/a").tell(message)

    def await_entry(self, times: int = 1) -> None:
        self.settle()
        self.gates.await_entry(times)

    def wait_for(self, line: str, times: int = 1) -> None:
        self.settle()
        self.wait(self.system, line, times=times)

    def terminate(self) -> Future[Any]:
        gone: Future[Any] = self.system.ref("/root").command(TerminateChild("a"))
        return gone


@pytest.fixture(params=["real", "simulated"])
def stage(
    request: pytest.FixtureRequest,
    grow: Grow,
    traveller: Specify,
    gates: Gates,
    wait_for: WaitFor,
    clock: ManualClock,
) -> Iterator[Stage]:
    if request.param == "real":
        yield Stage(grow, traveller, gates, wait_for, clock.advance, lambda: None)
        return

    def pass_time(seconds: float) -> None:
        world.run(until=world.clock.now() + seconds)

    def grow_there(*children: ChildSpec, **fields: Any) -> ActorSystem:
        ports = {"clock": world.clock, "dispatchers": world.dispatchers}
        return grow(*children, **ports, **fields)

    with World(seed=1) as world:
        stage = Stage(
            grow_there, traveller, gates, wait_for, pass_time, lambda: pass_time(0.0)
        )
        yield stage
        stage.system.stop(5.0).get()


def error_of(future: Future[Any]) -> str:
    try:
        future.get(timeout=PATIENCE)
    except Exception as error:  # noqa: BLE001 - any is told
        return type(error).__name__
    return "no error"


def reply(stage: Stage) -> list[Any]:
    stage.grow()
    answer = stage.ask("x")
    stage.await_entry()
    stage.gates.open("x")
    return [answer.get(timeout=PATIENCE)]


def one_after_the_other(stage: Stage) -> list[Any]:
    stage.grow()
    asked = [stage.ask(name) for name in "xy"]
    stage.await_entry()
    for name in "yx":
        stage.gates.open(name)
    return [each.get(timeout=PATIENCE) for each in asked]


def two_side_by_side(stage: Stage) -> list[Any]:
    stage.grow(concurrency=2)
    asked = [stage.ask(name) for name in "xyz"]
    stage.await_entry(2)
    stage.gates.open("y")
    stage.await_entry()
    for name in "xz":
        stage.gates.open(name)
        asked["xyz".index(name)].get(timeout=PATIENCE)
    return []


def crash(stage: Stage) -> list[Any]:
    stage.grow(concurrency=3)
    asked = stage.ask("x")
    stage.tell("y")
    stage.await_entry(2)
    stage.tell(ValueError("boom"))
    stage.wait_for("/root/a ready", times=2)
    return [error_of(asked)]


def answer(stage: Stage) -> list[Any]:
    stage.grow()
    return [error_of(stage.ask(LookupError("no such thing")))]


def stop(stage: Stage) -> list[Any]:
    stage.grow()
    stage.tell("x")
    stage.await_entry()
    gone = stage.terminate()
    stage.wait_for("/root/a stopping")
    stage.gates.open("x")
    gone.get(timeout=PATIENCE)
    return []


def stop_too_late(stage: Stage) -> list[Any]:
    stage.grow(shutdown=2)
    stage.tell("x")
    stage.await_entry()
    gone = stage.terminate()
    stage.wait_for("/root/a stopping")
    stage.pass_time(2)
    gone.get(timeout=PATIENCE)
    return []


def failed_start(stage: Stage) -> list[Any]:
    async def fail(_: Actor) -> None:
        raise ConnectionError("no line")

    stage.grow(hooks={"on_start": fail}, start=False)
    return [error_of(stage.system.start())]


def cancelled_start(stage: Stage) -> list[Any]:
    stage.grow(args={"slow_hooks": ("start",)}, start=False)
    stage.system.start()
    stage.await_entry()
    stage.system.stop().get(timeout=PATIENCE)
    return []


def slow_clean_up(stage: Stage) -> list[Any]:
    stage.grow(args={"slow_hooks": ("stop",)})
    gone = stage.terminate()
    stage.await_entry()
    before = stage.system.cell("/root/a").life is not None
    stage.gates.open("stop")
    gone.get(timeout=PATIENCE)
    return [before]


def hang(stage: Stage) -> list[Any]:
    stage.grow(hang_after=3)
    asked = stage.ask("x")
    stage.await_entry()
    own = [each for each in threading.enumerate() if each.name == "/root/a#1"]
    stage.pass_time(4)
    stage.wait_for("/root/a ready", times=2)
    for thread in own:  # of a real loop
        thread.join(PATIENCE)
    return [error_of(asked)]


def own_task(stage: Stage) -> list[Any]:
    tasks: list[asyncio.Task[str]] = []

    async def begin(_: Actor) -> None:
        tasks.append(asyncio.create_task(stage.gates.through("background")))

    stage.grow()
    stage.ask(begin).get(timeout=PATIENCE)
    stage.await_entry()
    stage.terminate().get(timeout=PATIENCE)
    return [len(tasks)]


def nothing(_: Actor) -> None:
    pass


def redelivery(stage: Stage) -> list[Any]:
    said: list[bool] = []

    def fail_once(actor: Actor) -> None:
        said.append(actor.redelivered)
        if not actor.redelivered:
            raise ValueError("boom")

    stage.grow(in_flight="redeliver")
    stage.tell(fail_once)
    stage.wait_for("/root/a ready", times=2)
    stage.ask(nothing).get(timeout=PATIENCE)
    return said


Play = Callable[[Stage], list[Any]]

UP = ["/root/a starting", "/root/a ready"]

SCENARIOS: list[tuple[Play, list[Any], list[str], list[str]]] = [
    (reply, ["through x"], ["x begins", "x ends", "on_stop"], UP),
    (
        one_after_the_other,
        ["through x", "through y"],
        ["x begins", "x ends", "y begins", "y ends", "on_stop"],
        UP,
    ),
    (
        two_side_by_side,
        [],
        ["x begins", "y begins", "y ends", "z begins", "x ends", "z ends", "on_stop"],
        UP,
    ),
    (
        crash,
        ["ActorCrashed"],
        ["x begins", "y begins", "x cancelled", "y cancelled", "on_stop"],
        [*UP, "/root/a exited restart", *UP],
    ),
    (answer, ["LookupError"], ["on_stop"], UP),
    (
        stop,
        [],
        ["x begins", "x ends", "on_stop"],
        [*UP, "/root/a stopping", "/root/a exited leave_stopped"],
    ),
    (
        stop_too_late,
        [],
        ["x begins", "x cancelled"],
        [*UP, "/root/a stopping", "/root/a exited leave_stopped"],
    ),
    (
        failed_start,
        ["StartFailed"],
        [],
        ["/root/a starting", "/root/a exited escalate"],
    ),
    (
        cancelled_start,
        [],
        ["start begins", "start cancelled", "on_stop"],
        ["/root/a starting", "/root/a stopping", "/root/a exited shut_down"],
    ),
    (
        slow_clean_up,
        [True],
        ["on_stop", "stop begins", "stop ends"],
        [*UP, "/root/a stopping", "/root/a exited leave_stopped"],
    ),
    (
        hang,
        ["ActorCrashed"],
        ["x begins", "x cancelled", "on_stop"],
        [*UP, "/root/a exited restart", *UP],
    ),
    (
        own_task,
        [1],
        ["background begins", "on_stop", "background cancelled"],
        [*UP, "/root/a stopping", "/root/a exited leave_stopped"],
    ),
    (redelivery, [False, True], ["on_stop"], [*UP, "/root/a exited restart", *UP]),
]


@pytest.mark.parametrize(
    ("play", "told", "said", "happened"),
    SCENARIOS,
    ids=[play.__name__ for play, *_ in SCENARIOS],
)
def test_a_loop_in_a_world_does_what_a_real_one_does(
    stage: Stage,
    history: Tell,
    play: Play,
    told: list[Any],
    said: list[str],
    happened: list[str],
) -> None:
    result = play(stage)
    happenings = history(stage.system)
    stage.system.stop(5.0).get(timeout=PATIENCE)
    stage.settle()
    stage.system.close()  # waits for the thread of a real loop

    assert result == told
    assert stage.gates.said == said
    assert [each for each in happenings if each.startswith("/root/a ")] == happened
