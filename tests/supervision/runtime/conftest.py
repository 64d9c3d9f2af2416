"""Actors of coroutines that a test lets through, gate by gate."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import pytest

from holdfast.supervision import Actor, ChildSpec, Future

PATIENCE = 20.0


@attrs.define
class Gates:
    """Says what happens, and lets coroutines through one by one."""

    said: list[str] = attrs.field(factory=list[str])
    entered: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    futures: dict[str, Future[str]] = attrs.field(factory=dict[str, Future[str]])

    async def through(self, name: str) -> str:
        gate = self.futures.setdefault(name, Future())
        self.said.append(f"{name} begins")
        self.entered.release()
        try:
            result = await gate
        except asyncio.CancelledError:
            self.said.append(f"{name} cancelled")
            raise
        self.said.append(f"{name} ends")
        return result

    def await_entry(self, times: int = 1) -> None:
        for _ in range(times):
            assert self.entered.acquire(timeout=PATIENCE)

    def open(self, name: str) -> None:
        self.futures.setdefault(name, Future()).settle(f"through {name}")


class Traveller(Actor):
    """Goes through the gate that it is told, or fails with what it is told."""

    replies_with: ClassVar[tuple[type[Exception], ...]] = (LookupError,)

    def __init__(self, gates: Gates, slow_hooks: tuple[str, ...] = ()) -> None:
        self.gates = gates
        self._slow = slow_hooks

    async def on_start(self) -> None:  # type: ignore[override]
        if "start" in self._slow:
            await self.gates.through("start")

    async def on_receive(self, message: Any) -> Any:
        if isinstance(message, Exception):
            raise message
        if callable(message):
            result = message(self)
            return await result if asyncio.iscoroutine(result) else result
        return await self.gates.through(message)

    async def on_stop(self) -> None:  # type: ignore[override]
        self.gates.said.append("on_stop")
        if "stop" in self._slow:
            await self.gates.through("stop")


@pytest.fixture
def gates() -> Gates:
    return Gates()


@pytest.fixture
def traveller(gates: Gates) -> Callable[..., ChildSpec]:
    """Specify a `Traveller`; `hooks` replaces some of its methods."""

    def specify(hooks: dict[str, Any] | None = None, **fields: Any) -> ChildSpec:
        args = {"gates": gates, **fields.pop("args", {})}
        given: dict[str, Any] = {"id": "a", "dispatcher": "loop", **fields}
        start = type("Traveller", (Traveller,), hooks or {})
        return ChildSpec(start=start, args=args, **given)

    return specify
