"""OTP's groups `sup_start` and `sup_start_map`: how a supervisor starts, or not."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from holdfast.supervision import (
    BRUTAL,
    INFINITY,
    Actor,
    ActorSystem,
    ChildSpec,
    GetChildSpec,
    RefTo,
    Restart,
    RestartChild,
    StartChild,
    StartFailed,
    Strategy,
    SupervisorSpec,
    TerminateChild,
    UnknownPath,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
Refused = Callable[..., str]
Counts = Callable[..., list[int]]
States = Callable[..., dict[str, str]]
Exits = Callable[[ActorSystem], list[str]]
History = Callable[[ActorSystem], list[str]]
Settle = Callable[[ActorSystem], None]
Hook = Callable[..., Callable[[Actor], None]]

PATIENCE = 20.0
SIMPLE = Strategy.SIMPLE_ONE_FOR_ONE


class Caller(Actor):
    """Declines where it is told to; it fails where it is told to."""

    def __init__(self, then: Callable[[], object] = dict) -> None:
        then()


def broken() -> NoReturn:
    raise ArithmeticError("badmatch")


# -- sup_start --


def test_sup_start_normal(grow: Grow, exits: Exits) -> None:
    system = grow()

    reason = system.stop().get(timeout=PATIENCE)

    assert str(reason) == "shutdown"
    assert exits(system) == ["/root shutdown"]


def test_sup_start_ignore_init(
    grow: Grow, child: Specify, declines: Hook, states: States, exits: Exits
) -> None:
    """Adapted: a supervisor has no init of its own that could decline.

    Its children can, all of them: it is up with nobody, and nobody has failed.
    """
    system = grow(
        child("a", starting=declines()), child("b", starting=declines()), intensity=0
    )

    assert states(system) == {"a": "down", "b": "down"}
    assert system.is_up
    assert exits(system) == [
        "/root/a ignored: nothing to do",
        "/root/b ignored: nothing to do",
    ]


def test_sup_start_ignore_child(
    grow: Grow,
    child: Specify,
    declines: Hook,
    order: Order,
    states: States,
    counts: Counts,
) -> None:
    system = grow(intensity=0)

    first = order(system, StartChild(child("child1", starting=declines())))
    second = order(system, StartChild(child("child2")))

    assert first is None
    assert second is system.ref("/root/child2")
    assert states(system) == {"child1": "down", "child2": "up"}
    assert counts(system) == [2, 1, 0, 2]


def test_sup_start_ignore_temporary_child(
    grow: Grow, child: Specify, declines: Hook, states: States, counts: Counts
) -> None:
    system = grow(
        child("child1", starting=declines(), restart="temporary"),
        child("child2", restart="temporary"),
    )

    assert states(system) == {"child2": "up"}
    assert counts(system) == [1, 1, 0, 1]
    with pytest.raises(UnknownPath):
        system.ref("/root/child1")


def test_sup_start_ignore_temporary_child_start_child(
    grow: Grow,
    child: Specify,
    declines: Hook,
    order: Order,
    states: States,
    counts: Counts,
) -> None:
    system = grow()

    first = order(
        system, StartChild(child("child1", starting=declines(), restart="temporary"))
    )
    order(system, StartChild(child("child2", restart="temporary")))

    assert first is None
    assert states(system) == {"child2": "up"}
    assert counts(system) == [1, 1, 0, 1]


@pytest.fixture
def pool_whose_first_declines(
    grow: Grow, child: Specify, declines: Hook, order: Order
) -> Callable[[str], ActorSystem]:
    """Start two instances of a template; only the second wants to run."""

    def made(restart: str) -> ActorSystem:
        def start(actor: Actor) -> None:
            if actor.path == "/root/1":
                declines()(actor)

        system = grow(child("x", starting=start, restart=restart), strategy=SIMPLE)
        assert order(system, StartChild()) is None
        assert order(system, StartChild()) is system.ref("/root/2")
        return system

    return made


Pool = Callable[[str], ActorSystem]


def test_sup_start_ignore_temporary_child_start_child_simple(
    pool_whose_first_declines: Pool, states: States, counts: Counts
) -> None:
    system = pool_whose_first_declines("temporary")

    assert states(system) == {"2": "up"}
    assert counts(system) == [1, 1, 0, 1]


def test_sup_start_ignore_permanent_child_start_child_simple(
    pool_whose_first_declines: Pool, states: States, counts: Counts
) -> None:
    system = pool_whose_first_declines("permanent")

    seen = (states(system), counts(system))
    reason = system.stop().get(timeout=PATIENCE)

    assert seen == ({"2": "up"}, [1, 1, 0, 1])
    assert str(reason) == "shutdown"


def test_sup_start_error_return() -> None:
    """Adapted: there is no init; a specification that can't be is refused.

    It is refused where it is made, and where its parts do not fit where the system is
    made: nothing was started that would have to end.
    """
    lost = ChildSpec(id="a", start=Actor, args={"to": RefTo(path="/root/nobody")})

    with pytest.raises(TypeError, match="children must be ChildSpec or SupervisorSpec"):
        SupervisorSpec(children=["invalid"])  # type: ignore[list-item]
    with pytest.raises(UnknownPath, match="there is no /root/nobody"):
        ActorSystem(SupervisorSpec(children=(lost,)))


def test_sup_start_fail(grow: Grow, exits: Exits) -> None:
    """Adapted: not a supervisor's own init raises but that of its first child."""
    system = grow(ChildSpec(id="a", start=Caller, args={"then": broken}), start=False)

    with pytest.raises(StartFailed, match="/root/a: ArithmeticError: badmatch"):
        system.start().get(timeout=PATIENCE)

    assert isinstance(system.ended.get(timeout=PATIENCE).error, ArithmeticError)
    assert exits(system) == [
        "/root/a start_failed: ArithmeticError: badmatch",
        "/root start_failed: /root/a: ArithmeticError: badmatch",
    ]


