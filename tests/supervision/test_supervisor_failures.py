"""What a supervisor makes of each class of failure."""

from collections.abc import Callable
from typing import ClassVar

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    EventKind,
    FailureClass,
    ManualClock,
    Phase,
    RestartChild,
    Strategy,
    SupervisorSpec,
    verdict,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
WaitFor = Callable[..., None]
History = Callable[[ActorSystem], list[str]]


class WrongKey(Exception):
    failure_class: ClassVar[FailureClass] = FailureClass.AUTHENTICATION


class SlowDown(Exception):
    failure_class: ClassVar[FailureClass] = FailureClass.RATE_LIMIT
    retry_after: ClassVar[float] = 45.0


def fail_with(error: Exception) -> Callable[[Actor], None]:
    def fail(_: Actor) -> None:
        raise error

    return fail


def waits(system: ActorSystem) -> list[str]:
    return [
        f"{event.path[-1]} {event.reason}"
        for event in system.events.since(0)
        if event.kind is EventKind.BACKING_OFF
    ]


def crash(system: ActorSystem, path: str, error: Exception) -> None:
    system.ref(path).tell(fail_with(error))


def test_a_network_is_tried_again_without_limit_and_with_ever_longer_waits(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    backoff = Backoff(minimum=1, maximum=4, jitter=0)
    system = grow(child("a"), intensity=0, backoff=backoff)

    for times in range(1, 6):
        crash(system, "/root/a", ConnectionResetError("gone"))
        wait_for(system, "/root/a backing_off", times=times)
        clock.advance(4)
        wait_for(system, "/root/a ready", times=times + 1)

    assert [told.split()[1] for told in waits(system)] == [
        "1.000",
        "2.000",
        "4.000",
        "4.000",
        "4.000",
    ]
    assert system.events.state().escalations == 0


def test_a_network_is_never_tried_again_without_a_pause(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    system = grow(child("a"), intensity=0, backoff=None)

    crash(system, "/root/a", ConnectionResetError("gone"))
    wait_for(system, "/root/a backing_off")

    assert len(waits(system)) == 1


def test_a_network_that_is_away_does_not_use_up_what_bugs_may_spend(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    system = grow(child("a"), child("b"), intensity=1)
    crash(system, "/root/a", TimeoutError("no answer"))
    wait_for(system, "/root/a exited retry")

    crash(system, "/root/b", ValueError("a bug"))
    wait_for(system, "/root/b ready", times=2)
    clock.advance(1)
    wait_for(system, "/root/a ready", times=2)

    assert system.events.state().escalations == 0
    assert system.events.state().restarts == 2


def test_a_rate_limit_is_waited_for_as_long_as_the_venue_said(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    system = grow(child("a"), intensity=0)

    crash(system, "/root/a", SlowDown())
    wait_for(system, "/root/a backing_off")
    clock.advance(44.9)
    before = system.cell("/root/a").incarnation
    clock.advance(0.1)
    wait_for(system, "/root/a ready", times=2)

    assert before == 1
    assert waits(system) == ["a 45.000 s before attempt 1"]


def test_a_wrong_key_stops_its_child_alarms_and_is_never_tried_again(
    grow: Grow, child: Specify, clock: ManualClock, wait_for: WaitFor
) -> None:
    system = grow(child("a"), child("b"))

    crash(system, "/root/a", WrongKey("no such key"))
    wait_for(system, "/root/a exited leave_stopped")
    clock.advance(3600)
    state = system.events.state()

    assert state.nodes["/root/a"].phase is Phase.FAILED
    assert verdict(state) == "critical"
    assert system.cell("/root/a").incarnation == 1
    assert system.cell("/root/b").ready


def test_a_child_stopped_for_its_key_can_be_started_by_hand(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    system = grow(child("a"))
    crash(system, "/root/a", WrongKey("no such key"))
    wait_for(system, "/root/a exited leave_stopped")

    started = system.ref("/root").command(RestartChild("a")).get()

    assert started is system.ref("/root/a")


def test_a_sibling_that_fails_does_not_bring_back_who_was_stopped_for_its_key(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    system = grow(child("a"), child("b"), strategy=Strategy.ONE_FOR_ALL)
    crash(system, "/root/a", WrongKey("no such key"))
    wait_for(system, "/root/a exited leave_stopped")

    crash(system, "/root/b", ValueError("a bug"))
    wait_for(system, "/root/b ready", times=2)

    assert system.cell("/root/a").incarnation == 1


def test_a_specification_may_say_what_the_exceptions_of_a_library_mean(
    grow: Grow, child: Specify, wait_for: WaitFor
) -> None:
    spec = child("a", failures={"builtins:LookupError": "authentication"})
    system = grow(spec)

    crash(system, "/root/a", KeyError("which"))  # a LookupError
    wait_for(system, "/root/a exited leave_stopped")

    assert system.cell("/root/a").incarnation == 1


def test_a_supervisor_that_gave_up_over_a_network_counts_as_any_failure(
    grow: Grow, child: Specify, history: History, wait_for: WaitFor
) -> None:
    deep = SupervisorSpec(id="deep", children=(child("a"),), intensity=0)
    system = grow(deep, intensity=0)

    crash(system, "/root/deep/a", ValueError("a bug"))
    wait_for(system, "/root escalated")

    assert "/root/deep exited escalate" in history(system)


class Login(Actor):
    """Fails to start the second time, as the test wants it."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def on_start(self) -> None:
        if self.incarnation == 2:
            raise self._error


@pytest.mark.parametrize(
    ("error", "line", "runs"),
    [
        (ConnectionError("away"), "/root/venue/a exited retry", True),
        (WrongKey("no such key"), "/root/venue/a exited leave_stopped", False),
    ],
)
def test_what_is_no_fault_of_a_branch_does_not_fail_its_restart(
    grow: Grow,
    child: Specify,
    clock: ManualClock,
    wait_for: WaitFor,
    error: Exception,
    line: str,
    *,
    runs: bool,
) -> None:
    login = ChildSpec(id="a", start=Login, args={"error": error})
    venue = SupervisorSpec(id="venue", children=(login, child("b")), intensity=0)
    system = grow(venue, intensity=1)

    crash(system, "/root/venue/b", ValueError("a bug"))
    wait_for(system, line)
    clock.advance(1)
    wait_for(system, "/root/venue ready", times=2)

    assert system.cell("/root/venue/a").ready is runs
    assert system.events.state().escalations == 1
