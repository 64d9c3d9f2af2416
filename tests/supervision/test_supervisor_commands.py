"""Every command to a supervisor, what it does, and why it may be refused."""

from collections.abc import Callable
from typing import Any, NoReturn

import pykka
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildCounts,
    ChildError,
    ChildSpec,
    ChildState,
    CountChildren,
    CycleChild,
    DeleteChild,
    Ref,
    RefTo,
    Refusal,
    RestartChild,
    StartChild,
    Strategy,
    SupervisorSpec,
    TerminateChild,
    UnknownPath,
    WhichChildren,
)

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]


def fail(_: Actor) -> NoReturn:
    raise ValueError("boom")


def order(system: ActorSystem, message: object, path: str = "/root") -> Any:
    return system.ref(path).command(message).get()


def refused(system: ActorSystem, message: object) -> ChildError:
    with pytest.raises(ChildError) as caught:
        order(system, message)
    return caught.value


def states(system: ActorSystem) -> dict[str, ChildState]:
    return {info.id: info.state for info in order(system, WhichChildren())}


UP = ChildState.UP
DOWN = ChildState.DOWN


# -- looking --


def test_which_children_tells_of_each_in_start_order(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("b", restart="transient"), SupervisorSpec(id="a"))

    infos = order(system, WhichChildren())

    assert [(each.id, each.ref.path, each.state, each.about) for each in infos] == [
        ("b", "/root/b", UP, "worker transient"),
        ("a", "/root/a", UP, "supervisor one_for_one 3/60"),
    ]


def test_count_children_counts_what_is_specified_and_what_runs(
    grow: Grow, child: Specify
) -> None:
    system = grow(child("a"), child("b"), SupervisorSpec(id="c"))
    order(system, TerminateChild("a"))

    counts = order(system, CountChildren())

    assert counts == ChildCounts(specs=3, active=2, supervisors=1, workers=2)


# -- start_child --


def test_a_child_can_be_added_and_is_the_last_in_start_order(
    grow: Grow, child: Specify, history: History
) -> None:
    system = grow(child("a"))
    before = len(history(system))

    ref = order(system, StartChild(child("z")))
    order(system, StartChild(child("m")))

    assert isinstance(ref, Ref)
    assert ref.ask("alive?") == "alive?"
    assert history(system)[before:] == [
        "/root/z starting",
        "/root/z ready",
        "/root/m starting",
        "/root/m ready",
    ]
    assert list(states(system)) == ["a", "z", "m"]


def test_a_supervisor_can_be_added_with_all_below_it(
    grow: Grow, child: Specify
) -> None:
    system = grow()

    order(system, StartChild(SupervisorSpec(id="b", children=(child("x"),))))

    assert system.ref("/root/b/x").ask("alive?") == "alive?"


def test_an_added_child_that_does_not_start_is_told_of_and_forgotten(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), intensity=0)

    error = refused(system, StartChild(child("b", starting=fail)))
    settle(system)

    assert error.code is Refusal.START_FAILED
    assert str(error) == "/root/b: start_failed: ValueError: boom"
    assert states(system) == {"a": UP}
    with pytest.raises(UnknownPath, match="there is no /root/b"):
        system.ref("/root/b")


def test_an_added_child_that_refers_to_nobody_does_not_start(grow: Grow) -> None:
    system = grow()
    spec = ChildSpec(id="b", start=Actor, args={"to": RefTo(path="/root/nobody")})

    error = refused(system, StartChild(spec))

    assert error.code is Refusal.START_FAILED
    assert "there is no /root/nobody in the tree" in str(error)


@pytest.mark.parametrize(
    ("first", "code"),
    [(None, Refusal.ALREADY_STARTED), (TerminateChild("a"), Refusal.ALREADY_PRESENT)],
)
def test_a_name_is_given_once(
    first: object, code: Refusal, grow: Grow, child: Specify
) -> None:
    system = grow(child("a"))
    if first is not None:
        order(system, first)

    error = refused(system, StartChild(child("a")))

    assert (error.code, error.path) == (code, "/root/a")


def test_a_child_without_a_spec_is_none(grow: Grow) -> None:
    error = refused(grow(), StartChild())

    assert error.code is Refusal.NOT_FOUND
    assert str(error) == "/root: StartChild without a spec"


# -- terminate_child, restart_child, delete_child --


def test_a_terminated_child_stays_down_until_it_is_restarted(
    grow: Grow, child: Specify, history: History
) -> None:
    system = grow(child("a"), child("b"), strategy=Strategy.ONE_FOR_ALL)
    before = len(history(system))

    order(system, TerminateChild("a"))
    down = states(system)
    ref = order(system, RestartChild("a"))

    assert down == {"a": DOWN, "b": UP}
    assert ref is system.ref("/root/a")
    assert ref.ask("alive?") == "alive?"
    assert history(system)[before:] == [
        "/root/a stopping",
        "/root/a exited leave_stopped",
        "/root/a starting",
        "/root/a ready",
    ]


def test_terminating_twice_is_fine(grow: Grow, child: Specify) -> None:
    system = grow(child("a"))

    answers = [order(system, TerminateChild("a")) for _ in range(2)]

    assert answers == [None, None]
    assert states(system) == {"a": DOWN}


