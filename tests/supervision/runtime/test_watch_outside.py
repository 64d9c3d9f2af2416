"""Who is no actor hears of an end by a callback, once."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Down,
    ExitKind,
    ExitReason,
    Future,
    StartChild,
    Strategy,
    SupervisorSpec,
    TerminateChild,
    UnknownPath,
)

KILLED = ExitReason(ExitKind.KILLED, "by a test")
NOBODY = ExitReason(ExitKind.NOPROC, "nobody lives there")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Said = list[Any]


def kill(system: ActorSystem) -> None:
    system.cell("/root/a").kill(KILLED)


def fail(down: Down) -> None:
    raise ValueError(down)


def test_from_outside_a_callback_or_a_future_hears_of_an_end_once(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a"))
    ended: Future[Down] = Future()

    system.watch("/root/a", said.append)
    system.watch("/root/a", ended.settle)
    unwatch = system.watch("/root/a", said.append)
    unwatch()
    unwatch()
    for _ in range(2):
        kill(system)
        settle(system)
    system.ref("/root").command(TerminateChild("a")).get()
    system.watch("/root/a", said.append)

    assert said == [Down("/root/a", 1, KILLED), Down("/root/a", 0, NOBODY)]
    assert ended.get() == Down("/root/a", 1, KILLED)


def test_a_callback_that_fails_harms_nobody(
    grow: Grow, child: Specify, settle: Settle, caplog: pytest.LogCaptureFixture
) -> None:
    said: Said = []
    system = grow(child("a"))

    system.watch("/root/a", fail)
    system.watch("/root/a", said.append)
    kill(system)
    settle(system)

    assert said == [Down("/root/a", 1, KILLED)]
    assert [record.getMessage() for record in caplog.records] == [
        "who watched /root/a could not take its end"
    ]


def test_a_place_that_is_removed_is_heard_of_first(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    pool = SupervisorSpec(
        id="pool", strategy=Strategy.SIMPLE_ONE_FOR_ONE, children=(child("x"),)
    )
    system = grow(pool)
    system.ref("/root/pool").command(StartChild()).get()
    system.watch("/root/pool/1", said.append)

    system.ref("/root/pool").command(TerminateChild("1")).get()
    settle(system)

    assert said == [Down("/root/pool/1", 1, ExitReason(ExitKind.SHUTDOWN))]


def test_a_place_that_is_not_there_can_not_be_watched(grow: Grow) -> None:
    with pytest.raises(UnknownPath, match="/root/a"):
        grow().watch("/root/a", fail)
