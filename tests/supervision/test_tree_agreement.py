"""Whatever happens: the tree that events tell of is the tree that supervisors know."""

import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pykka
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildInfo,
    ChildSpec,
    ChildState,
    CountChildren,
    CycleChild,
    DeleteChild,
    EventKind,
    ExitKind,
    ExitReason,
    ManualClock,
    Phase,
    RestartChild,
    StartChild,
    Strategy,
    SupervisionEvent,
    SupervisorSpec,
    TerminateChild,
    WhichChildren,
    crash,
    fold,
)
from holdfast.supervision.runtime.dispatcher import SharedDispatcher, Worker
from holdfast.supervision.runtime.watchdog import HOLD_LIMIT

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")
STEADY = Backoff(minimum=1, maximum=1, jitter=0)
WORKERS = ["/root/a", "/root/b/x", "/root/b/y", "/root/b/z", "/root/c/p", "/root/c/q"]
SUPERVISORS = ["/root/b", "/root/c"]
AGREES = {
    ChildState.UP: {Phase.RUNNING},
    ChildState.DOWN: {Phase.STOPPED, Phase.FAILED},
    ChildState.STARTING: {Phase.STARTING, Phase.RESTARTING},
    ChildState.STOPPING: {Phase.STOPPING},
    # Or it has yet to start, and waits for one before it.
    ChildState.RESTARTING: {Phase.RESTARTING, Phase.STOPPED, Phase.FAILED},
}


class Sickly(Actor):
    """Fails to start while its path is among the sick."""

    def __init__(self, sick: Any) -> None:
        if self.path in sick.paths:
            raise ValueError("too sick to start")

    def on_receive(self, message: Any) -> Any:
        return message(self) if callable(message) else message


class Sick:
    """The paths of those who can't start now."""

    def __init__(self) -> None:
        self.paths: set[str] = set()


def fail(_: Actor) -> None:
    raise ValueError("boom")


def tree(sick: Sick, dispatcher: str) -> SupervisorSpec:
    def worker(name: str, restart: str = "permanent") -> ChildSpec:
        return ChildSpec(
            id=name,
            start=Sickly,
            args={"sick": sick},
            restart=restart,
            dispatcher=dispatcher,
        )

    b = SupervisorSpec(
        id="b",
        strategy=Strategy.REST_FOR_ONE,
        children=(worker("x"), worker("y", "transient"), worker("z", "temporary")),
        intensity=1,
        backoff=STEADY,
    )
    c = SupervisorSpec(
        id="c",
        strategy=Strategy.ONE_FOR_ALL,
        children=(worker("p"), worker("q")),
        intensity=1,
        backoff=None,
        shutdown="brutal",
    )
    return SupervisorSpec(children=(worker("a"), b, c), intensity=6, backoff=STEADY)


@contextmanager
def running(dispatcher: str) -> Generator["Scene"]:
    scene = Scene(dispatcher)
    scene.system.start().get(timeout=PATIENCE)
    try:
        yield scene
    finally:
        scene.take_down()


