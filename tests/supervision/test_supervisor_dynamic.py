"""Children that come and go at run time, templates, and ends that end all."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildCounts,
    ChildError,
    ChildSpec,
    CountChildren,
    CycleChild,
    DeleteChild,
    ExitKind,
    ExitReason,
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
KILLED = ExitReason(ExitKind.KILLED, "by a test")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
History = Callable[[ActorSystem], list[str]]


def fail(_: Actor) -> NoReturn:
    raise ValueError("boom")


def order(system: ActorSystem, message: object, path: str = "/root") -> Any:
    return system.ref(path).command(message).get()


def names(system: ActorSystem, path: str = "/root") -> list[str]:
    return [info.id for info in order(system, WhichChildren(), path)]


# -- dynamic children and a supervisor that restarts --


def give_up(system: ActorSystem) -> None:
    """Crash a child of the branch b, which has no intensity."""
    system.ref("/root/b/x").tell(fail)


def kill(system: ActorSystem) -> None:
    """End the branch b from outside, without a chance to stop its children."""
    system.cell("/root/b").kill(KILLED)


@pytest.mark.parametrize("end", [give_up, kill])
def test_after_a_restart_of_their_supervisor_static_children_are_back_others_gone(
    end: Callable[[ActorSystem], None],
    grow: Grow,
    child: Specify,
    settle: Settle,
    history: History,
) -> None:
    said: list[Any] = []
    branch = SupervisorSpec(
        id="b", children=(child("x"), child("y", say=said.append)), intensity=0
    )
    system = grow(branch)
    static = system.ref("/root/b/y")
    order(system, StartChild(child("dynamic")), "/root/b")
    order(system, StartChild(SupervisorSpec(id="more")), "/root/b")
    order(system, StartChild(child("leaf")), "/root/b/more")
    order(system, TerminateChild("y"), "/root/b")
    order(system, DeleteChild("y"), "/root/b")
    dynamic = system.ref("/root/b/dynamic")

    end(system)
    settle(system)

    assert names(system, "/root/b") == ["x", "y"]
    assert system.ref("/root/b/y").ask("new y") == "new y"
    assert (dynamic.is_alive(), static.is_alive()) == (False, False)
    for gone in ("/root/b/dynamic", "/root/b/more", "/root/b/more/leaf"):
        with pytest.raises(UnknownPath):
            system.ref(gone)
        assert f"{gone} removed" in history(system)


@pytest.mark.parametrize("end", [give_up, kill])
def test_references_to_static_children_stay_valid_and_their_messages_wait(
    end: Callable[[ActorSystem], None], grow: Grow, child: Specify, settle: Settle
) -> None:
    said: list[Any] = []
    branch = SupervisorSpec(
        id="b", children=(child("x"), child("y", say=said.append)), intensity=0
    )
    system = grow(branch)
    ref = system.ref("/root/b/y")

    end(system)
    ref.tell("while it is down, or not yet")
    settle(system)

    assert [each for each in said if each != "on_stop"] == [
        "while it is down, or not yet"
    ]
    assert system.ref("/root/b/y") is ref
    assert ref.cell.incarnation == 2


def test_a_namesake_of_a_static_child_does_not_outlive_a_restart(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    """Its place was made for another specification."""

    class Other(Actor):
        pass

    branch = SupervisorSpec(id="b", children=(child("x"), child("y")), intensity=0)
    system = grow(branch)
    order(system, TerminateChild("y"), "/root/b")
    order(system, DeleteChild("y"), "/root/b")
    order(system, StartChild(ChildSpec(id="y", start=Other)), "/root/b")
    other = system.ref("/root/b/y")

    give_up(system)
    settle(system)

    assert other.actor_class is Other
    assert not other.is_alive()
    assert system.ref("/root/b/y").ask("who is it?") == "who is it?"


# -- simple_one_for_one --


@pytest.fixture
def pool(grow: Grow, child: Specify) -> ActorSystem:
    return grow(child("x"), strategy=Strategy.SIMPLE_ONE_FOR_ONE)


def test_a_template_is_started_by_command_alone_and_numbered(
    pool: ActorSystem,
) -> None:
    before = names(pool)

    refs = [order(pool, StartChild()) for _ in range(3)]

    assert before == []
    assert [ref.path for ref in refs] == ["/root/1", "/root/2", "/root/3"]
    assert names(pool) == ["1", "2", "3"]
    assert order(pool, CountChildren()) == ChildCounts(1, 3, 0, 3)


def test_an_instance_gets_arguments_of_its_own_beside_those_of_the_template(
    grow: Grow, child: Specify
) -> None:
    said: list[Any] = []
    started: list[str] = []

    def start(actor: Actor) -> None:
        started.append(actor.path)

    template = child("x", say=said.append)
    system = grow(template, strategy=Strategy.SIMPLE_ONE_FOR_ONE)

    ref = order(system, StartChild(args={"starting": start}))
    ref.ask("hello")

    assert (said, started) == (["hello"], ["/root/1"])


def test_a_terminated_instance_is_gone_and_its_number_not_used_again(
    pool: ActorSystem,
) -> None:
    order(pool, StartChild())

    order(pool, TerminateChild("1"))
    ref = order(pool, StartChild())

    assert ref.path == "/root/2"
    assert names(pool) == ["2"]
    with pytest.raises(UnknownPath):
        pool.ref("/root/1")


@pytest.mark.parametrize("command", [RestartChild("1"), DeleteChild("1")])
def test_instances_are_neither_restarted_nor_deleted_by_command(
    command: object, pool: ActorSystem
) -> None:
    order(pool, StartChild())

    with pytest.raises(ChildError) as caught:
        order(pool, command)

    assert caught.value.code is Refusal.SIMPLE_ONE_FOR_ONE
    assert str(caught.value) == "/root: simple one for one"


def test_an_instance_can_be_cycled(pool: ActorSystem) -> None:
    ref = order(pool, StartChild())

    assert order(pool, CycleChild("1", "x")) is ref
    assert ref.cell.incarnation == 2


def test_an_instance_that_does_not_start_is_told_of_and_gone(
    pool: ActorSystem,
) -> None:
    with pytest.raises(ChildError, match="/root/1: start_failed: ValueError: boom"):
        order(pool, StartChild(args={"starting": fail}))

    assert names(pool) == []


def test_many_short_lives_leave_nothing_behind(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    template = child("x", restart="temporary")
    system = grow(template, strategy=Strategy.SIMPLE_ONE_FOR_ONE)

    for _ in range(100):
        order(system, StartChild()).tell(Actor.stop)
    settle(system)

    assert names(system) == []
    assert [cell.path for cell in system.cells()] == ["/root"]
    assert set(system.events.state().nodes) == {"/root"}


# -- auto_shutdown --


def significant(child: Specify, name: str, restart: str = "transient") -> ChildSpec:
    return child(name, restart=restart, significant=True)


@pytest.mark.parametrize("restart", ["transient", "temporary"])
@pytest.mark.parametrize(
    ("mode", "ends_after"), [("any_significant", 1), ("all_significant", 2)]
)
def test_when_significant_children_ended_by_themselves_the_supervisor_ends(
    mode: str, ends_after: int, restart: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(
        significant(child, "a", restart),
        significant(child, "b", restart),
        child("c"),
        auto_shutdown=mode,
    )
    for number, name in enumerate(("a", "b"), start=1):
        system.ref(f"/root/{name}").tell(Actor.stop)
        if number == ends_after:
            break
        settle(system)

    reason = system.ended.get(timeout=PATIENCE)

    last = {1: "a", 2: "b"}[ends_after]
    assert str(reason) == f"shutdown: /root/{last} ended"


def test_an_insignificant_child_ends_nobody(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(
        significant(child, "a"),
        child("b", restart="transient"),
        auto_shutdown="any_significant",
    )

    system.ref("/root/b").tell(Actor.stop)
    settle(system)

    assert names(system) == ["a", "b"]


def test_a_significant_child_that_is_restarted_ends_nobody(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(significant(child, "a"), auto_shutdown="any_significant")

    system.ref("/root/a").tell(fail)
    settle(system)

    assert system.ref("/root/a").ask("alive?") == "alive?"


@pytest.mark.parametrize("restart", ["transient", "temporary"])
def test_a_significant_child_that_is_terminated_ends_nobody(
    restart: str, grow: Grow, child: Specify
) -> None:
    system = grow(significant(child, "a", restart), auto_shutdown="any_significant")

    order(system, TerminateChild("a"))

    assert order(system, CountChildren()).active == 0


@pytest.mark.parametrize("mode", ["any_significant", "all_significant"])
@pytest.mark.parametrize("strategy", ["one_for_all", "rest_for_one"])
def test_a_significant_child_that_goes_down_with_a_sibling_ends_nobody(
    mode: str, strategy: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(
        child("a"),
        significant(child, "b", "temporary"),
        strategy=strategy,
        auto_shutdown=mode,
    )

    system.ref("/root/a").tell(fail)
    settle(system)

    assert names(system) == ["a"]


def test_the_end_of_a_significant_supervisor_ends_the_one_above(
    grow: Grow, child: Specify, history: History
) -> None:
    inner = SupervisorSpec(
        id="b",
        children=(significant(child, "x"),),
        auto_shutdown="any_significant",
        restart="transient",
        significant=True,
    )
    system = grow(child("a"), inner, auto_shutdown="any_significant")

    system.ref("/root/b/x").tell(Actor.stop)

    assert str(system.ended.get(timeout=PATIENCE)) == "shutdown: /root/b ended"
    assert history(system)[-5:] == [
        "/root/b/x exited leave_stopped",
        "/root/b exited leave_stopped",
        "/root/a stopping",
        "/root/a exited shut_down",
        "/root exited shut_down",
    ]
