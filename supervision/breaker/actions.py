"""What the guards ask and the actions do that the table of transitions names."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..waits import grown
from .states import Hold, HoldKind, State
from .table import Action, Guard

if TYPE_CHECKING:
    from .machine import Machine


def why_tripped(machine: "Machine", now: float) -> str:
    """Say with its numbers why it should open; empty: it should not."""
    settings, window = machine.settings, machine.window
    volume, bad, slow = window.counts(now)
    within = f"of {volume} calls within {settings.window:g} s"
    if settings.consecutive is not None and window.in_a_row >= settings.consecutive:
        return f"{window.in_a_row} calls in a row failed"
    if volume < settings.minimum_volume:
        return ""
    if bad >= settings.failure_rate * volume:
        return f"{bad} {within} failed, limit {settings.failure_rate:.0%}"
    if slow >= settings.slow_rate * volume:
        longer = f"took longer than {settings.slow_call:g} s"
        return f"{slow} {within} {longer}, limit {settings.slow_rate:.0%}"
    return ""


def _always(machine: "Machine", now: float) -> bool:
    del machine, now
    return True


def _trips(machine: "Machine", now: float) -> bool:
    return bool(why_tripped(machine, now))


def _nothing_holds(machine: "Machine", now: float) -> bool:
    del now
    return not machine.holds


def _enough(machine: "Machine", now: float) -> bool:
    """Say whether one more success, as deep as the last trial, is enough to close."""
    del now
    proved = max(machine.height, machine.depth)
    is_enough = machine.successes + 1 >= machine.settings.needed
    return is_enough and proved >= machine.depth_needed


def _may_reset(machine: "Machine", now: float) -> bool:
    del now
    return not machine.holds.keys() - {HoldKind.TIMER}


def _new_generation(machine: "Machine", now: float) -> None:
    del now
    machine.generation += 1
    machine.permits = machine.successes = machine.height = 0
    machine.dwell_until = machine.forced_until = None
    machine.warned = False


def _decay_attempt(machine: "Machine", now: float) -> None:
    """Forget one doubling for each healthy stretch: who flaps waits ever longer."""
    stretches = int((now - machine.closed_at) / machine.settings.healthy)
    machine.attempt = max(0, machine.attempt - stretches)


def _count_attempt(machine: "Machine", now: float) -> None:
    del now
    machine.attempt += 1


def _hold_for_a_while(machine: "Machine", now: float) -> None:
    settings = machine.settings
    wait = grown(settings.first_open, settings.longest_open, machine.attempt - 1)
    wait *= 1 + settings.jitter * machine.chance
    machine.holds[HoldKind.TIMER] = Hold(HoldKind.TIMER, now + wait, "")


def _grant_permits(machine: "Machine", now: float) -> None:
    del now
    machine.permits = machine.settings.permits


def _return_permit(machine: "Machine", now: float) -> None:
    del now
    machine.permits += 1
    if machine.permits == machine.settings.permits:
        machine.dwell_until = None


def _count_success(machine: "Machine", now: float) -> None:
    del now
    machine.successes += 1
    machine.height = max(machine.height, machine.depth)


def _begin_healthy(machine: "Machine", now: float) -> None:
    machine.closed_at = now


def _clear_window(machine: "Machine", now: float) -> None:
    del now
    machine.window.clear()


def _clear_holds(machine: "Machine", now: float) -> None:
    del now
    machine.holds.clear()
    machine.attempt = 0


def _warn(machine: "Machine", now: float) -> None:
    del now
    machine.would_open += not machine.warned


GUARDS: Mapping[Guard, Callable[["Machine", float], bool]] = {
    "always": _always,
    "trips": _trips,
    "nothing_holds": _nothing_holds,
    "enough": _enough,
    "may_reset": _may_reset,
}
ACTIONS: Mapping[Action, Callable[["Machine", float], None]] = {
    "new_generation": _new_generation,
    "decay_attempt": _decay_attempt,
    "count_attempt": _count_attempt,
    "hold_for_a_while": _hold_for_a_while,
    "grant_permits": _grant_permits,
    "return_permit": _return_permit,
    "count_success": _count_success,
    "begin_healthy": _begin_healthy,
    "clear_window": _clear_window,
    "clear_holds": _clear_holds,
    "warn": _warn,
}


def why_bad(machine: "Machine", now: float) -> str:
    """Say why one more bad result changes the state."""
    if machine.state is State.HALF_OPEN:
        last = f": {machine.evidence[-1]}" if machine.evidence else ""
        return f"a trial failed or was slow{last}"
    return why_tripped(machine, now)
