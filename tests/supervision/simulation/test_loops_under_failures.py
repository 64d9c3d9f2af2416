"""What must hold of supervision holds of actors on loops too, whatever goes wrong."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from holdfast.supervision import Actor, AskTimeout, ChildSpec, RefTo, SupervisorSpec
from holdfast.supervision.simulation import FaultKind, Simulation


def _forget(_: object) -> None:
    pass


class Fetcher(Actor):
    """Takes its time over everything, and has a task of its own."""

    async def on_start(self) -> None:  # type: ignore[override]
        self._chance = self.random("fetch", self.incarnation)
        await asyncio.sleep(0.05)
        self._task = asyncio.create_task(self._beat())

    async def on_receive(self, message: Any) -> Any:
        async with asyncio.timeout(5):
            await asyncio.sleep(self._chance.uniform(0.0, 0.5))
        return message

    async def on_stop(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0.1)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            self.me.tell("beat")


class Asker(Actor):
    """Asks and tells without waiting."""

    def __init__(self, to: Any) -> None:
        self._to = to

    def on_start(self) -> None:
        self.after(0.3, self._go)

    def _go(self) -> None:
        self.pipe(self._to.ask("x", block=False, timeout=3), _forget, _forget)
        self._to.tell("y")
        self.after(0.3, self._go)


class Blocker(Asker):
    """Waits for each answer."""

    def _go(self) -> None:
        try:
            self._to.ask("z", timeout=2)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong there
            self.unhandled(error)
        self.after(0.3, self._go)


class Awaiter(Actor):
    """Awaits each answer, and fails where none comes."""

    replies_with = (AskTimeout,)

    def __init__(self, to: Any) -> None:
        self._to = to

    def on_start(self) -> None:
        self.after(0.5, lambda: self.me.tell("go"))

    async def on_receive(self, message: Any) -> Any:
        self.after(0.4, lambda: self.me.tell("go"))
        return await self._to.ask(message, block=False, timeout=2)


TO = {"to": RefTo(path="/root/f")}

TREE = SupervisorSpec(
    strategy="rest_for_one",
    intensity=50,
    period=10,
    children=[
        ChildSpec(
            id="f",
            start=Fetcher,
            dispatcher="loop",
            concurrency=3,
            hang_after=2.0,
            in_flight="redeliver",
        ),
        ChildSpec(id="a", start=Asker, args=TO),
        ChildSpec(id="b", start=Blocker, args=TO, dispatcher="pinned"),
        ChildSpec(id="c", start=Awaiter, args=TO, dispatcher="loop", concurrency=2),
    ],
)

SIMULATION = Simulation(spec=TREE, duration=15.0, fault_count=8)


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_what_must_hold_holds_on_loops(first: int) -> None:
    struck: Counter[str] = Counter()
    found: dict[int, tuple[str, ...]] = {}
    for seed in range(first, first + 20):
        report = SIMULATION.run(seed)
        struck.update(report.failures_injected)
        if report.violations:
            found[seed] = report.violations

    assert found == {}
    assert struck.keys() == set(FaultKind)