def test_a_terminated_temporary_child_is_forgotten(
    grow: Grow, child: Specify, history: History
) -> None:
    system = grow(child("a", restart="temporary"))
    ref = system.ref("/root/a")

    order(system, TerminateChild("a"))

    assert history(system)[-2:] == ["/root/a exited forget", "/root/a removed"]
    assert refused(system, TerminateChild("a")).code is Refusal.NOT_FOUND
    assert states(system) == {}
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("anybody?")


def test_a_child_that_does_not_start_again_stays_down(
    grow: Grow, child: Specify
) -> None:
    def start(actor: Actor) -> None:
        if actor.incarnation == 2:
            fail(actor)

    system = grow(child("a", starting=start), intensity=0)
    order(system, TerminateChild("a"))

    error = refused(system, RestartChild("a"))
    down = states(system)
    order(system, RestartChild("a"))

    assert error.code is Refusal.START_FAILED
    assert (down, states(system)) == ({"a": DOWN}, {"a": UP})


def test_a_deleted_child_is_gone_and_its_name_free(grow: Grow, child: Specify) -> None:
    system = grow(child("a"))
    old = system.ref("/root/a")
    order(system, TerminateChild("a"))

    order(system, DeleteChild("a"))
    gone = states(system)
    new = order(system, StartChild(child("a")))

    assert gone == {}
    assert new is not old
    assert new.ask("alive?") == "alive?"
    with pytest.raises(pykka.ActorDeadError):
        old.ask("alive?")


@pytest.mark.parametrize("command", [RestartChild, DeleteChild])
def test_a_child_that_runs_is_neither_restarted_nor_deleted(
    command: Callable[[str], object], grow: Grow, child: Specify
) -> None:
    error = refused(grow(child("a")), command("a"))

    assert (error.code, str(error)) == (Refusal.RUNNING, "/root/a: running")


@pytest.mark.parametrize(
    "command",
    [TerminateChild("b"), RestartChild("b"), DeleteChild("b"), CycleChild("b", "x")],
)
def test_a_child_that_nobody_knows_is_not_found(
    command: object, grow: Grow, child: Specify
) -> None:
    error = refused(grow(child("a")), command)

    assert (error.code, error.path) == (Refusal.NOT_FOUND, "/root/b")
    assert str(error) == "/root/b: not found"


# -- cycle_child --


@pytest.mark.parametrize(
    ("strategy", "cycled"),
    [("one_for_one", "b"), ("one_for_all", "abc"), ("rest_for_one", "bc")],
)
def test_cycling_takes_along_whom_the_strategy_takes(
    strategy: str, cycled: str, grow: Grow, child: Specify, history: History
) -> None:
    system = grow(*(child(n) for n in "abc"), strategy=strategy, intensity=0)
    before = len(history(system))

    ref = order(system, CycleChild("b", "new credentials"))
    order(system, CycleChild("b", "and again"))

    assert ref is system.ref("/root/b")
    assert history(system)[before] == "/root/b commanded"
    assert {n: system.cell(f"/root/{n}").incarnation for n in "abc"} == {
        n: 3 if n in cycled else 1 for n in "abc"
    }
    assert {
        event.reason for event in system.events.since(0) if event.kind == "commanded"
    } == {"new credentials", "and again"}


@pytest.mark.parametrize("restart", ["permanent", "transient", "temporary"])
def test_a_child_of_any_restart_type_can_be_cycled(
    restart: str, grow: Grow, child: Specify
) -> None:
    system = grow(child("a", restart=restart))

    ref = order(system, CycleChild("a", "somebody wants it"))

    assert ref.ask("alive?") == "alive?"
    assert system.cell("/root/a").incarnation == 2


def test_a_stopped_child_can_be_cycled_too(grow: Grow, child: Specify) -> None:
    system = grow(child("a"))
    order(system, TerminateChild("a"))

    assert order(system, CycleChild("a", "back again")).ask("alive?") == "alive?"


def test_a_cycled_child_that_fails_to_start_is_told_of_and_tried_again(
    grow: Grow, child: Specify
) -> None:
    def start(actor: Actor) -> None:
        if actor.incarnation == 2:
            fail(actor)

    system = grow(child("a", starting=start))

    error = refused(system, CycleChild("a", "x"))

    assert error.code is Refusal.START_FAILED
    assert system.ref("/root/a").ask("alive?") == "alive?"
    assert system.cell("/root/a").incarnation == 3


# -- ways to send them --


def test_commands_may_be_asked_as_ordinary_messages(grow: Grow, child: Specify) -> None:
    counts = grow(child("a")).ref("/root").ask(CountChildren())

    assert counts == ChildCounts(specs=1, active=1, supervisors=0, workers=1)


def test_a_refused_command_that_nobody_waits_for_harms_nobody(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), intensity=0)

    system.ref("/root").tell(TerminateChild("nobody"))
    settle(system)

    assert states(system) == {"a": UP}
    assert system.cell("/root/a").incarnation == 1


def test_what_a_supervisor_does_not_know_is_a_dead_letter(
    grow: Grow, settle: Settle
) -> None:
    system = grow()

    system.ref("/root").tell("hello")
    settle(system)

    assert system.dead_letters.counts() == {("/root", "unhandled"): 1}