class Scene:
    """One tree, what can be done to it, and whether its stories agree."""

    def __init__(self, dispatcher: str) -> None:
        self.sick = Sick()
        self.clock = ManualClock()
        self.system = ActorSystem(tree(self.sick, dispatcher), clock=self.clock)
        self.events: list[SupervisionEvent] = self.system.events.since(0)
        self.system.events.subscribe(self.events.append)
        self.doings: dict[str, Callable[[str], object]] = {
            "fail": lambda path: self.tell(path, fail),
            "leave": lambda path: self.tell(path, Actor.stop),
            "kill": self.kill,
            "crash": self.crash,
            "terminate": lambda path: self.order(path, TerminateChild),
            "restart": lambda path: self.order(path, RestartChild),
            "delete": lambda path: self.order(path, DeleteChild),
            "cycle": lambda path: self.order(path, lambda name: CycleChild(name, "x")),
            "start": lambda path: self.order(path, self.new_child),
            "sicken": self.sick.paths.add,
            "heal": self.sick.paths.discard,
            "wait": lambda _: self.clock.advance(1),
        }

    def do(self, doing: str, path: str) -> None:
        if path in {cell.path for cell in self.system.cells()} or doing == "start":
            self.doings[doing](path)

    def tell(self, path: str, message: Any) -> None:
        self.system.ref(path).tell(message)

    def kill(self, path: str) -> None:
        self.system.cell(path).kill(KILLED)

    def crash(self, path: str) -> None:
        crash(self.system.cell(path), "a test")

    def order(self, path: str, command: Callable[[str], object]) -> None:
        above, _, name = path.rpartition("/")
        if above in {cell.path for cell in self.system.cells()}:
            self.system.ref(above).command(command(name))

    def new_child(self, name: str) -> object:
        spec = ChildSpec(id=name, start=Sickly, args={"sick": self.sick})
        return StartChild(spec)

    def flush(self) -> None:
        """Wait until the shared thread has nothing to do before a timer fires."""
        before = -1
        while before != len(self.events):
            before = len(self.events)
            for _ in range(4):
                try:
                    self.system.ref("/root").command(CountChildren()).get()
                except pykka.ActorDeadError:
                    return

    def settle(self) -> None:
        """Wait until all is quiet, letting time pass where a restart is due."""
        done = threading.Event()
        self.system.when_settled(done.set)
        while not (done.is_set() or self.system.ended.done):
            self.system.ref("/root").command(CountChildren())
            if not done.wait(0.005):
                self.clock.advance(1)

    def check(self) -> None:
        state = self.system.events.state()
        assert state == fold(self.events)
        assert list(state.nodes) == [cell.path for cell in self.system.cells()]
        for cell in self.system.cells():
            if cell.path != "/root" and cell.path not in SUPERVISORS:
                continue
            below = {
                node.path: node.phase
                for node in state.below(cell.path)
                if node.path.rpartition("/")[0] == cell.path
            }
            if cell.life is None:
                assert set(below.values()) <= {Phase.STOPPED, Phase.FAILED}
                continue
            infos: tuple[ChildInfo, ...] = cell.ref.command(WhichChildren()).get()
            assert {info.ref.path for info in infos} == set(below)
            for info in infos:
                assert below[info.ref.path] in AGREES[info.state], info

    def take_down(self) -> None:
        ended = self.system.stop(0.0)
        while not ended.done:
            self.clock.advance(1)
        self.system.close()
        self.check_endings()

    def check_endings(self) -> None:
        def incarnations(kind: EventKind) -> Counter[tuple[str, int]]:
            return Counter(
                (event.path, event.incarnation)
                for event in self.events
                if event.kind is kind
            )

        begun = incarnations(EventKind.STARTING)
        assert begun == incarnations(EventKind.EXITED)


simple = st.sampled_from(["fail", "leave", "kill", "crash", "sicken", "heal"])
commands = st.sampled_from(["terminate", "restart", "delete", "cycle", "start"])
steps = st.one_of(
    st.tuples(simple, st.sampled_from(WORKERS)),
    st.tuples(commands, st.sampled_from(WORKERS)),
    st.tuples(st.sampled_from(["crash", "cycle"]), st.sampled_from(SUPERVISORS)),
    st.tuples(st.sampled_from(["kill", "terminate"]), st.sampled_from(SUPERVISORS)),
    st.tuples(st.just("restart"), st.sampled_from(SUPERVISORS)),
    st.tuples(st.just("wait"), st.just("/root")),
)
stories = st.lists(steps, min_size=1, max_size=15)


@settings(deadline=None, max_examples=150)
@given(story=stories)
def test_on_a_shared_thread_both_agree_before_any_timer_fires(
    story: list[tuple[str, str]],
) -> None:
    with running("shared") as scene:
        for doing, path in story:
            scene.do(doing, path)
            scene.flush()
            scene.check()


@settings(deadline=None, max_examples=40)
@given(story=stories, pace=st.integers(1, 4))
def test_on_threads_of_their_own_both_agree_when_all_is_settled(
    story: list[tuple[str, str]], pace: int
) -> None:
    with running("pinned") as scene:
        for number, (doing, path) in enumerate(story):
            scene.do(doing, path)
            if number % pace == 0:
                scene.settle()
                scene.check()


class Relief(SharedDispatcher):
    """Tells of a held thread only when those who waited for it have gone on."""

    def __init__(self, gone_on: threading.Event) -> None:
        super().__init__()
        self._gone_on = gone_on

    def relieve(self, worker: Worker) -> None:
        super().relieve(worker)
        assert self._gone_on.wait(PATIENCE)


def test_who_is_removed_before_it_is_told_of_does_not_come_back_into_the_state(
    grow: Callable[..., ActorSystem],
    child: Callable[..., ChildSpec],
    clock: ManualClock,
    gate: threading.Event,
    history: Callable[[ActorSystem], list[str]],
) -> None:
    entered, removed = threading.Event(), threading.Event()

    def stand_still(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    def hear(event: SupervisionEvent) -> None:
        if event.kind is EventKind.REMOVED:
            removed.set()

    spec = child("a", restart="temporary", shutdown="brutal")
    system = grow(spec, dispatchers={"shared": Relief(removed)})
    system.events.subscribe(hear)
    system.ref("/root/a").tell(stand_still)
    assert entered.wait(PATIENCE)
    answer = system.ref("/root").command(TerminateChild("a"), timeout=60)

    clock.advance(HOLD_LIMIT)
    answer.get(timeout=PATIENCE)

    assert history(system)[-2:] == ["/root/a removed", "/root/a held_thread"]
    assert list(system.events.state().nodes) == ["/root"]
