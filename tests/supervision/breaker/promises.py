"""What must hold of every step that a breaker can take, and of all of them together."""

from collections import deque
from collections.abc import Iterable, Iterator

from holdfast.supervision.breaker import BreakerCore, HoldKind, State
from holdfast.supervision.outcome import CallClass
from holdfast.tests.supervision.breaker.explorer import Key, Node, Step

TIMED = {HoldKind.TIMER, HoldKind.UNTIL, HoldKind.BAN}
LIFTED = {
    "time": TIMED,
    "reconciled": {HoldKind.RECONCILE},
    "unlock": {HoldKind.OPERATOR},
    "reset": {HoldKind.TIMER},
    "forced reset": {*HoldKind},
}
HELPS = {"time", "reconciled"}


def broken(steps: Iterable[Step]) -> Iterator[str]:
    """Yield each broken promise, with the way that leads there."""
    nodes = dict[Key, Node]()
    led_here = dict[Key, set[Key]]()
    ways_out = set[Key]()
    for step in steps:
        for promise in broken_by(step):
            yield f"{promise}: {' / '.join(step.after.path)}"
        before, after = step.before.key, step.after.key
        nodes.setdefault(before, step.before)
        nodes.setdefault(after, step.after)
        if step.event in HELPS or step.event.endswith(("begins", "good")):
            led_here.setdefault(after, set()).add(before)
        if step.event in HELPS and step.after.core.state != step.before.core.state:
            ways_out.add(before)
    yield from _stuck(nodes, led_here, ways_out)


def broken_by(step: Step) -> Iterator[str]:
    """Yield what one step breaks."""
    before, after = step.before.core, step.after.core
    if after.state is State.HALF_OPEN:
        yield from _wrong_permits(step.after)
    if after.state is State.OPEN and not after.holds:
        yield "open without a hold"
    if after.state is State.CLOSED and after.holds:
        yield "closed although something holds it"
    if set(before.holds) - LIFTED.get(step.event, set()) - set(after.holds):
        yield "a hold is lost"
    has_no_effect = step.event.endswith("rejected") or _is_stale(step)
    if has_no_effect and _standing(before) != _standing(after):
        yield f"{step.event} has an effect"
    if step.event.endswith("begins") and before.state is State.HALF_OPEN:
        yield from _begun_too_early(step)
    if before.state is State.CLOSED and {*after.holds} == {HoldKind.TIMER}:
        yield from _opened_early(step.after)


def _wrong_permits(node: Node) -> Iterator[str]:
    core = node.core
    trials = sum(
        core.is_current(call.ticket) and bool(call.ticket & 3) for call in node.calls
    )
    if trials + core.permits > core.settings.permits:
        yield "more trials than permits"
    if trials + core.permits < core.settings.permits:
        yield "a permit is lost"
    if trials and core.dwell_until is None:
        yield "a trial without a limit"


def _is_stale(step: Step) -> bool:
    return step.event.startswith("late ")


def _standing(core: BreakerCore) -> tuple[object, ...]:
    return (
        core.state,
        core.generation,
        frozenset(core.holds),
        (core.permits, core.successes, core.height, core.attempt),
        (core.window.counts(0.0), core.window.in_a_row),
    )


def _begun_too_early(step: Step) -> Iterator[str]:
    core, call = step.before.core, step.call
    is_new = call is not None and call.kind is CallClass.NEW
    if is_new and core.height < core.depth_needed:
        yield "an order is tried before a read"


def _opened_early(node: Node) -> Iterator[str]:
    """Count anew what an opening for its samples was based on."""
    limits, window = node.core.settings, node.core.window
    volume, bad, slow = window.counts(node.now)
    if volume < limits.minimum_volume:
        yield "opened without enough calls"
    if bad < limits.failure_rate * volume and slow < limits.slow_rate * volume:
        yield "opened without enough failures"


def _stuck(
    nodes: dict[Key, Node], led_here: dict[Key, set[Key]], ways_out: set[Key]
) -> Iterator[str]:
    """Find where nothing that helps leads to closed, or a silent trial freezes it."""
    heals = {key for key, node in nodes.items() if node.core.state is State.CLOSED}
    waiting = deque(heals)
    while waiting:
        for key in led_here.get(waiting.popleft(), set()) - heals:
            heals.add(key)
            waiting.append(key)
    for key, node in nodes.items():
        core, path = node.core, " / ".join(node.path)
        is_stopped = core.state in (State.OPEN, State.HALF_OPEN)
        if is_stopped and HoldKind.OPERATOR not in core.holds and key not in heals:
            yield f"it never closes again: {path}"
        waits = core.state is State.HALF_OPEN and core.permits == 0
        if waits and key not in ways_out:
            yield f"a trial that never ends freezes it: {path}"
