"""An order takes the place of another one only when that is certain to have ended."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.actors.messages import (
    CancelIntent,
    CancelOrder,
    OrderRejected,
    OrderStatus,
    PlaceOrder,
    Side,
)
from holdfast.actors.queries import QueryOrders
from holdfast.actors.risk_words import CancelAll
from holdfast.actors.updates import OrderUpdated
from holdfast.supervision import ActorSystem, ChildSpec, crash
from holdfast.supervision.outcome import VenueRefused
from holdfast.tests.actors.execution_stage import (
    FIRST,
    INTENT,
    ME,
    UNKNOWN,
    Play,
    Stage,
)
from holdfast.tests.actors.order_trees import CarelessExchange, order_path, updates_to
from holdfast.tests.actors.scripted_venue import (
    ScriptedVenue,
    fail,
    take,
    take_and_fail,
    take_silently,
)

SECOND = "hf-a-1-2"
NEW = attrs.evolve(INTENT, id="b", price=Decimal(101), replaces="a")
TAKE_BACK = CancelIntent(
    intent_id="b", strategy=NEW.strategy, symbol=NEW.symbol, time=9.0
)


def sent(stage: Stage) -> list[tuple[str, Decimal]]:
    return [(each.intent_id, each.quantity) for each in stage.venue.placed]


def refusal(stage: Stage, intent_id: str = "b") -> str:
    """Return why nothing was sent for an intent."""
    (report,) = [
        each.report
        for each in stage.told
        if isinstance(each.report, OrderRejected) and each.order.intent_id == intent_id
    ]
    return report.detail


def there(stage: Stage) -> dict[str, str]:
    return {name: str(order.status) for name, order in stage.venue.orders.items()}


def test_the_old_one_is_gone_before_the_new_one_is_sent(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, NEW)

        calls = [
            type(each).__name__
            for _, each in stage.calls
            if isinstance(each, PlaceOrder | CancelOrder)
        ]
        assert calls == ["PlaceOrder", "CancelOrder", "PlaceOrder"]
        assert there(stage) == {FIRST: "cancelled", SECOND: "open"}
        assert sent(stage) == [("a", Decimal(3)), ("b", Decimal(3))]


@pytest.mark.parametrize(
    ("traded", "wanted", "rest"), [(1, 3, 2), (2, 5, 3), (3, 4, 1)]
)
def test_only_what_the_old_one_has_not_traded_is_sent(
    traded: int, wanted: int, rest: int, play: Play
) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, traded)  # and nobody has told of it
        stage.say(attrs.evolve(NEW, quantity=Decimal(wanted)))

        assert sent(stage)[1:] == [("b", Decimal(rest))]


@pytest.mark.parametrize("wanted", [2, 3])
def test_nothing_is_sent_if_all_was_traded(wanted: int, play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 3)
        stage.say(attrs.evolve(NEW, quantity=Decimal(wanted)))

        assert sent(stage) == [("a", Decimal(3))]
        assert refusal(stage) == f"all that is wanted was traded until {FIRST} ended"


def test_an_end_that_is_not_certain_in_time_sends_nothing(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(NEW)
        stage.let_pass(2.5)
        waiting = stage.statuses()
        stage.let_pass(1)
        stage.venue.failing.clear()
        stage.let_pass(20)

        assert waiting == ["open", "pending"]
        assert there(stage) == {FIRST: "cancelled"}
        assert refusal(stage) == f"it was not certain in time that {FIRST} has ended"


def test_an_order_in_doubt_is_not_taken_for_ended(play: Play) -> None:
    with play(take_and_fail(UNKNOWN)) as stage:
        stage.venue.failing |= {QueryOrders: UNKNOWN, CancelOrder: UNKNOWN}
        stage.say(INTENT, NEW)
        stage.let_pass(3)
        stage.venue.failing.clear()
        stage.let_pass(20)

        assert there(stage) == {FIRST: "cancelled"}
        assert stage.statuses() == []


def test_a_gate_that_is_closed_holds_the_new_one_back(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.next_answers.append(fail(UNKNOWN))
        stage.say(attrs.evolve(INTENT, id="c"), NEW)

        assert there(stage) == {FIRST: "cancelled"}
        assert refusal(stage).startswith("unknown_order: ")


@pytest.mark.parametrize("replaces", ["nothing", "c"])
def test_what_is_no_order_of_its_side_is_left_alone(replaces: str, play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, attrs.evolve(INTENT, id="c", side=Side.SELL))
        stage.say(attrs.evolve(NEW, replaces=replaces))

        assert stage.venue.cancels == []
        assert "to take the place of" in refusal(stage)


@pytest.mark.parametrize("is_certain", [False, True])
def test_a_place_is_taken_once(is_certain: bool, play: Play) -> None:  # noqa: FBT001 - parametrized
    with play() as stage:
        stage.say(INTENT)
        if not is_certain:
            stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(NEW, attrs.evolve(NEW, id="c", price=Decimal(102)))
        stage.venue.failing.clear()
        stage.let_pass(2)

        assert sent(stage) == [("a", Decimal(3)), ("b", Decimal(3))]
        assert refusal(stage, "c") == "b takes the place of a already"


def test_a_place_that_was_taken_is_taken_for_a_successor_too(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, NEW)
    with play() as stage:
        stage.say(attrs.evolve(NEW, id="c", price=Decimal(102)))

        assert refusal(stage, "c") == "b takes the place of a already"


def test_what_a_whole_chain_has_traded_counts(play: Play) -> None:
    """FIX: OrderQty and CumQty go on over a chain of replacements."""
    three = attrs.evolve(INTENT, quantity=Decimal(3))
    total = attrs.evolve(NEW, quantity=Decimal(3))
    with play() as stage:
        stage.say(three)
        stage.say(stage.venue.fill(FIRST, 2))
        stage.say(total, attrs.evolve(total, id="c", replaces="b"))
        stage.say(stage.venue.fill("hf-a-1-3", 1))
        stage.say(attrs.evolve(total, id="d", replaces="c"))
        told = [each.order for each in stage.told if each.order.intent_id == "c"]

        assert sent(stage) == [("a", Decimal(3)), ("b", Decimal(1)), ("c", Decimal(1))]
        assert {(each.quantity, each.replaces) for each in told} == {(Decimal(3), "b")}
        assert told[-1].filled == Decimal(3)
        assert "no order c" in refusal(stage, "d") or "was traded" in refusal(
            stage, "d"
        )


def test_a_chain_is_known_again_from_the_journal(play: Play) -> None:
    three = attrs.evolve(INTENT, quantity=Decimal(3))
    total = attrs.evolve(NEW, quantity=Decimal(3))
    with play() as stage:
        stage.say(three)
        stage.say(stage.venue.fill(FIRST, 2))
        stage.say(total)
    with play() as stage:
        stage.say(attrs.evolve(total, id="c", replaces="b"))

        assert sent(stage)[-1] == ("c", Decimal(1))


def test_a_place_is_free_again_if_whoever_took_it_was_rejected(play: Play) -> None:
    no = VenueRefused("too little", code="minimum_notional")
    with play(take, fail(no)) as stage:
        stage.say(INTENT, NEW, attrs.evolve(NEW, id="c", quantity=Decimal(4)))

        assert sent(stage)[2:] == [("c", Decimal(4))]


def test_who_replaces_what_waits_calls_it_off(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(NEW, attrs.evolve(NEW, id="c", replaces="b"))
        stage.venue.failing.clear()
        stage.let_pass(2)

        assert there(stage) == {FIRST: "cancelled"}
        assert refusal(stage) == "c was to take its place"
        assert "to take the place of" in refusal(stage, "c")


def test_what_never_left_makes_no_room_while_the_one_before_it_is_open(
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(NEW)
        stage.let_pass(4)
        stage.say(attrs.evolve(NEW, id="c", replaces="b"))  # who had not heard that

        assert there(stage) == {FIRST: "open"}
        assert "to take the place of" in refusal(stage, "c")


@pytest.mark.parametrize("message", [TAKE_BACK, CancelAll(reason="enough")])
def test_what_waits_is_called_off_as_well(message: Any, play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(NEW, message)
        stage.venue.failing.clear()
        stage.let_pass(5)

        assert there(stage) == {FIRST: "cancelled"}
        assert stage.statuses() == []
        assert refusal(stage)


def test_the_same_wish_again_changes_nothing(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(NEW, NEW)
        stage.venue.failing.clear()
        stage.let_pass(1)
        stage.say(NEW)

        assert sent(stage) == [("a", Decimal(3)), ("b", Decimal(3))]


def test_a_process_that_dies_in_between_leaves_the_old_one_cancelled(
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(NEW)
    stage.venue.failing.clear()
    with play() as stage:
        stage.let_pass(20)

        assert there(stage) == {FIRST: "cancelled"}


def test_an_actor_that_crashes_in_between_goes_on(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.failing[CancelOrder] = UNKNOWN
        stage.say(NEW)
        crash(stage.system.cell(ME), "a test")
        stage.venue.failing.clear()
        stage.let_pass(2)

        assert [*there(stage).values()] == ["cancelled", "open"]
        assert sent(stage) == [("a", Decimal(3)), ("b", Decimal(3))]


ANSWERS = [take, take_and_fail(UNKNOWN), take_silently, fail(UNKNOWN)]
Grown = Callable[..., AbstractContextManager[ActorSystem]]


@settings(deadline=None)
@given(
    answers=st.lists(st.sampled_from(ANSWERS), min_size=3, max_size=3),
    traded=st.integers(0, 3),
    waits=st.lists(st.sampled_from([0.0, 0.5, 8.0]), min_size=3, max_size=3),
    faults=st.lists(
        st.tuples(
            st.sampled_from([ME, "/root/exchange", "/root/journal"]),
            st.integers(1, 6),
            st.booleans(),
        ),
        max_size=6,
    ),
    strategy=st.sampled_from(["rest_for_one", "one_for_one"]),
)
def test_whatever_crashes_the_two_are_never_alive_together(
    answers: list[Any],
    traded: int,
    waits: list[float],
    faults: list[tuple[str, int, bool]],
    strategy: str,
    grown: Grown,
    double: Callable[..., ChildSpec],
    pass_time: Callable[[ActorSystem, float], None],
    strike: Any,
) -> None:
    venue = ScriptedVenue()
    alive: list[set[str]] = []

    def noting(answer: Any) -> Any:
        def place(venue: ScriptedVenue, order: PlaceOrder) -> Any:
            told = answer(venue, order)
            each = venue.orders.values()
            alive.append({o.client_order_id for o in each if not o.status.is_done})
            return told

        return place

    venue.next_answers.extend(map(noting, answers))
    told: list[OrderUpdated] = []
    children = order_path(
        CarelessExchange, double("positions", updates_to(told)), venue=venue
    )
    with grown(*children, strategy=strategy, arm=(armed := strike(faults))) as system:
        me = system.ref(ME)
        me.tell(INTENT)
        pass_time(system, waits[0])
        for name, order in list(venue.orders.items()):
            if traded and order.status is OrderStatus.OPEN:
                venue.fill(name, traded)
        me.tell(NEW)
        pass_time(system, waits[1])
        me.tell(attrs.evolve(NEW, id="c", replaces="b"))
        pass_time(system, waits[2])
        me.tell(attrs.evolve(TAKE_BACK, intent_id="c"))
        pass_time(system, 75.0)
        armed.disarm()
        pass_time(system, 75.0)

    assert max(map(len, alive), default=0) <= 1
    placed = [each.intent_id for each in venue.placed]
    assert len(set(placed)) == len(placed)
    filled = [order.filled for order in venue.orders.values()]
    rest = NEW.quantity - sum(filled, Decimal(0))
    assert {o.quantity for o in venue.placed if o.intent_id == "b"} <= {rest}
    left = [each for each in venue.orders.values() if not each.status.is_done]
    assert {each.client_order_id for each in left} <= {
        each.client_order_id for each in venue.placed if each.intent_id == "b"
    }
