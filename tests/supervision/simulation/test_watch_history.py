"""Whatever happens, each watch is heard of once (I9), and a lie about that is seen."""

import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.supervision import (
    UNLIMITED,
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    CountChildren,
    CycleChild,
    Down,
    ExitKind,
    ExitReason,
    ManualClock,
    RestartChild,
    SupervisorSpec,
    TerminateChild,
    Watch,
)
from holdfast.supervision.simulation import World
from holdfast.supervision.simulation.invariants import watches_are_heard_of
from holdfast.supervision.simulation.recorder import Recorder
from holdfast.supervision.simulation.runner import Simulation
from holdfast.supervision.simulation.watch_history import (
    Ended,
    Heard,
    Record,
    RecordingTies,
    Unwatched,
    Watched,
    Who,
    one_down_per_watch,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")
A, W, NOBODY = Who("/root/a", 1), Who("/root/w", 1), Who("/root/a", 0)
BEGUN = Watched(1, W, A)


@pytest.mark.parametrize(
    ("records", "violations"),
    [
        ([BEGUN], []),
        ([BEGUN, Ended(A), Heard(1)], []),
        ([Watched(1, W, NOBODY), Heard(1)], []),
        ([BEGUN, Unwatched(1), Ended(A)], []),
        ([BEGUN, Ended(A), Unwatched(1)], []),
        ([BEGUN, Ended(W), Ended(A)], []),
        ([BEGUN, Ended(A), Ended(W)], []),
        ([Watched(1, A, A), Ended(A)], []),
        ([Ended(A), BEGUN], []),  # another one that lives at a place made anew
        ([BEGUN, Ended(A)], ["I9: watch 1 of /root/a#1 was never heard of"]),
        (
            [Watched(1, W, NOBODY)],
            ["I9: watch 1 of /root/a#0 was never heard of"],
        ),
        ([BEGUN, Heard(1)], ["I9: watch 1 was heard of before its target ended"]),
        ([Heard(1)], ["I9: watch 1 was heard of after nothing began"]),
        (
            [BEGUN, Ended(A), Heard(1), Heard(1)],
            ["I9: watch 1 was heard of after it had been heard of"],
        ),
        (
            [BEGUN, Ended(A), Unwatched(1), Heard(1)],
            ["I9: watch 1 was heard of after it was undone"],
        ),
        (
            [BEGUN, Ended(A), Ended(W), Heard(1)],
            ["I9: watch 1 was heard of after its watcher had ended"],
        ),
    ],
)
def test_a_history_is_judged_watch_by_watch(
    records: list[Record], violations: list[str]
) -> None:
    assert one_down_per_watch(records) == violations


# -- the real runtime, on one thread: one thing happens at a time --

NAMES = ["a", "b", "c", "d"]
Act = tuple[str, str]


class Player(Actor):
    """Does a few things in one turn, and keeps what it hears."""

    def __init__(self, heard: Callable[[Down], object]) -> None:
        self._heard = heard
        self._watches: list[Watch] = []

    def on_receive(self, message: Any) -> None:
        if isinstance(message, Down):
            self._heard(message)
            return
        for doing, name in message:
            self._do(doing, name)

    def _do(self, doing: str, name: str) -> None:
        ref = self.system.ref(f"/root/{name}")
        match doing:
            case "watch":
                self._watches.append(self.watch(ref))
            case "unwatch":
                for each in self._watches[-2:]:
                    self.unwatch(each)
            case "link":
                self.link(ref)
            case "unlink":
                self.unlink(ref)
            case "kill":
                ref.cell.kill(KILLED)
            case "fail":
                raise ValueError(name)
            case _:
                self.stop()


class Scene:
    """Four actors, and somebody outside who watches them and meddles."""

    def __init__(self) -> None:
        self.heard: list[Down] = []
        self.ties = RecordingTies()
        args = {"heard": self.heard.append}
        spec = SupervisorSpec(
            children=[ChildSpec(id=name, start=Player, args=args) for name in NAMES],
            intensity=UNLIMITED,
            backoff=None,
        )
        self.system = ActorSystem(spec, clock=ManualClock())
        self.system.ties = self.ties
        self.unwatch: list[Callable[[], None]] = []

    def do(self, doing: str, name: str) -> None:
        path = f"/root/{name}"
        match doing:
            case "watch":
                unwatch = self.system.watch(path, self.heard.append)
                self.unwatch.append(unwatch)
            case "unwatch":
                for each in self.unwatch[-2:]:
                    each()
            case "kill":
                self.system.cell(path).kill(KILLED)
            case "terminate":
                self.command(TerminateChild(name))
            case "cycle":
                self.command(CycleChild(name, "a test"))
            case _:
                self.command(RestartChild(name))

    def command(self, message: object) -> None:
        self.system.ref("/root").command(message)

    def settle(self) -> None:
        done = threading.Event()
        self.system.when_settled(done.set)
        self.command(CountChildren())
        assert done.wait(PATIENCE)

    def check(self) -> None:
        records = self.ties.records
        assert one_down_per_watch(records) == []
        targets = {
            each.watch: each.target for each in records if isinstance(each, Watched)
        }
        told = [targets[each.watch] for each in records if isinstance(each, Heard)]
        assert Counter(told) == Counter(
            Who(each.path, each.incarnation) for each in self.heard
        )


@contextmanager
def running() -> Generator[Scene]:
    scene = Scene()
    scene.system.start().get(timeout=PATIENCE)
    try:
        yield scene
    finally:
        scene.system.stop().get(timeout=PATIENCE)
        scene.system.close()


names = st.sampled_from(NAMES)
inside = st.sampled_from(["watch", "watch", "unwatch", "link", "unlink", "kill"])
at_last = st.sampled_from(["watch", "fail", "stop"])
turns = st.tuples(
    names,
    st.lists(st.tuples(inside, names), max_size=5),
    st.lists(st.tuples(at_last, names), max_size=1),
).map(lambda turn: (turn[0], [*turn[1], *turn[2]]))
outside = st.tuples(
    st.sampled_from(["watch", "unwatch", "kill", "terminate", "restart", "cycle"]),
    names,
)
stories = st.lists(st.one_of(turns, turns, outside), min_size=1, max_size=20)


@settings(deadline=None, max_examples=250)
@given(story=stories)
def test_in_any_story_each_watch_is_heard_of_once(
    story: list[tuple[str, Any]],
) -> None:
    with running() as scene:
        for first, second in story:
            if first in NAMES:
                scene.system.ref(f"/root/{first}").tell(second)
            else:
                scene.do(first, second)
            scene.settle()
            scene.check()
    assert one_down_per_watch(scene.ties.records) == []


# -- the simulated world, under failures --


class Sentry(Actor):
    """Watches and links others all the time, and undoes some of that again."""

    def on_start(self) -> None:
        self._chance = self.random("sentry", self.incarnation)
        self._watches: list[Watch] = []
        self.after(0.1, self._look_round)

    def on_receive(self, message: Any) -> None:
        pass

    def _look_round(self) -> None:
        other = self.system.ref(f"/root/{self._chance.choice(NAMES)}")
        self._watches.append(self.watch(other))
        if self._chance.random() < 0.3:
            self.unwatch(self._watches.pop())
        if self._chance.random() < 0.05:
            self.link(other)
        if self._chance.random() < 0.05:
            self.unlink(other)
        other.tell("hello")
        self.after(0.1, self._look_round)


def sentries() -> SupervisorSpec:
    dispatchers = ("shared", "pinned", "shared", "pinned")
    return SupervisorSpec(
        children=[
            ChildSpec(id=name, start=Sentry, dispatcher=dispatcher)
            for name, dispatcher in zip(NAMES, dispatchers, strict=True)
        ],
        intensity=UNLIMITED,
        backoff=Backoff(maximum=0.5),
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_chaos_loses_or_doubles_what_is_heard_of_an_end(seed: int) -> None:
    report = Simulation(spec=sentries(), duration=30.0, fault_count=20).run(seed)

    assert report.violations == ()
    assert sum(report.failures_injected.values()) > 10


def test_a_run_tells_of_its_watches_and_a_loss_is_found(
    world: World, inhabit: Callable[..., ActorSystem]
) -> None:
    children = sentries().children
    system = inhabit(*children, start=False, intensity=UNLIMITED)
    recorder = Recorder(world, system)
    system.start().get()
    world.run(until=2.0)
    system.cell("/root/a").kill(KILLED)
    world.run(until=3.0)

    history = recorder.close()
    kinds = Counter(type(each) for each in history.watches)
    heard = [each for each in history.watches if isinstance(each, Heard)]
    silenced = [each for each in history.watches if each is not heard[0]]

    assert all(kinds[kind] for kind in (Watched, Unwatched, Heard, Ended))
    assert watches_are_heard_of(history) == []
    (found,) = watches_are_heard_of(attrs.evolve(history, watches=silenced))
    assert found.startswith(f"I9: watch {heard[0].watch} of /root/")
    assert found.endswith(" was never heard of")
