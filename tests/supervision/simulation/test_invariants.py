"""Each invariant finds the violation that is planted, and nothing in an honest run."""

from collections.abc import Callable
from typing import Any

import attrs
import msgspec
import pytest

from holdfast.supervision import (
    ActorSystem,
    BudgetSpec,
    ChildSpec,
    Decision,
    EventKind,
    SupervisionEvent,
    SupervisorSpec,
    crash,
    fold,
    hang,
)
from holdfast.supervision.runtime.exit_reason import NORMAL
from holdfast.supervision.simulation import World
from holdfast.supervision.simulation.history import (
    Asked,
    Flow,
    Happened,
    History,
    Life,
    Probe,
    Stopped,
)
from holdfast.supervision.simulation.invariants import (
    asks_end,
    budgets_are_kept,
    lives_end_once,
    nothing_is_lost,
    one_life_at_a_time,
    restarts_are_limited,
    shutdown_ends,
    state_is_the_fold,
    supervisors_answer,
    violations,
)
from holdfast.supervision.simulation.recorder import Recorder

Child = Callable[..., ChildSpec]
Inhabit = Callable[..., ActorSystem]


def restart(at: float, path: str = "/root/a", seq: int = 1) -> Happened:
    event = SupervisionEvent(
        seq=seq,
        time=0.0,
        path=path,
        incarnation=1,
        kind=EventKind.EXITED,
        reason="crashed",
        decision=Decision.RESTART,
        cause_seq=0,
    )
    return Happened(at, event)


def started(at: float, path: str) -> Happened:
    event = msgspec.structs.replace(
        restart(at, path).event, kind=EventKind.STARTING, decision=Decision.NONE
    )
    return Happened(at, event)


def supervised(*events: Happened) -> History:
    spec = SupervisorSpec(intensity=2, period=10.0)
    return History(supervisors={"/root": spec}, events=list(events))


def test_two_lives_at_once_are_found() -> None:
    history = History(
        lives=[Life(0.0, "/root/a", 1), Life(5.0, "/root/a", 3, unfenced=(1, 2))]
    )

    assert one_life_at_a_time(history) == [
        "I1: /root/a#3 began at 5 s while #1, #2 had not ended"
    ]


SOUND = Flow(
    "/root/a",
    accepted=20,
    put_back=3,
    redelivered=2,
    discarded_unseen=1,
    waiting=2,
    taken=20,
    discarded=1,
    expired=1,
    given_back=1,
    begun=17,
    finished=11,
    cut_short=5,
    open=1,
    dead=2,
    failed=1,
)


def test_counts_that_add_up_are_no_violation() -> None:
    assert nothing_is_lost([SOUND]) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"accepted": 21}, "21 messages were accepted and 3 put back, but 20 taken"),
        ({"waiting": 1}, "1 discarded and 1 wait"),
        ({"in_hand": 1, "begun": 16, "finished": 10}, "20 messages were taken, but 16"),
        ({"expired": 0}, "0 expired and 1 given back"),
        ({"finished": 12}, "17 messages were begun, but 12 finished, 5 cut short"),
        ({"dead": 1}, "5 messages were cut short, but 2 redelivered, 1 dead letters"),
        ({"dead": 3}, "5 messages were cut short, but 2 redelivered, 3 dead letters"),
    ],
)
def test_a_message_that_is_lost_or_doubled_is_found(
    change: dict[str, Any], told: str
) -> None:
    (found,) = nothing_is_lost([attrs.evolve(SOUND, **change)])

    assert found.startswith("I2: /root/a: ")
    assert told in found


def test_a_restart_too_many_is_found() -> None:
    history = supervised(restart(0.0), restart(4.0, "/root/b"), restart(10.0))

    assert restarts_are_limited(history) == [
        "I4: /root restarted 3 times within 10 s at 10 s, with intensity 2"
    ]


@pytest.mark.parametrize(
    "events",
    [
        [restart(0.0), restart(4.0), restart(10.001)],
        [restart(0.0), restart(1.0), started(2.0, "/root"), restart(3.0)],
        [restart(0.0, "/a"), restart(1.0, "/a"), restart(2.0, "/a")],
    ],
)
def test_restarts_within_the_limits_are_no_violation(events: list[Happened]) -> None:
    assert restarts_are_limited(supervised(*events)) == []


def test_an_ask_that_ends_late_or_never_is_found() -> None:
    history = History(
        asks=[
            Asked("/root/a", 5.0, 5.0),
            Asked("/root/b", 5.0, 5.5),
            Asked("/root/c", 6.0, None),
            Asked("/root/d", 70.0, None),
        ]
    )

    assert asks_end(history, now=60.0) == [
        "I6: an ask to /root/b that was to end by 5 s ended at 5.5 s",
        "I6: an ask to /root/c that was to end by 6 s is open still",
    ]


def test_a_supervisor_that_does_not_answer_is_found() -> None:
    history = History(
        probes=[
            Probe(1.0, "/root", answered=True),
            Probe(2.0, "/root", answered=False),
            Probe(3.0, "/root", answered=False, excuse="it had ended"),
        ]
    )

    assert supervisors_answer(history) == [
        "I7: /root did not tell its children at once at 2 s"
    ]


