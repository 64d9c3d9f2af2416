"""Who is ended while it starts gives back what it took meanwhile."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    EventKind,
    ExitKind,
    ExitReason,
    ManualClock,
    StartFailed,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
WaitFor = Callable[..., None]


def exits(system: ActorSystem) -> list[str]:
    return [
        f"{event.path} {event.exit_kind}"
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


class Ended(Actor):
    """Is ended while it starts for the second time."""

    def __init__(self, cleaned: threading.Event) -> None:
        self._cleaned = cleaned

    def on_start(self) -> Any:
        if self.incarnation == 2:
            self.me.cell.kill(ExitReason(ExitKind.KILLED, "by a test"))

    async def on_stop(self) -> None:  # type: ignore[override] # a loop lets it
        if self.incarnation == 2:
            self._cleaned.set()


class EndedLater(Ended):
    async def on_start(self) -> None:  # type: ignore[override] # a loop lets it
        super().on_start()


@pytest.mark.parametrize("start", [Ended, EndedLater])
def test_who_is_killed_while_it_starts_on_a_loop_cleans_up(
    start: type[Actor], grow: Grow, wait_for: WaitFor
) -> None:
    cleaned = threading.Event()
    args = {"cleaned": cleaned}
    system = grow(ChildSpec(id="a", start=start, args=args, dispatcher="loop"))

    system.cell("/root/a").kill(ExitReason(ExitKind.KILLED, "by a test"))
    wait_for(system, "/root/a ready", times=2)

    assert cleaned.wait(PATIENCE)
    assert exits(system) == ["/root/a killed"] * 2


@attrs.define
class Shelf:
    """Where something is taken from and given back to."""

    gate: threading.Event
    taken: threading.Event = attrs.field(factory=threading.Event)
    given_back: threading.Event = attrs.field(factory=threading.Event)
    said: list[str] = attrs.field(factory=list[str])


class Taker(Actor):
    """Takes something, takes too long to start, and gives back what it took."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def on_start(self) -> Any:
        self.shelf.taken.set()
        self.shelf.gate.wait(PATIENCE)

    def on_stop(self) -> Any:
        self.shelf.said.append("given back")
        self.shelf.given_back.set()


class Failing(Taker):
    def on_start(self) -> None:
        super().on_start()
        raise ConnectionError("not connected after all")


class Talking(Taker):
    def on_start(self) -> None:
        super().on_start()
        self.me.tell("I am up")  # by then it is fenced


class Waiting(Taker):
    async def on_start(self) -> None:  # type: ignore[override] # a loop lets it
        self.shelf.taken.set()
        await asyncio.Event().wait()


class Stubborn(Taker):
    async def on_start(self) -> None:  # type: ignore[override] # a loop lets it
        self.shelf.taken.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.sleep(0)


class Thorough(Waiting):
    async def on_stop(self) -> None:  # type: ignore[override] # a loop lets it
        self.shelf.said.append("giving back")
        await asyncio.sleep(0)
        super().on_stop()


class Endless(Waiting):
    async def on_stop(self) -> None:  # type: ignore[override] # a loop lets it
        self.shelf.said.append("giving back")
        try:
            await asyncio.Event().wait()
        finally:
            self.shelf.said.append("cut short")
            self.shelf.given_back.set()


class Blocking(Thorough):
    async def on_start(self) -> None:  # type: ignore[override] # a loop lets it
        Taker.on_start(self)


@pytest.mark.parametrize(
    ("start", "dispatcher", "said"),
    [
        (Taker, "pinned", ["given back"]),
        (Failing, "pinned", ["given back"]),
        (Talking, "pinned", ["given back"]),
        (Taker, "loop", ["given back"]),
        (Failing, "loop", ["given back"]),
        (Waiting, "loop", ["given back"]),
        (Stubborn, "loop", ["given back"]),
        (Thorough, "loop", ["giving back", "given back"]),
        (Endless, "loop", ["giving back", "cut short"]),
        (Blocking, "loop", ["giving back", "given back"]),
    ],
)
def test_who_takes_too_long_to_start_gives_back_what_it_took(
    grow: Grow,
    clock: ManualClock,
    gate: threading.Event,
    start: type[Taker],
    dispatcher: str,
    said: list[str],
) -> None:
    shelf = Shelf(gate)
    args = {"shelf": shelf}
    spec = ChildSpec(
        id="a", start=start, args=args, dispatcher=dispatcher, start_timeout=2
    )
    system = grow(spec, start=False)
    started = system.start()
    assert shelf.taken.wait(PATIENCE)

    clock.advance(2)
    with pytest.raises(StartFailed, match="was not ready within 2 s"):
        started.get(timeout=PATIENCE)
    gate.set()

    assert shelf.given_back.wait(PATIENCE)
    system.close()
    assert shelf.said == said
    assert exits(system)[0] == "/root/a start_failed"
