"""Every intent passes the door or hears why not, also when somebody crashes over it."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from msgspec.structs import replace

from holdfast.actors.market import MarketEnded
from holdfast.actors.messages import Intent, OrderStatus, OrderType, TimeInForce
from holdfast.actors.refusal_reason import RefusalReason
from holdfast.actors.updates import (
    ExposureReport,
    QueryExposure,
    QueryOpenOrders,
    WorkingOrder,
)
from holdfast.tests.actors.risk_stage import (
    CANCEL,
    ME,
    ORDER,
    RISK,
    TRADE,
    CrashAt,
    Stage,
    Strike,
    intent,
    position,
    updated,
)


def test_what_breaks_no_limit_is_passed_on_as_it_is(stage: Stage) -> None:
    rejects = stage.play(TRADE, intent(), CANCEL)

    assert stage.passed[1:] == [intent(), CANCEL]
    assert (stage.heard, rejects) == ([], 0)


@pytest.mark.parametrize(
    ("before", "changes", "reason"),
    [
        ([TRADE], {"quantity": Decimal(0)}, RefusalReason.MALFORMED),
        ([], {}, RefusalReason.NO_REFERENCE_PRICE),
        ([TRADE], {"price": Decimal(106)}, RefusalReason.PRICE_COLLAR),
        ([TRADE], {"quantity": Decimal("2.6")}, RefusalReason.MAX_ORDER_NOTIONAL),
        (
            [TRADE, intent("b", quantity=Decimal(2))],
            {"quantity": Decimal("1.1")},
            RefusalReason.MAX_POSITION,
        ),
        (
            [TRADE, *(intent(name, quantity=Decimal("0.1")) for name in "bcd")],
            {"quantity": Decimal("0.1")},
            RefusalReason.ORDER_RATE,
        ),
    ],
)
def test_whatever_breaks_a_limit_comes_back_to_the_strategy_with_a_reason(
    before: list[Any], changes: dict[str, Any], reason: RefusalReason, stage: Stage
) -> None:
    refused = intent("a", **changes)

    rejects = stage.play(*before, refused)

    assert stage.refused == [("a", reason)]
    assert stage.heard[-1].intent == refused
    assert stage.heard[-1].detail
    assert stage.also_heard == []
    assert "a" not in stage.ordered
    assert rejects == 1


@pytest.mark.parametrize("changes", [{"symbol": "ETHUSDT"}, {"venue": "usdm"}])
def test_only_the_own_market_tells_the_price(changes: Any, stage: Stage) -> None:
    stage.play(replace(TRADE, **changes), MarketEnded(), intent())

    assert stage.refused == [("a", RefusalReason.NO_REFERENCE_PRICE)]


@pytest.mark.parametrize(
    ("news", "ordered"),
    [
        ([], "a"),  # what was let through counts before anybody confirms it
        ([updated("0")], "a"),
        ([updated("2", 1, status=OrderStatus.FILLED)], "a"),
        ([updated("0", status=OrderStatus.REJECTED)], "ab"),
        ([updated("-1", 1)], "ab"),
        ([updated("0.5", 1, filled=Decimal("0.5"))], "ab"),
    ],
)
def test_the_worst_case_counts_position_and_all_that_may_still_fill(
    news: list[Any], ordered: str, stage: Stage
) -> None:
    stage.position = position("1", 0)

    stage.play(TRADE, intent("a"), *news, intent("b", quantity=Decimal(2)))

    assert stage.ordered == list(ordered)


def test_a_position_that_is_older_than_what_is_known_is_not_believed(
    stage: Stage,
) -> None:
    stage.position = position("2", 7)

    stage.play(TRADE, updated("0", 6, status=OrderStatus.CANCELLED), intent("b"))
    stage.play(TRADE, updated("3", 8, status=OrderStatus.CANCELLED), intent("c"))

    assert stage.ordered == ["b"]


def test_every_strategy_hears_of_every_order(stage: Stage) -> None:
    news = [updated("0"), updated("1", 1, status=OrderStatus.FILLED)]

    stage.play(*news)

    assert stage.heard == stage.also_heard == news


def test_a_strategy_is_told_the_position_and_its_own_open_orders(stage: Stage) -> None:
    strange = attrs.evolve(ORDER, intent_id="b", strategy="/root/other")
    stage.position, stage.orders = position("0.5"), (ORDER, strange)

    with stage.grown(*stage.children()) as system:
        system.ref(RISK).tell(TRADE)
        system.ref(RISK).tell(intent("c", quantity=Decimal("0.5")))
        answer = stage.ask(system, RISK, QueryExposure(strategy=ME))

    pending = WorkingOrder.pending(intent("c", quantity=Decimal("0.5")))
    assert answer == ExposureReport(position=position("0.5"), orders=(ORDER, pending))


AT_MARKET = intent("a", type=OrderType.MARKET, price=None)


def test_what_is_wanted_at_market_leaves_as_a_limit_order_at_the_collar(
    stage: Stage,
) -> None:
    price = replace(TRADE, id=2, price=Decimal("99.99"))
    stage.play(TRADE, price, AT_MARKET)

    passed = intent("a", price=Decimal("104.98"), time_in_force=TimeInForce.IOC)
    assert stage.passed[1:] == [passed]


def test_what_has_passed_at_market_is_passed_on_as_the_same_again(
    stage: Stage, crash_at: CrashAt
) -> None:
    """A successor knows no price, and another one would be another order."""
    arm = crash_at(RISK, lambda each: each == AT_MARKET, after=True)

    stage.play(TRADE, AT_MARKET, arm=arm)

    passed = intent("a", price=Decimal(100), time_in_force=TimeInForce.IOC)
    assert [each for each in stage.passed if isinstance(each, Intent)] == [passed] * 2


def test_a_passed_intent_said_again_is_passed_on_again_whatever_has_changed(
    stage: Stage,
) -> None:
    stage.orders = (attrs.evolve(ORDER, intent_id="of a predecessor"),)
    done = updated("3", 1, status=OrderStatus.FILLED)
    wanted = [intent("of a predecessor"), intent(), intent()]

    rejects = stage.play(TRADE, *wanted, done, intent())

    assert stage.ordered == ["of a predecessor", *"aaa"]
    assert rejects == 0


def test_saying_an_intent_again_spends_nothing_of_the_order_rate(stage: Stage) -> None:
    stage.play(TRADE, *[intent("a")] * 5, intent("b"), intent("c"))

    assert stage.ordered == [*"aaaaabc"]


def test_a_refused_intent_said_again_is_refused_again_and_counted_once(
    stage: Stage,
) -> None:
    rejects = stage.play(intent(), TRADE, intent())

    assert stage.refused == [("a", RefusalReason.NO_REFERENCE_PRICE)] * 2
    assert (stage.ordered, rejects) == ([], 1)


def test_after_a_restart_the_worst_case_is_what_execution_and_positions_tell(
    stage: Stage, crash_at: CrashAt
) -> None:
    stage.position, stage.orders = position("1"), (ORDER,)
    arm = crash_at(RISK, lambda each: each == TRADE, after=False)

    stage.play(TRADE, intent("b", quantity=Decimal(2)), intent("c"), arm=arm)

    assert stage.refused == [("b", RefusalReason.MAX_POSITION)]
    assert stage.ordered == ["c"]


def test_a_fill_on_its_way_while_risk_asks_is_in_the_position(stage: Stage) -> None:
    """Execution has told positions of a fill when it says that the order is done."""
    answers = stage.answer

    def answer(message: Any) -> Any:
        if isinstance(message, QueryOpenOrders):
            stage.position = position("3")
        return answers(message)

    execution, *others = stage.children()
    execution = attrs.evolve(execution, args={**execution.args, "answer": answer})
    with stage.grown(execution, *others) as system:
        system.ref(RISK).tell(TRADE)
        system.ref(RISK).tell(intent("b"))
        stage.settle(system)

    assert stage.refused == [("b", RefusalReason.MAX_POSITION)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_rejects_are_counted_over_all_incarnations(
    after: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    arm = crash_at(RISK, lambda each: each == intent("b"), after=after)

    rejects = stage.play(*map(intent, "abc"), arm=arm)

    assert rejects == 3
    assert list(dict(stage.refused)) == list("abc")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_the_order_rate_is_remembered_over_a_restart(
    after: bool,  # noqa: FBT001 - a parameter of the table
    stage: Stage,
    crash_at: CrashAt,
) -> None:
    a, b, c, d = (intent(name, quantity=Decimal("0.1")) for name in "abcd")
    arm = crash_at(RISK, lambda each: each == c, after=after)

    stage.play(TRADE, a, b, c, TRADE, d, arm=arm)

    reasons = dict(stage.refused)
    assert reasons.pop("d", None) == (RefusalReason.ORDER_RATE if after else None)
    # A successor does not know the price: it says so instead of guessing.
    assert reasons == ({} if after else {"c": RefusalReason.NO_REFERENCE_PRICE})


@pytest.mark.parametrize("send", [1, 2])
@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
def test_an_order_that_was_let_through_is_never_refused_because_risk_crashed(
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    send: int,
    stage: Stage,
    strike: Strike,
) -> None:
    fault = strike([(RISK, send, goes_out)])

    rejects = stage.play(TRADE, intent("a"), intent("b"), arm=fault)

    assert fault.fired == 1
    again = "ab"[send - 1]
    assert stage.ordered.count(again) == 1 + goes_out
    if send == 2:
        assert (stage.refused, rejects) == ([], 0)
    else:  # the price that a successor does not know is the second intent's trouble
        assert stage.refused == [("b", RefusalReason.NO_REFERENCE_PRICE)]


def test_what_it_does_not_understand_is_a_dead_letter(stage: Stage) -> None:
    with stage.grown(*stage.children()) as system:
        system.ref(RISK).tell("nonsense")
        stage.settle(system)
        assert system.dead_letters.counts() == {(RISK, "unhandled"): 1}


def test_an_order_and_what_takes_its_place_are_not_counted_together(
    stage: Stage,
) -> None:
    old = intent("a", quantity=Decimal(2))
    stage.play(TRADE, old, intent("b", quantity=Decimal(2), replaces="a"))

    assert (stage.ordered, stage.refused) == (["a", "b"], [])


def test_the_order_of_another_strategy_counts_beside_what_would_replace_it(
    stage: Stage,
) -> None:
    old = intent("a", quantity=Decimal(2), strategy="/root/other")
    stage.play(TRADE, old, intent("b", quantity=Decimal(2), replaces="a"))

    assert stage.ordered == ["a"]
    assert stage.refused == [("b", RefusalReason.MAX_POSITION)]


def test_what_is_not_let_take_a_place_takes_nothing_back(stage: Stage) -> None:
    stage.more["limits"] = {"max_cancel_ratio": "0.5", "ratio_from": 2}
    wanted = [intent(f"c{n}", replaces="a", price=Decimal(200)) for n in range(3)]
    stage.play(TRADE, intent("a"), intent("b"), *wanted, intent("d"))

    assert stage.ordered == ["a", "b", "d"]