@pytest.mark.parametrize(
    ("shutdown", "found"),
    [
        (None, []),
        (Stopped(60.0, 70.0, 70.0), []),
        (
            Stopped(60.0, 70.0, 70.5),
            ["I8: the shutdown ended at 70.5 s, after its deadline 70 s"],
        ),
        (
            Stopped(60.0, 70.0, None),
            ["I8: the shutdown that began at 60 s did not end"],
        ),
    ],
)
def test_a_shutdown_that_takes_too_long_is_found(
    shutdown: Stopped | None, found: list[str]
) -> None:
    assert shutdown_ends(History(shutdown=shutdown)) == found


def test_a_state_that_is_not_what_happened_is_found() -> None:
    events = [moment("/root/a", EventKind.ADDED), started(0.0, "/root/a")]
    state = fold(each.event for each in events)
    wrong = state.copy()
    wrong.apply(restart(1.0).event)

    assert state_is_the_fold(History(events=events, state=state)) == []
    assert state_is_the_fold(History(events=events, state=wrong)) == [
        "I10: the state of /root/a is not its events'"
    ]


def moment(path: str, kind: EventKind, number: int = 1) -> Happened:
    event = msgspec.structs.replace(
        restart(0.0, path).event, kind=kind, incarnation=number
    )
    return Happened(0.0, event)


BORN = [
    moment("/root", EventKind.ADDED, 0),
    moment("/root", EventKind.STARTING),
    moment("/root/a", EventKind.ADDED, 0),
    moment("/root/a", EventKind.STARTING),
]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ([], []),
        ([("/root/a", EventKind.EXITED)], []),
        ([("/root/a", EventKind.EXITED)] * 2, ["/root/a#1 ended in 2 events"]),
        ([("/root", EventKind.EXITED)], ["/root/a#1 ended in 0 events"]),
        (
            [
                ("/root/a", EventKind.EXITED),
                ("/root/a", EventKind.REMOVED),
                ("/root/a", EventKind.ADDED),
                ("/root/a", EventKind.STARTING),
                ("/root/a", EventKind.EXITED),
                ("/root", EventKind.EXITED),
            ],
            [],
        ),
    ],
)
def test_a_life_that_does_not_end_exactly_once_is_found(
    more: list[tuple[str, EventKind]], found: list[str]
) -> None:
    history = History(events=[*BORN, *(moment(path, kind) for path, kind in more)])

    assert lives_end_once(history) == [f"one report: {each}" for each in found]


def recorded(world: World, system: ActorSystem, until: float) -> History:
    recorder = Recorder(world, system)
    recorder.probe_every(0.5, lambda: None)
    system.start()
    world.run(until=1.0)
    for number in range(20):
        system.ref("/root/a").tell(number)
    crash(system.cell("/root/a"), "a test")
    hang(system.cell("/root/b"), 2.0)
    world.run(until=until)
    began = world.clock.now()
    system.stop(5.0).get()
    recorder.stopped(began, began + 5.0)
    return recorder.close()


def test_an_honest_run_has_no_violations(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(
        child("a", in_flight="redeliver"),
        child("b", dispatcher="pinned"),
        start=False,
        strategy="one_for_all",
    )

    history = recorded(world, system, until=20.0)

    assert violations(history, world.clock.now()) == []
    assert len(history.lives) == 5
    assert {probe.answered for probe in history.probes} == {True}
    assert [flow.accepted for flow in history.flows] == [0, 20, 0]


def test_an_actor_that_begins_beside_itself_is_found(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"), child("b"), start=False)
    world.clock.call_later(2.0, lambda: start_once_more(system))

    history = recorded(world, system, until=20.0)

    (found,) = one_life_at_a_time(history)
    assert found == "I1: /root/a#3 began at 2 s while #2 had not ended"


def start_once_more(system: ActorSystem) -> None:
    cell = system.cell("/root/a")
    first, cell.life = cell.life, None
    cell.start()
    assert first is not None
    first.kill(NORMAL)


def test_a_message_that_vanishes_in_a_mailbox_is_found(
    world: World, inhabit: Inhabit, child: Child
) -> None:
    system = inhabit(child("a"), child("b"), start=False)

    def tell_and_lose() -> None:
        system.ref("/root/b").tell("lost")
        system.cell("/root/b").mailbox.items.clear()

    world.clock.call_later(2.0, tell_and_lose)

    history = recorded(world, system, until=20.0)

    (found,) = nothing_is_lost(history.flows)
    assert found.startswith("I2: /root/b: 1 messages were accepted and 0 put back, but")


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0, 1, 10], []),
        ([0, 1, 10 - 1e-9], []),
        ([0, 1, 9], ["I4: venue bore more than 2 restarts in 10 s at 9 s"]),
    ],
)
def test_more_restarts_than_a_dependency_bears_are_found(
    times: list[float], expected: list[str]
) -> None:
    history = History(
        borne={"venue": times, "bank": [0, 0, 0]},
        budgets={
            "venue": BudgetSpec(restarts=2, period=10.0),
            "bank": BudgetSpec(restarts=3, period=10.0),
        },
    )

    assert budgets_are_kept(history) == expected