def test_sup_start_child_returns_error(
    grow: Grow, child: Specify, fails: Hook, order: Order, states: States
) -> None:
    system = grow(intensity=0)

    for name in ("child1", "child2"):
        with pytest.raises(Exception, match=f"/root/{name}: start_failed: ValueError"):
            order(system, StartChild(child(name, starting=fails())))

    assert states(system) == {}


def test_sup_start_restart_child_returns_error(
    grow: Grow,
    child: Specify,
    fails: Hook,
    order: Order,
    refused: Refused,
    states: States,
) -> None:
    system = grow(child("child1", starting=fails(2)), intensity=0)
    order(system, TerminateChild("child1"))

    assert refused(system, RestartChild("child1")) == "start_failed"

    assert states(system) == {"child1": "down"}
    assert order(system, RestartChild("child1")).ask("alive?") == "alive?"


def test_sup_start_child_returns_error_simple(
    grow: Grow, child: Specify, fails: Hook, refused: Refused, states: States
) -> None:
    system = grow(child("x", starting=fails()), strategy=SIMPLE, intensity=0)

    codes = [refused(system, StartChild()) for _ in range(2)]

    assert codes == ["start_failed", "start_failed"]
    assert states(system) == {}


# -- sup_start_map --


def test_sup_start_map(grow: Grow, order: Order, refused: Refused) -> None:
    """Adapted: specifications are Python objects, and a supervisor is one too."""
    system = grow(
        ChildSpec(id="child1", start=Caller),
        ChildSpec(id="child2", start=Caller, shutdown=BRUTAL),
        SupervisorSpec(id="child3"),
    )

    specs = [order(system, GetChildSpec(f"child{n}")) for n in (1, 2, 3)]

    assert [(each.id, each.restart, each.shutdown) for each in specs] == [
        ("child1", Restart.PERMANENT, 5),
        ("child2", Restart.PERMANENT, BRUTAL),
        ("child3", Restart.PERMANENT, INFINITY),
    ]
    assert [type(each) for each in specs] == [ChildSpec, ChildSpec, SupervisorSpec]
    assert (specs[0].start, specs[0].significant) == (Caller, False)
    assert refused(system, GetChildSpec("child4")) == "not_found"


def test_sup_start_map_simple(grow: Grow, order: Order, refused: Refused) -> None:
    """Adapted: an instance is asked for by its number."""
    template = ChildSpec(id="x", start=Caller, restart="temporary")
    system = grow(template, strategy=SIMPLE)
    for arguments in ({}, {"then": dict}, {}):
        order(system, StartChild(args=arguments))

    specs = [order(system, GetChildSpec(name)) for name in ("1", "2", "3")]

    told = [(each.start, each.restart, each.shutdown) for each in specs]
    assert told == [(Caller, Restart.TEMPORARY, 5)] * 3
    assert refused(system, GetChildSpec("4")) == "not_found"


def test_sup_start_map_faulty_specs() -> None:
    """Adapted: what OTP ignores, a name that nobody knows, is refused too."""
    with pytest.raises(TypeError, match="'id'"):
        ChildSpec(start=Caller)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'start'"):
        ChildSpec(id="child2")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'silly_flag'"):
        ChildSpec(id="child3", start=Caller, silly_flag=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"children must be .* was 'child4'"):
        SupervisorSpec(children=["child4"])  # type: ignore[list-item]
