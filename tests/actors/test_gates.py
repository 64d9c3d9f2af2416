"""A gate says why it is closed, and opens by itself."""

from typing import Any

import pytest

from holdfast.actors.gates import Gate, GateClosed, GateOpened, Gates
from holdfast.supervision import Actor, ActorSystem, ChildSpec, RefTo


class Keeper(Actor):
    """Does to its gates what it is told."""

    def __init__(self, to: Any) -> None:
        self._gates = Gates((Gate.FEED, Gate.VENUE), "BTCUSDT", to)

    def on_receive(self, message: Any) -> Any:
        gate, why = message
        if why:
            self._gates.close(gate, why)
        else:
            self._gates.open(gate)
        return str(self._gates)


@pytest.mark.parametrize(
    ("said", "texts", "told"),
    [
        ([(Gate.FEED, "")], [""], []),
        ([(Gate.FEED, "a"), (Gate.FEED, "a")], ["feed: a"] * 2, ["a"]),
        ([(Gate.FEED, "a"), (Gate.FEED, "b")], ["feed: a", "feed: b"], ["a", "b"]),
        ([(Gate.FEED, "a"), (Gate.FEED, "")], ["feed: a", ""], ["a", None]),
        (
            [(Gate.FEED, "a"), (Gate.VENUE, "b"), (Gate.FEED, "")],
            ["feed: a", "feed: a; venue: b", "venue: b"],
            ["a", "b", None],
        ),
    ],
)
def test_a_gate_is_told_when_it_closes_when_the_reason_changes_and_when_it_opens(
    said: list[tuple[Gate, str]],
    texts: list[str],
    told: list[str | None],
    grown: Any,
    double: Any,
    settle: Any,
    ask: Any,
) -> None:
    heard: list[Any] = []
    keeper = ChildSpec(id="keeper", start=Keeper, args={"to": RefTo(path="/root/risk")})

    system: ActorSystem
    with grown(double("risk", heard.append), keeper) as system:
        answers = [ask(system, "/root/keeper", each) for each in said]
        settle(system)

    assert answers == texts
    assert [getattr(each, "reason", None) for each in heard] == told
    assert {type(each) for each in heard} <= {GateClosed, GateOpened}


def test_gates_of_which_nobody_hears_close_as_well() -> None:
    gates = Gates((Gate.JOURNAL,), "BTCUSDT", None)

    gates.close(Gate.JOURNAL, "full")
    closed = dict(gates.closed)
    gates.open(Gate.JOURNAL)

    assert (closed, gates.closed) == ({Gate.JOURNAL: "full"}, {})
