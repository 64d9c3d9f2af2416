"""Tries everything that can happen to a breaker, from every state that can be reached.

This is no model: each step is taken by a copy of the real core. States that differ
only in numbers which nothing depends on are one; from each, every event is tried once.
"""

import copy
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from holdfast.supervision.breaker import BreakerCore, HoldKind, Sample, State
from holdfast.supervision.outcome import CallClass

KINDS = (CallClass.DATA, CallClass.QUERY, CallClass.NEW, CallClass.CANCEL)
ALL_FACTS = ("throttled", "banned", "wrong key", "unknown")
Key = tuple[object, ...]
Do = Callable[[BreakerCore, float], object]


@attrs.frozen
class Under:
    """A call under way: its ticket, and what it is."""

    ticket: int
    kind: CallClass


@attrs.frozen(eq=False)
class Node:
    """A core, the calls under way through it, and how it came to be."""

    core: BreakerCore
    calls: tuple[Under, ...] = ()
    now: float = 0.0
    path: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """What its future depends on."""
        core = self.core
        calls = sorted(
            (core.is_current(call.ticket), *_nature(core, call)) for call in self.calls
        )
        return (
            core.state,
            frozenset(core.holds),
            core.permits,
            min(core.successes, core.settings.needed),
            core.height,
            core.dwell_until is None,
            core.forced_until is None,
            core.warned,
            _counted(core, self.now),
            *calls,
        )


def _nature(core: BreakerCore, call: Under) -> tuple[int, bool]:
    """Say what the end of a call depends on."""
    depth = call.ticket & 3 if core.is_current(call.ticket) else 0
    return depth, call.kind.changes_the_venue


def _counted(core: BreakerCore, now: float) -> object:
    """Say what the next sample depends on; where none is counted, on nothing."""
    volume, bad, _ = core.window.counts(now)
    if core.state is State.CLOSED:
        return min(volume, 4), min(bad, 4)
    if core.state is State.METRICS_ONLY:
        return min(volume, 2), bad >= core.settings.failure_rate * volume
    return None


@attrs.frozen
class Step:
    """One event: what it was tried on, what came of it, and which call it is about."""

    before: Node
    event: str
    after: Node
    call: Under | None = None


def explored(
    make: Callable[[], BreakerCore],
    *,
    facts: tuple[str, ...] = ALL_FACTS,
    at_once: int = 2,
) -> Iterator[Step]:
    """Yield every step from every state that can be reached.

    `at_once` calls may be under way, and end in one of these `facts`, or in a sample.
    """
    first = Node(make())
    seen, waiting = {first.key}, deque([first])
    while waiting:
        for step in _steps(waiting.popleft(), facts, at_once):
            yield step
            key = step.after.key
            if key not in seen:
                seen.add(key)
                waiting.append(step.after)


def _steps(node: Node, facts: tuple[str, ...], at_once: int) -> Iterator[Step]:
    if len(node.calls) < at_once:
        yield from _begins(node)
    for call in dict.fromkeys(node.calls):
        yield from _ends(node, call, facts)
    for event, do in _from_outside(node.core):
        yield _step(node, event, do)
    due = node.core.next_due()
    if due is not None:
        now = max(node.now, due)
        yield _step(node, "time", lambda core, now: core.tick(now), now=now)


def _step(node: Node, event: str, do: Do, **changed: Any) -> Step:
    core = _twin(node.core)
    path = (*node.path, event)
    after = attrs.evolve(node, core=core, path=path, **changed)
    do(core, after.now)
    return Step(node, event, after)


def _twin(core: BreakerCore) -> BreakerCore:
    """Copy a core as `copy` does, in a tenth of the time."""
    twin = copy.copy(core)
    twin.window = copy.copy(core.window)
    twin.holds, twin.unresolved = dict(core.holds), dict(core.unresolved)
    twin.changes = []
    return twin


def _begins(node: Node) -> Iterator[Step]:
    for kind in KINDS:
        core = _twin(node.core)
        ticket = core.admit(kind, node.now)
        event = f"{kind} {'begins' if ticket else 'rejected'}"
        call = Under(ticket, kind)
        calls = (*node.calls, call) if ticket else node.calls
        yield Step(node, event, Node(core, calls, node.now, (*node.path, event)), call)


def _ends(node: Node, call: Under, facts: tuple[str, ...]) -> Iterator[Step]:
    left = list(node.calls)
    left.remove(call)
    stale = "" if node.core.is_current(call.ticket) else "late "
    results = {"good": Sample.GOOD, "bad": Sample.BAD, "neutral": Sample.NEUTRAL}
    for name, sample in results.items():
        end = _recording(call, sample)
        step = _step(node, f"{stale}{name}", end, calls=tuple(left))
        yield attrs.evolve(step, call=call)
    if call.ticket & 3:
        slow = _recording(call, Sample.GOOD, took=99.0)
        yield _step(node, f"{stale}slow", slow, calls=tuple(left))
    for name in facts:
        if name != "unknown" or call.kind.changes_the_venue:
            fact = _ending(call, _FACTS[name])
            yield _step(node, name, fact, calls=tuple(left))


def _recording(call: Under, sample: Sample, *, took: float = 0.0) -> Do:
    return lambda core, now: core.record(call.ticket, sample, took, now)


def _ending(call: Under, fact: Do) -> Do:
    def end(core: BreakerCore, now: float) -> None:
        core.record(call.ticket, Sample.NEUTRAL, 0.0, now)
        fact(core, now)

    return end


_FACTS: dict[str, Do] = {
    "throttled": lambda core, now: core.throttled(7, now, is_ban=False, why=""),
    "banned": lambda core, now: core.throttled(9, now, is_ban=True, why=""),
    "wrong key": lambda core, now: core.not_accepted(now, ""),
    "unknown": lambda core, now: core.unknown("o", now, ""),
}


def _from_outside(core: BreakerCore) -> Iterator[tuple[str, Do]]:
    if core.unresolved:
        yield "reconciled", lambda core, now: core.reconciled((), now)
    if HoldKind.OPERATOR in core.holds:
        yield "unlock", lambda core, now: core.unlock(now, "")
    yield "force open", lambda core, now: core.force_open(now, "")
    yield "force open for a time", lambda core, now: core.force_open(now, "", 3.0)
    yield "disable", lambda core, now: core.disable(now, "")
    yield "only measure", lambda core, now: core.only_measure(now, "")
    yield "reset", lambda core, now: core.reset(now, "")
    yield "forced reset", lambda core, now: core.reset(now, "", force=True)
    yield "crash", lambda core, now: core.restarted({}, now)
