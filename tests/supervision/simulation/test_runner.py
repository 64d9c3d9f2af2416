"""One run of a tree under failures: what it reports, and what it finds."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    ManualClock,
    StartFailed,
    SupervisorSpec,
)
from holdfast.supervision.simulation.chaos import Fault
from holdfast.supervision.simulation.report import Report
from holdfast.supervision.simulation.runner import Simulation, simulate

Child = Callable[..., ChildSpec]


class Ticker(Actor):
    """Sends itself a message ten times a second."""

    def on_start(self) -> None:
        self.after(0.1, self._tick)

    def on_receive(self, message: Any) -> None:
        pass

    def _tick(self) -> None:
        self.me.tell("tick")
        self.after(0.1, self._tick)


class Silent(Actor):
    """Says nothing unless it is asked."""

    def on_receive(self, message: Any) -> Any:
        return message


def tree(*more: ChildSpec, **fields: Any) -> SupervisorSpec:
    tickers = [
        ChildSpec(id="a", start=Ticker),
        ChildSpec(id="b", start=Ticker, dispatcher="pinned", in_flight="redeliver"),
    ]
    spec = SupervisorSpec(
        children=[*tickers, *more],
        strategy="rest_for_one",
        intensity=50,
        backoff=Backoff(maximum=0.5),
    )
    return attrs.evolve(spec, **fields)


def repeated(report: Report) -> Report:
    return attrs.evolve(report, wall_seconds=0.0)


def test_a_seed_makes_the_same_report_again() -> None:
    simulation = Simulation(spec=tree(), duration=30.0, fault_count=10)

    one, again, other = (simulation.run(seed) for seed in (1, 1, 2))

    assert repeated(one) == repeated(again)
    assert one.trace_hash != other.trace_hash
    assert one.faults != other.faults


def test_a_report_says_what_it_came_to() -> None:
    faults = [
        Fault("crash", "/root/a", 5.0),
        Fault("kill", "/root/b", 10.0),
        Fault("hang", "/root/b", 15.0, seconds=1.0),
    ]

    report = simulate(tree(), seed=1, duration=30.0, faults=faults)

    assert report.failures_injected == {"crash": 1, "hang": 1, "kill": 1}
    assert report.faults == tuple(faults)
    assert (report.violations, report.ended) == ((), "shutdown")
    assert (report.simulated_seconds, report.restarts) == (30.0, 2)
    assert report.turns > 1000
    assert report.asdict()["faults"][0] == {
        "kind": "crash",
        "path": "/root/a",
        "at": 5.0,
        "seconds": 0.0,
    }


def test_a_fault_that_is_left_out_shifts_no_other_draw() -> None:
    class Gambler(Ticker):
        def _tick(self) -> None:
            drawn.append(self.random("dice", len(drawn)).random())
            super()._tick()

    drawn: list[float] = []
    runs: list[list[float]] = []
    spec = tree(ChildSpec(id="c", start=Gambler), strategy="one_for_one")
    for faults in ([Fault("crash", "/root/a", 5.0)], []):
        drawn = []
        simulate(spec, seed=1, duration=10.0, faults=faults)
        runs.append(drawn)

    assert runs[0] == runs[1]
    assert len(set(runs[0])) == len(runs[0]) > 50


@pytest.mark.parametrize("seed", range(30))
def test_what_must_hold_holds_under_many_failures(seed: int) -> None:
    simulation = Simulation(spec=tree(), duration=60.0, fault_count=20)

    report = simulation.run(seed)

    assert report.violations == ()
    assert sum(report.failures_injected.values()) >= 10


def test_a_tree_that_gives_up_is_no_violation() -> None:
    faults = [Fault("crash", "/root/a", at) for at in (1.0, 2.0)]

    report = simulate(tree(intensity=1), seed=1, duration=60.0, faults=faults)

    assert report.violations == ()
    assert report.ended.startswith("escalated: more than 1 restarts in 60 s")
    assert report.simulated_seconds < 30.0


def test_a_tree_that_does_not_come_up_is_an_error(child: Child) -> None:
    def fail(_: Actor) -> None:
        raise ConnectionError("no line")

    with pytest.raises(StartFailed, match="no line"):
        simulate(tree(child("c", starting=fail)), seed=1, duration=10.0)


def test_a_start_that_an_injected_fault_broke_is_no_error(child: Child) -> None:
    def wait(actor: Actor) -> None:
        actor.clock.wait(threading.Event(), 5.0)

    slow = child("c", starting=wait, dispatcher="pinned")
    faults = [Fault("kill", "/root/a", 1.0)]

    report = simulate(tree(slow, intensity=0), seed=1, duration=60.0, faults=faults)

    assert report.ended.startswith("escalated")


def look(actor: Actor) -> None:
    actor.save_snapshot(time.time_ns())


def wait_for_ever(actor: Actor) -> None:
    actor.clock.wait(threading.Event(), None)


@pytest.mark.parametrize(
    ("misdeed", "told"),
    [
        (look, "/root/c calls time.time_ns in a simulated world"),
        (wait_for_ever, "/root/c waits for an event that nobody sets"),
    ],
)
def test_what_no_world_can_run_is_a_violation(
    child: Child, misdeed: Callable[[Actor], None], told: str
) -> None:
    def later(actor: Actor) -> None:
        actor.after(5.0, lambda: misdeed(actor))

    spec = SupervisorSpec(
        children=[child("c", starting=later, dispatcher="pinned", hang_after=None)]
    )

    report = simulate(spec, seed=1, duration=10.0, faults=[])

    assert told in report.violations[0]
    assert report.simulated_seconds == 5.0


def test_who_hangs_at_the_end_does_not_keep_the_shutdown(child: Child) -> None:
    def wait(actor: Actor) -> None:
        actor.clock.wait(threading.Event(), 1000.0)

    stuck = child("c", stopping=wait, dispatcher="pinned", shutdown="infinity")
    simulation = Simulation(spec=tree(stuck), duration=10.0, faults=[], shutdown=5.0)

    report = simulation.run(1)

    assert report.violations == ()
    assert 10.0 < report.simulated_seconds <= 15.0


def test_a_judge_is_asked_when_all_is_at_rest() -> None:
    def judge(system: ActorSystem) -> Iterable[str]:
        alive = [cell.path for cell in system.cells() if cell.ready]
        return [f"{alive} at {system.clock.now():g}"]

    simulation = Simulation(spec=tree(), duration=10.0, faults=[], judge=judge)

    assert simulation.run(1).violations == ("['/root', '/root/a', '/root/b'] at 10",)


def test_no_secret_is_in_a_report() -> None:
    simulation = Simulation(
        spec=tree(),
        duration=10.0,
        faults=[],
        judge=lambda _: ["my key is c0ffee"],
        redact=lambda text: text.replace("c0ffee", "***"),
    )

    assert simulation.run(1).violations == ("my key is ***",)


def test_real_time_is_measured_by_the_clock_of_the_caller() -> None:
    stopwatch = ManualClock()

    def judge(_: ActorSystem) -> Iterable[str]:
        stopwatch.advance(7.0)
        return ()

    simulation = Simulation(
        spec=tree(), duration=10.0, faults=[], judge=judge, stopwatch=stopwatch
    )

    assert simulation.run(1).wall_seconds == 7.0


def test_a_fault_that_waits_for_a_message_does_not_strike_the_judge() -> None:
    answers: list[Any] = []

    def judge(system: ActorSystem) -> Iterable[str]:
        answers.append(system.ref("/root/silent").ask("well?"))
        return []

    silent = ChildSpec(id="silent", start=Silent)
    late = Fault("crash_before", "/root/silent", 5.0)
    simulation = Simulation(
        spec=tree(silent), duration=10.0, faults=[late], judge=judge
    )

    report = simulation.run(1)

    assert (answers, report.failures_injected, report.violations) == (["well?"], {}, ())
