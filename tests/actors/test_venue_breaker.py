"""The breaker before an exchange: whoever weighs new risk hears whether it may pass."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from holdfast.actors.gates import Gate, GateClosed, GateOpened
from holdfast.actors.messages import CancelOrder
from holdfast.actors.queries import (
    OutcomesDoubted,
    Ping,
    QueryBalances,
    QueryFills,
    QueryOrders,
)
from holdfast.actors.venue_breaker import VenueBreaker
from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Future,
    ManualClock,
    RefTo,
    crash,
)
from holdfast.supervision.breaker import (
    Disable,
    ForceOpen,
    OnlyMeasure,
    ResetBreaker,
)
from holdfast.supervision.breaker.fallback import LastGood
from holdfast.supervision.outcome import NotSent, Outcome, OutcomeUnknown, outcome_of
from holdfast.supervision.system import StartFailed
from holdfast.tests.actors.order_words import NAME, PLACE

BREAKER = "/root/breaker"
CLOSED = GateClosed(
    gate=Gate.VENUE, symbol="BTCUSDT", reason="the breaker is forced_open"
)
OPENED = GateOpened(gate=Gate.VENUE, symbol="BTCUSDT")

Grown = Callable[..., AbstractContextManager[ActorSystem]]


@pytest.fixture
def heard() -> list[Any]:
    """What risk and the venue hear."""
    return []


@pytest.fixture
def children(double: Callable[..., ChildSpec], heard: list[Any]) -> list[ChildSpec]:
    """Specify a breaker between those who hear."""
    args = {"to": RefTo(path="/root/venue"), "gates_to": RefTo(path="/root/risk")}
    return [
        double("risk", heard.append),
        double("venue", heard.append),
        ChildSpec(id="breaker", start=VenueBreaker, args=args),
    ]


@pytest.mark.parametrize(
    ("commands", "told"),
    [
        ([ForceOpen("a test")], [CLOSED]),
        ([ForceOpen("a test"), ForceOpen("another")], [CLOSED]),
        ([ForceOpen("a test"), ResetBreaker("over")], [CLOSED, OPENED]),
        ([ForceOpen("a test"), Disable("over")], [CLOSED, OPENED]),
        ([Disable("a test")], []),
        ([OnlyMeasure("a test")], []),
    ],
)
def test_the_gate_is_closed_as_long_as_no_new_order_may_pass(
    commands: list[Any],
    told: list[Any],
    grown: Grown,
    children: list[ChildSpec],
    heard: list[Any],
    settle: Any,
    ask: Any,
) -> None:
    with grown(*children) as system:
        for each in commands:
            ask(system, BREAKER, each)
        settle(system)

    assert heard == told


@pytest.mark.parametrize(
    ("commands", "told"), [([], OPENED), ([ForceOpen("a test")], CLOSED)]
)
def test_a_successor_says_how_it_stands_whatever_was_said_last(
    commands: list[Any],
    told: Any,
    grown: Grown,
    children: list[ChildSpec],
    heard: list[Any],
    settle: Any,
    ask: Any,
) -> None:
    with grown(*children) as system:
        for each in commands:
            ask(system, BREAKER, each)
        settle(system)
        heard.clear()

        crash(system.cell(BREAKER), "a test")
        settle(system)

    assert heard[-1:] == [told]


def test_it_asks_once_about_each_call_whose_outcome_is_unknown(
    grown: Grown, double: Callable[..., ChildSpec], settle: Any
) -> None:
    asked: list[Any] = []

    def unknown(message: Any) -> Any:
        if not isinstance(message, CancelOrder):
            return None
        lost: Future[Any] = Future()
        lost.fail(OutcomeUnknown("timeout"))
        return lost

    args = {"to": RefTo(path="/root/venue"), "asks": RefTo(path="/root/execution")}
    cancels = [CancelOrder(client_order_id=n, symbol="S", time=0.0) for n in "aab"]
    with grown(
        double("venue", answer=unknown),
        double("execution", asked.append),
        ChildSpec(id="breaker", start=VenueBreaker, args=args),
    ) as system:
        for cancel in cancels:
            system.ref(BREAKER).ask(cancel, block=False)
            settle(system)

    assert asked == [OutcomesDoubted(("a",)), OutcomesDoubted(("b",))]


def test_after_an_outage_the_time_is_asked_and_then_the_balances(
    grown: Grown, children: list[ChildSpec], heard: list[Any], settle: Any, ask: Any
) -> None:
    clock = ManualClock()
    with grown(*children, clock=clock) as system:
        ask(system, BREAKER, ForceOpen("a test", ttl=10.0))
        settle(system)
        heard.clear()

        clock.advance(60.0)
        settle(system)

    asked = [each for each in heard if isinstance(each, (Ping, QueryBalances))]
    assert asked == [Ping(), QueryBalances(), QueryBalances()]
    assert heard[-1] == OPENED


OWN = (QueryOrders(symbol="BTCUSDT"), QueryFills(symbol="BTCUSDT"), QueryBalances())


def ended(future: Future[Any]) -> Any:
    """Return how an ask has ended: its answer, or its error."""
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - a reply, too
        return error


@pytest.mark.parametrize(
    ("fallback", "public"),
    [
        ({"fallback": "last_good"}, "Ping of today"),
        ({"fallback_to": RefTo(path="/root/other")}, "Ping of another venue"),
    ],
)
def test_nobody_but_the_venue_itself_answers_for_our_own_orders(
    fallback: dict[str, Any],
    public: str,
    grown: Grown,
    double: Callable[..., ChildSpec],
    settle: Any,
) -> None:
    down = NotSent("nobody listens")
    is_down = False

    def venue(message: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        if is_down:
            answer.fail(down)
        else:
            answer.settle(f"{type(message).__name__} of today")
        return answer

    def other(message: Any) -> str:
        return f"{type(message).__name__} of another venue"

    args = {"to": RefTo(path="/root/venue"), **fallback}
    with grown(
        double("venue", answer=venue),
        double("other", answer=other),
        ChildSpec(id="breaker", start=VenueBreaker, args=args),
    ) as system:
        breaker = system.ref(BREAKER)
        for each in (*OWN, Ping()):
            breaker.ask(each, block=False)
        settle(system)
        is_down = True
        *own, ping = [breaker.ask(each, block=False) for each in (*OWN, Ping())]
        settle(system)

    told = ended(ping)
    assert [ended(each) for each in own] == [down] * 3
    assert (told.value if isinstance(told, LastGood) else told) == public


def test_a_configuration_that_has_others_answer_for_our_orders_is_refused(
    grown: Grown, double: Callable[..., ChildSpec]
) -> None:
    args = {"to": RefTo(path="/root/venue"), "fallback_for": ["data", "query"]}
    breaker = ChildSpec(id="breaker", start=VenueBreaker, args=args)

    with (
        pytest.raises(StartFailed, match="fallback_for must be a list of data, was"),
        grown(double("venue"), breaker),
    ):
        pass


def test_a_crash_answers_whoever_waits_that_nobody_knows_and_sends_nothing_again(
    grown: Grown, double: Callable[..., ChildSpec], settle: Any
) -> None:
    sent: list[Any] = []
    doubted: list[Any] = []

    def never(message: Any) -> Future[Any]:
        sent.append(message)
        return Future()

    messages = [
        PLACE,
        CancelOrder(client_order_id="b", symbol="BTCUSDT", time=0.0),
        QueryFills(symbol="BTCUSDT"),
    ]
    args = {"to": RefTo(path="/root/venue"), "asks": RefTo(path="/root/execution")}
    with grown(
        double("venue", answer=never),
        double("execution", doubted.append),
        ChildSpec(id="breaker", start=VenueBreaker, args=args, in_flight="redeliver"),
    ) as system:
        asked = [system.ref(BREAKER).ask(each, block=False) for each in messages]
        settle(system)
        crash(system.cell(BREAKER), "a test")
        settle(system)

    assert [outcome_of(ended(each)) for each in asked] == [Outcome.UNKNOWN] * 3
    assert sent == messages
    assert doubted == [OutcomesDoubted(("b", NAME))]
