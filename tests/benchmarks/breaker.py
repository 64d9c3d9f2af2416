"""What a breaker costs, closed and open, and how long a cancel takes past a hang."""

import asyncio
import importlib
import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any, ClassVar

import attrs

from holdfast.supervision import BRUTAL, Actor, ChildSpec, RefTo
from holdfast.supervision.breaker import (
    BreakerCore,
    BreakerSettings,
    CircuitBreaker,
    Sample,
)
from holdfast.supervision.outcome import CallClass

from .figures import Sample as Take
from .figures import percentile
from .supervised import supervised

NEW, GOOD = CallClass.NEW, Sample.GOOD


def closed(n: int) -> float:
    """Microseconds to ask for a ticket and to tell its end, the clock read twice."""
    core = BreakerCore(BreakerSettings())
    admit, record, now = core.admit, core.record, perf_counter
    began = now()
    for _ in range(n):
        start = now()
        ticket = admit(NEW, start)
        end = now()
        record(ticket, GOOD, end - start, end)
    return (now() - began) / n * 1e6


def rejected(n: int) -> float:
    """Microseconds to be told that a call must not be sent."""
    core = BreakerCore(BreakerSettings())
    core.not_accepted(0.0, "a benchmark")
    admit, now = core.admit, perf_counter
    began = now()
    for _ in range(n):
        admit(NEW, now())
    return (now() - began) / n * 1e6


# -- what any guard that is safe with threads, or that raises, costs at least --


def two_locks(n: int) -> float:
    """Microseconds to take a lock and count, before and after, the clock read twice."""
    lock, counted, now = threading.Lock(), 0, perf_counter
    began = now()
    for _ in range(n):
        now()
        with lock:
            counted += 1
        now()
        with lock:
            counted += 1
    return (now() - began) / n * 1e6


def raised(n: int) -> float:
    """Microseconds to be told by an exception."""
    began = perf_counter()
    for _ in range(n):
        _quietly(_fails)
    return (perf_counter() - began) / n * 1e6


# -- peers: a guarded call that does nothing, and one that is refused --


def _nothing() -> None:
    pass


def _fails() -> None:
    raise ConnectionError


def _pybreaker() -> tuple[Callable[[], Any], Callable[[], Any]]:
    breaker: Any = importlib.import_module("pybreaker").CircuitBreaker(
        fail_max=1, reset_timeout=3600
    )
    return breaker(_nothing), breaker(_fails)


def _aiobreaker() -> tuple[Callable[[], Any], Callable[[], Any]]:
    module: Any = importlib.import_module("aiobreaker")
    timedelta: Any = importlib.import_module("datetime").timedelta
    # It wants a loop where it is made, although what it guards is no coroutine.
    asyncio.set_event_loop(asyncio.new_event_loop())
    breaker = module.CircuitBreaker(fail_max=1, timeout_duration=timedelta(hours=1))
    return breaker(_nothing), breaker(_fails)


def _circuitbreaker() -> tuple[Callable[[], Any], Callable[[], Any]]:
    module: Any = importlib.import_module("circuitbreaker")
    breaker = module.CircuitBreaker(failure_threshold=1, recovery_timeout=3600)
    return breaker(_nothing), breaker(_fails)


def _purgatory() -> tuple[Callable[[], Any], Callable[[], Any]]:
    module: Any = importlib.import_module("purgatory")
    factory = module.SyncCircuitBreakerFactory(default_threshold=1, default_ttl=3600)
    breaker = factory.get_breaker("bench")
    return _inside(breaker, _nothing), _inside(breaker, _fails)


def _inside(breaker: Any, call: Callable[[], None]) -> Callable[[], None]:
    def guarded() -> None:
        with breaker:
            call()

    return guarded


_GUARDS = {
    "pybreaker": _pybreaker,
    "aiobreaker": _aiobreaker,
    "circuitbreaker": _circuitbreaker,
    "purgatory": _purgatory,
}


def _guarded(name: str) -> Take:
    def take(n: int) -> float:
        good, _ = _GUARDS[name]()
        began = perf_counter()
        for _ in range(n):
            good()
        return (perf_counter() - began) / n * 1e6

    return take


def _refused(name: str) -> Take:
    def take(n: int) -> float:
        _, bad = _GUARDS[name]()
        _quietly(bad)
        began = perf_counter()
        for _ in range(n):
            _quietly(bad)
        return (perf_counter() - began) / n * 1e6

    return take


def _quietly(call: Callable[[], Any]) -> None:
    try:  # noqa: SIM105 - contextlib would be a good part of what is measured
        call()
    except Exception:  # noqa: BLE001, S110 - being refused is what is measured
        pass


GUARDED = {"two locks": two_locks, **{name: _guarded(name) for name in _GUARDS}}
REFUSED = {"raising": raised, **{name: _refused(name) for name in _GUARDS}}


# -- a cancel behind orders that hang --


@attrs.frozen
class Order:
    """Is never answered."""

    call_class: ClassVar[CallClass] = CallClass.NEW


@attrs.frozen
class Cancel:
    """Is answered at once."""

    call_class: ClassVar[CallClass] = CallClass.CANCEL


class Venue(Actor):
    """Hangs on orders, on a loop as a real exchange would be."""

    async def on_receive(self, message: Any) -> str:
        if isinstance(message, Order):
            await asyncio.Event().wait()
        return "cancelled"


def cancel_behind_hung(n: int) -> float:
    """Milliseconds from a cancel to its answer while eight orders hang, p99."""
    venue = ChildSpec(
        id="venue",
        start=Venue,
        dispatcher="loop",
        concurrency=16,
        hang_after=None,
        shutdown=BRUTAL,
    )
    guard = ChildSpec(
        id="breaker",
        start=CircuitBreaker,
        args={"to": RefTo(path="/root/venue"), "timeout": 60.0, "window": 600.0},
    )
    with supervised(venue, guard) as system:
        breaker = system.ref("/root/breaker")
        for _ in range(8):
            breaker.ask(Order(), block=False, timeout=60.0)
        took: list[float] = []
        for _ in range(n):
            began = perf_counter()
            breaker.ask(Cancel())
            took.append(perf_counter() - began)
        return percentile(took, 0.99) * 1e3
