"""Whatever a supervisor is told, and whoever ends meanwhile, it does as OTP's would."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from holdfast.supervision import (
    UNLIMITED,
    Actor,
    ActorSystem,
    ChildError,
    ChildSpec,
    ChildState,
    CycleChild,
    DeleteChild,
    Randomness,
    Refusal,
    Restart,
    RestartChild,
    StartChild,
    Strategy,
    SupervisorSpec,
    TerminateChild,
    WhichChildren,
)
from holdfast.supervision.runtime.exit_reason import ExitKind, ExitReason
from holdfast.supervision.simulation import Recorder, World, violations

NAMES = st.sampled_from("abcd")
RESTARTS = st.sampled_from(Restart)
STRATEGIES = st.sampled_from(
    [Strategy.ONE_FOR_ONE, Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE]
)
AT_ONCE: dict[str, Callable[[str], Any]] = {
    "start": lambda name: StartChild(ChildSpec(id=name, start=Servant)),
    "terminate": TerminateChild,
    "restart": RestartChild,
    "delete": DeleteChild,
    "cycle": lambda name: CycleChild(name, "a test"),
}


class Servant(Actor):
    """Ends as it is told."""

    def on_receive(self, message: Any) -> None:
        if message == "crash":
            raise ValueError(message)
        self.stop()


@attrs.define
class Expected:
    """What a child should be like."""

    restart: Restart
    runs: bool = True


class Commands(RuleBasedStateMachine):
    """Tells a supervisor what to do, and knows what OTP's would make of it."""

    @initialize(seed=st.integers(0, 9999), strategy=STRATEGIES)
    def grow(self, seed: int, strategy: Strategy) -> None:
        self.world = World(seed)
        spec = SupervisorSpec(strategy=strategy, intensity=UNLIMITED, backoff=None)
        self.system = ActorSystem(
            spec,
            clock=self.world.clock,
            randomness=Randomness(seed),
            dispatchers=self.world.dispatchers,
        )
        self.recorder = Recorder(self.world, self.system)
        self.strategy = strategy
        self.expected: dict[str, Expected] = {}
        self.system.start().get()

    @rule(name=NAMES, restart=RESTARTS)
    def start(self, name: str, restart: Restart) -> None:
        known = self.expected.get(name)
        answer = self.order(
            StartChild(ChildSpec(id=name, start=Servant, restart=restart))
        )
        if known is None:
            assert answer is None
            self.expected[name] = Expected(restart)
        elif known.runs:
            assert answer is Refusal.ALREADY_STARTED
        else:
            assert answer is Refusal.ALREADY_PRESENT

    @rule(name=NAMES)
    def terminate(self, name: str) -> None:
        known = self.expected.get(name)
        answer = self.order(TerminateChild(name))
        assert answer is (Refusal.NOT_FOUND if known is None else None)
        if known is not None:
            self.put_away(name)

    @rule(name=NAMES)
    def restart(self, name: str) -> None:
        known = self.expected.get(name)
        assert self.order(RestartChild(name)) is self.refusal(known)
        if known is not None:
            known.runs = True

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        known = self.expected.get(name)
        assert self.order(DeleteChild(name)) is self.refusal(known)
        if known is not None and not known.runs:
            del self.expected[name]

    @rule(name=NAMES)
    def cycle(self, name: str) -> None:
        known = self.expected.get(name)
        answer = self.order(CycleChild(name, "a test"))
        assert answer is (Refusal.NOT_FOUND if known is None else None)
        if known is not None:
            known.runs = True
            self.take_along(name)

    @rule(name=NAMES, how=st.sampled_from(["crash", "stop", "kill"]))
    def end(self, name: str, how: str) -> None:
        known = self.expected.get(name)
        if known is None or not known.runs:
            return
        if how == "kill":
            reason = ExitReason(ExitKind.KILLED, "a test")
            self.system.cell(f"/root/{name}").kill(reason)
        else:
            self.system.ref(f"/root/{name}").tell(how)
        orderly = how == "stop" and known.restart is Restart.TRANSIENT
        if known.restart is Restart.TEMPORARY or orderly:
            self.put_away(name)
        else:
            self.take_along(name)

    @rule(orders=st.lists(st.tuples(st.sampled_from(sorted(AT_ONCE)), NAMES)))
    def order_at_once(self, orders: list[tuple[str, str]]) -> None:
        """Tell it much before it has done any of it; what follows is as it says."""
        root = self.system.ref("/root")
        answers = [root.command(AT_ONCE[kind](name)) for kind, name in orders]
        self.settle()
        for answer in answers:
            assert answer.done
            with contextlib.suppress(ChildError):
                answer.result()
        self.expected = {
            name: Expected(restart, runs=state is ChildState.UP)
            for name, restart, state in self.found()
        }

    @invariant()
    def all_are_as_expected(self) -> None:
        if not hasattr(self, "system"):
            return
        self.settle()
        up, down = ChildState.UP, ChildState.DOWN
        assert list(self.found()) == [
            (name, each.restart, up if each.runs else down)
            for name, each in self.expected.items()
        ]

    def teardown(self) -> None:
        if not hasattr(self, "system"):
            return
        began = self.world.clock.now()
        with self.world:
            self.system.stop(5.0).get()
            self.recorder.stopped(began, began + 5.0)
            history = self.recorder.close()
            assert violations(history, self.world.clock.now()) == []

    def order(self, message: Any) -> Refusal | None:
        """Say why it was refused, if it was."""
        try:
            self.system.ref("/root").command(message).get()
        except ChildError as error:
            return error.code
        return None

    def settle(self) -> None:
        self.world.run(until=self.world.clock.now() + 1.0)

    def found(self) -> Iterator[tuple[str, Restart, ChildState]]:
        for info in self.system.ref("/root").command(WhichChildren()).get():
            spec = self.system.cell(info.ref.path).spec
            assert isinstance(spec, ChildSpec)
            yield info.id, spec.restart, info.state

    def refusal(self, known: Expected | None) -> Refusal | None:
        """Say why nobody can be restarted or deleted there."""
        if known is None:
            return Refusal.NOT_FOUND
        return Refusal.RUNNING if known.runs else None

    def put_away(self, name: str) -> None:
        known = self.expected[name]
        known.runs = False
        if known.restart is Restart.TEMPORARY:
            del self.expected[name]

    def take_along(self, name: str) -> None:
        """Those restarted with a sibling go on, but for temporary ones that run."""
        names = list(self.expected)
        first = 0 if self.strategy is Strategy.ONE_FOR_ALL else names.index(name)
        if self.strategy is Strategy.ONE_FOR_ONE:
            return
        for other in names[first:]:
            known = self.expected[other]
            if other != name and known.runs and known.restart is Restart.TEMPORARY:
                del self.expected[other]


unhurried = settings(
    deadline=None,
    max_examples=200,
    stateful_step_count=20,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_a_supervisor_does_as_it_is_told() -> None:
    run(unhurried)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_supervisor_does_as_it_is_told_thousands_of_times() -> None:
    run(settings(unhurried, max_examples=5000, derandomize=False))


def run(how: settings) -> None:
    run_state_machine_as_test(Commands, settings=how)
