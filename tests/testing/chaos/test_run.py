"""A scenario holds for a sound system, and finds what is wrong with another one."""

from typing import Any

import attrs
import pytest

from holdfast.actors.learning import Learning
from holdfast.actors.messages import OrderRejected, PlaceOrder
from holdfast.actors.order_desk import OrderDesk
from holdfast.actors.order_state import OrderRecord
from holdfast.actors.venue_calls import VenueCalls
from holdfast.supervision.simulation.escapes import Escapes
from holdfast.testing.chaos.run import ScenarioRun, load_scenario
from holdfast.testing.chaos.scenario import ScenarioInvalid, find, read
from holdfast.testing.venue.faults.fault import Fault


@pytest.fixture(scope="module")
def ambiguous() -> ScenarioRun:
    return load_scenario(find("ambiguous-orders"))


def test_no_order_is_doubled_or_lost_whatever_answers_say(
    ambiguous: ScenarioRun,
) -> None:
    with Escapes():
        reports = [ambiguous.run(seed) for seed in range(3)]

    assert [report.violations for report in reports] == [(), (), ()]
    assert all(all(report.failures_injected.values()) for report in reports)


def test_a_seed_is_a_run(ambiguous: ScenarioRun) -> None:
    with Escapes():
        hashes = [ambiguous.run(seed).trace_hash for seed in (7, 7, 8)]

    assert hashes[0] == hashes[1] != hashes[2]


def asks_twice(venue: VenueCalls, order: PlaceOrder) -> Any:
    """Be the client that repeats by itself what it has sent."""
    first = venue.exchange.ask(order, block=False, timeout=venue.timeout)
    venue.exchange.ask(order, block=False, timeout=venue.timeout)
    return first


real_tell: Any = vars(Learning)["tell"]


def tells_no_rejection(learning: Learning, record: OrderRecord, report: Any) -> None:
    if not isinstance(report, OrderRejected):
        real_tell(learning, record, report)


def knows_all_fills(desk: OrderDesk) -> int:
    del desk
    return 10**9


@pytest.mark.parametrize(
    ("place", "name", "mutant", "told"),
    [
        (VenueCalls, "place", asks_twice, "no_duplicate_orders"),
        (Learning, "tell", tells_no_rejection, "no_lost_intents"),
        (OrderDesk, "ask_fills_after", property(knows_all_fills), "fills_are"),
    ],
)
def test_a_planted_mistake_is_found(
    place: Any,
    name: str,
    mutant: Any,
    told: str,
    ambiguous: ScenarioRun,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(place, name, mutant)

    with Escapes():
        report = ambiguous.run(1)

    assert [each for each in report.violations if each.startswith(told)]


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("bad_frame", "user"),
        ("reordered_frame", "executionReport"),
        ("lost_frame", "trade"),
        ("silent", "market"),
        ("status", "GET /exchangeInfo"),
        ("order_invisible", "new"),
        ("disconnect", "user"),
        ("lost_ack", "user"),
    ],
)
def test_a_fault_that_is_not_modelled_is_refused_by_name(kind: str, where: str) -> None:
    fault = Fault(id="odd one", kind=kind, where=where)
    scenario = attrs.evolve(read(find("ambiguous-orders")), faults=(fault,))

    with pytest.raises(ScenarioInvalid, match=rf"odd one \({kind} of {where}\)"):
        ScenarioRun(scenario)


@pytest.mark.parametrize(
    ("kind", "where"),
    [("lost_frame", "*"), ("silent", "stream"), ("status", "/order"), ("reset", "new")],
)
def test_a_fault_that_is_modelled_is_not(kind: str, where: str) -> None:
    fault = Fault(id="usual", kind=kind, where=where)
    scenario = attrs.evolve(read(find("ambiguous-orders")), faults=(fault,))

    assert ScenarioRun(scenario).scenario is scenario
