"""OTP's group `significant`: whose end is the end of a supervisor."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    RestartChild,
    StartChild,
    Strategy,
    SupervisorSpec,
    TerminateChild,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
States = Callable[..., dict[str, str]]
Exits = Callable[[ActorSystem], list[str]]
End = Callable[[ActorSystem, str, str], None]

PATIENCE = 20.0
MODES = ("never", "any_significant", "all_significant")


@pytest.fixture
def family(grow: Grow, child: Specify) -> Callable[..., ActorSystem]:
    """Grow two significant children and one that is not."""

    def made(restart: str, mode: str) -> ActorSystem:
        return grow(
            child("child1", restart=restart, significant=True),
            child("child2", restart=restart, significant=True),
            child("child3", restart=restart),
            intensity=5,
            auto_shutdown=mode,
        )

    return made


Family = Callable[..., ActorSystem]


def shut_down(system: ActorSystem) -> str:
    return str(system.ended.get(timeout=PATIENCE))


@pytest.mark.parametrize("mode", MODES)
def test_nonsignificant_temporary(
    mode: str, grow: Grow, child: Specify, order: Order, end: End, states: States
) -> None:
    system = grow(auto_shutdown=mode)
    spec = child("child1", restart="temporary")

    order(system, StartChild(spec))
    order(system, TerminateChild("child1"))
    for how in ("kill", "abnormal", "normal"):
        order(system, StartChild(spec))
        end(system, "/root/child1", how)

    assert states(system) == {}
    assert not system.ended.done


@pytest.mark.parametrize("mode", MODES)
def test_nonsignificant_transient(
    mode: str, grow: Grow, child: Specify, order: Order, end: End, states: States
) -> None:
    system = grow(child("child1", restart="transient"), auto_shutdown=mode, intensity=5)

    order(system, TerminateChild("child1"))
    order(system, RestartChild("child1"))
    for how in ("kill", "abnormal", "normal"):
        assert states(system) == {"child1": "up"}
        end(system, "/root/child1", how)

    assert states(system) == {"child1": "down"}
    assert not system.ended.done


@pytest.mark.parametrize("how", ["kill", "abnormal", "normal"])
def test_significant_temporary(
    how: str,
    family: Family,
    child: Specify,
    order: Order,
    end: End,
    states: States,
    exits: Exits,
) -> None:
    any_of_them = family("temporary", "any_significant")
    all_of_them = family("temporary", "all_significant")

    # to be terminated by command ends nobody else
    order(any_of_them, TerminateChild("child1"))
    assert states(any_of_them) == {"child2": "up", "child3": "up"}

    again = child("child1", restart="temporary", significant=True)
    order(any_of_them, StartChild(again))
    end(any_of_them, "/root/child1", how)
    assert shut_down(any_of_them) == "shutdown: /root/child1 ended"
    assert exits(any_of_them)[-3:] == [
        "/root/child3 shutdown",
        "/root/child2 shutdown",
        "/root shutdown: /root/child1 ended",
    ]

    # the last one of all of them
    end(all_of_them, "/root/child1", how)
    assert states(all_of_them) == {"child2": "up", "child3": "up"}
    end(all_of_them, "/root/child2", how)
    assert shut_down(all_of_them) == "shutdown: /root/child2 ended"


def test_significant_transient(
    family: Family, order: Order, end: End, states: States
) -> None:
    up = {"child1": "up", "child2": "up", "child3": "up"}
    any_of_them = family("transient", "any_significant")
    all_of_them = family("transient", "all_significant")

    # to be terminated by command ends nobody else, nor does what is restarted
    order(any_of_them, TerminateChild("child1"))
    assert states(any_of_them) == {**up, "child1": "down"}
    order(any_of_them, RestartChild("child1"))
    for how in ("kill", "abnormal"):
        end(any_of_them, "/root/child1", how)
        assert states(any_of_them) == up

    end(any_of_them, "/root/child1", "normal")
    assert shut_down(any_of_them) == "shutdown: /root/child1 ended"

    # the last one of all of them
    end(all_of_them, "/root/child1", "normal")
    assert states(all_of_them) == {**up, "child1": "down"}
    end(all_of_them, "/root/child2", "normal")
    assert shut_down(all_of_them) == "shutdown: /root/child2 ended"


@pytest.mark.parametrize("mode", ["any_significant", "all_significant"])
def test_significant_simple(mode: str, grow: Grow, child: Specify) -> None:
    template = child("x", restart="temporary")

    with pytest.raises(ValueError, match=f"it can't have auto_shutdown {mode}"):
        SupervisorSpec(
            children=(template,),
            strategy=Strategy.SIMPLE_ONE_FOR_ONE,
            auto_shutdown=mode,
        )

    assert grow(template, strategy="simple_one_for_one", auto_shutdown="never").is_up


@pytest.mark.parametrize("mode", ["any_significant", "all_significant"])
@pytest.mark.parametrize(
    ("strategy", "restarted"),
    [
        ("one_for_one", ["child2"]),
        ("one_for_all", ["child1", "child2", "child3"]),
        ("rest_for_one", ["child2", "child3"]),
    ],
)
def test_significant_bystander(
    mode: str,
    strategy: str,
    restarted: list[str],
    grow: Grow,
    child: Specify,
    end: End,
    states: States,
) -> None:
    system = grow(
        child("child1", restart="transient", significant=True),
        child("child2", restart="transient"),
        child("child3", restart="transient", significant=True),
        strategy=strategy,
        intensity=5,
        auto_shutdown=mode,
    )

    end(system, "/root/child2", "kill")

    again = [cell.name for cell in system.cells() if cell.incarnation == 2]
    assert again == restarted
    assert states(system) == {"child1": "up", "child2": "up", "child3": "up"}
    assert not system.ended.done


@pytest.mark.parametrize("significant", [True, False])
def test_significant_escalation(
    *,
    significant: bool,
    grow: Grow,
    child: Specify,
    order: Order,
    end: End,
    states: States,
    exits: Exits,
) -> None:
    system = grow(auto_shutdown="any_significant")
    inner = SupervisorSpec(
        id="sup1",
        restart="transient",
        significant=significant,
        auto_shutdown="any_significant",
    )
    order(system, StartChild(inner))
    worker = child("child1", restart="transient", significant=True)
    order(system, StartChild(worker), "/root/sup1")

    end(system, "/root/sup1/child1", "normal")

    below = ["/root/sup1/child1 normal", "/root/sup1 shutdown: /root/sup1/child1 ended"]
    if significant:
        assert shut_down(system) == "shutdown: /root/sup1 ended"
        assert exits(system) == [*below, "/root shutdown: /root/sup1 ended"]
    else:
        assert states(system) == {"sup1": "down"}
        assert exits(system) == below
