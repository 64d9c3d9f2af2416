"""A system as its owner sees it: it starts once, ends once, and finds every place."""

import threading
from collections.abc import Callable
from typing import Any

import pykka
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    CountChildren,
    CycleChild,
    Decision,
    EventKind,
    ExitKind,
    Phase,
    RefTo,
    StartFailed,
    SupervisorSpec,
    TerminateChild,
    UnknownPath,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]


class Keeper(Actor):
    """Keeps what it was given."""

    def __init__(self, **given: Any) -> None:
        self.given = given

    def on_receive(self, message: Any) -> Any:
        return self.given


# -- places and references --


def test_all_places_exist_before_anything_runs(grow: Grow, child: Specify) -> None:
    system = grow(
        child("a"), SupervisorSpec(id="b", children=(child("x"),)), start=False
    )

    paths = [cell.path for cell in system.cells()]

    assert paths == ["/root", "/root/a", "/root/b", "/root/b/x"]
    assert list(system.events.state().nodes) == paths
    assert system.ref("/root/b/x").path == "/root/b/x"


def test_an_unknown_path_is_named(grow: Grow) -> None:
    with pytest.raises(UnknownPath, match="there is no /root/x in the tree") as caught:
        grow().ref("/root/x")

    assert caught.value.path == "/root/x"


def test_references_in_arguments_are_filled_in_however_deep_they_are(
    grow: Grow,
) -> None:
    to = RefTo(path="/root/a")
    args = {"to": to, "all": [to, {"deep": (to, 1)}], "plain": "/root/a"}
    system = grow(
        ChildSpec(id="a", start=Keeper), ChildSpec(id="b", start=Keeper, args=args)
    )
    ref = system.ref("/root/a")

    assert system.ref("/root/b").ask("given?") == {
        "to": ref,
        "all": [ref, {"deep": [ref, 1]}],
        "plain": "/root/a",
    }


def test_a_reference_to_nobody_is_refused_before_anything_runs() -> None:
    spec = ChildSpec(id="a", start=Keeper, args={"to": [RefTo(path="/root/b")]})

    with pytest.raises(UnknownPath, match="there is no /root/b"):
        ActorSystem(SupervisorSpec(children=(spec,)))


def test_who_refers_to_somebody_forgotten_can_be_restarted(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    args = {"to": RefTo(path="/root/a")}
    keeper = ChildSpec(id="b", start=Keeper, args=args)
    system = grow(child("a", restart="temporary"), keeper)
    system.ref("/root").command(TerminateChild("a")).get()

    system.ref("/root").command(CycleChild("b", "a test")).get()
    given: Any = system.ref("/root/b").ask("given?")
    given["to"].tell("hello")
    settle(system)

    assert system.dead_letters.counts() == {("/root/a", "stopped"): 1}


# -- a life --


def test_a_system_starts_once(grow: Grow, child: Specify, history: History) -> None:
    system = grow(child("a"))
    before = history(system)

    again = system.start()

    assert again is system.started
    assert again.get() is system.ref("/root")
    assert history(system) == before
    assert system.cell("/root").incarnation == 1


def test_a_system_ends_once_and_tells_so_whoever_waits(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"))
    told: list[str] = []
    system.ended.add_done_callback(lambda done: told.append(str(done.result())))

    ends = [system.stop(), system.stop()]
    reason = ends[0].get(timeout=PATIENCE)
    ends.append(system.stop())

    assert all(end is system.ended for end in ends)
    assert reason.kind is ExitKind.SHUTDOWN
    assert told == ["shutdown"]


def test_a_system_that_was_stopped_before_its_start_never_runs(
    grow: Grow, child: Specify, history: History
) -> None:
    system = grow(child("a"), start=False)

    reason = system.stop().get(timeout=PATIENCE)
    started = system.start()

    assert reason.kind is ExitKind.SHUTDOWN
    with pytest.raises(StartFailed, match="shutdown"):
        started.get()
    assert history(system) == []


def test_after_its_end_everything_is_a_dead_letter(grow: Grow, child: Specify) -> None:
    system = grow(child("a"))
    system.stop().get(timeout=PATIENCE)

    system.ref("/root/a").tell("late")
    with pytest.raises(pykka.ActorDeadError):
        system.ref("/root/a").ask("late")
    with pytest.raises(pykka.ActorDeadError):
        system.ref("/root").command(CountChildren()).get()

    assert not system.ref("/root").is_alive()
    assert system.dead_letters.count() == 3


@pytest.mark.parametrize("orderly", [True, False])
def test_the_last_event_is_the_end_of_the_root(
    grow: Grow, child: Specify, *, orderly: bool
) -> None:
    def fail(_: Actor) -> None:
        raise ValueError("boom")

    system = grow(child("a"), intensity=0)
    if orderly:
        system.stop()
    else:
        system.ref("/root/a").tell(fail)
    system.ended.get(timeout=PATIENCE)

    last = system.events.since(0)[-1]
    assert (last.path, last.kind) == ("/root", EventKind.EXITED)
    assert last.decision is (Decision.SHUT_DOWN if orderly else Decision.ESCALATE)
    phase = system.events.state().nodes["/root"].phase
    assert phase is (Phase.STOPPED if orderly else Phase.FAILED)


def test_a_killed_system_ends_at_once_whatever_hangs(
    grow: Grow, child: Specify, gate: threading.Event
) -> None:
    entered = threading.Event()

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    system = grow(child("a"), child("b", dispatcher="pinned"))
    system.ref("/root/a").tell(hold)  # the thread of the supervisors, too
    assert entered.wait(PATIENCE)

    system.kill()

    assert system.ended.get(timeout=PATIENCE).kind is ExitKind.KILLED
    assert not any(cell.ready for cell in system.cells())


def test_two_systems_in_one_process_do_not_meet(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    one, other = grow(child("a")), grow(child("a"))

    one.stop().get(timeout=PATIENCE)
    one.close()

    assert other.ref("/root/a").ask("alive?") == "alive?"
    assert one.ref("/root/a") is not other.ref("/root/a")
    settle(other)


# -- up and settled --


def test_a_system_is_up_while_everything_that_should_run_is_ready(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"), child("b"), start=False)
    seen = [system.is_up]

    system.start().get(timeout=PATIENCE)
    seen.append(system.is_up)
    system.ref("/root").command(TerminateChild("a")).get()
    seen.append(system.is_up)
    system.stop().get(timeout=PATIENCE)
    seen.append(system.is_up)

    assert seen == [False, True, True, False]


def test_closing_ends_every_thread_of_a_system(child: Specify) -> None:
    before = set(threading.enumerate())
    system = ActorSystem(
        SupervisorSpec(children=(child("a", dispatcher="pinned"), child("b")))
    )
    system.start().get(timeout=PATIENCE)
    system.clock.call_later(1000, threading.Event().set)
    during = {thread.name for thread in set(threading.enumerate()) - before}

    system.stop().get(timeout=PATIENCE)
    system.close()

    assert during == {
        "/root/a#1",
        "holdfast-shared",
        "holdfast-clock",
        "holdfast-watch",
    }
    assert set(threading.enumerate()) <= before
