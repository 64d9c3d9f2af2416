"""What another process may ask of the venue, and do to it."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from holdfast.testing import Fault

SYMBOL = "BTC/USDT"


def ask(url: str, what: str, told: Any = None) -> Any:
    """GET, or POST what is told."""
    data = None if told is None else json.dumps(told).encode()
    with urllib.request.urlopen(f"{url}/_venue/{what}", data) as answer:  # noqa: S310
        return json.load(answer)


@pytest.fixture
def traded(with_client: Any, desk: Any) -> Any:
    """A venue where an order was filled and one is open."""

    async def trade(client: Any) -> None:
        for name, kind, price in (("a", "market", None), ("b", "limit", 90)):
            named = {"newClientOrderId": name}
            await client.api.create_order(SYMBOL, kind, "buy", 1, price, named)

    with_client(trade)
    return desk.venue


def test_the_truth_is_told(traded: Any) -> None:
    orders = ask(traded.url, "orders")
    executions = ask(traded.url, "executions")
    requests = ask(traded.url, "requests")

    assert [
        (each["client_order_id"], each["status"], each["filled"], each["price"])
        for each in orders
    ] == [("a", "FILLED", "1", None), ("b", "NEW", "0", "90")]
    assert [(each["client_order_id"], each["price"]) for each in executions] == [
        ("a", "101.00")
    ]
    assert ask(traded.url, "balances") == {
        "BTC": {"free": "1000.999", "reserved": "0"},
        "USDT": {"free": "999809.00", "reserved": "90"},
    }
    assert [(each["path"], each["is_applied"]) for each in requests] == [
        ("/exchangeInfo", False),
        ("/order", True),
        ("/order", True),
    ]


def test_faults_are_injected_counted_and_healed(desk: Any) -> None:
    fault = Fault(id="f", kind="clock_skew", params={"seconds": 60})
    never = Fault(id="g", kind="reset", where="cancel")

    both = [fault.to_json(), never.to_json()]
    told = ask(desk.venue.url, "faults", both)
    skewed = desk.venue.core.clock.skew
    healed = ask(desk.venue.url, "heal", {})

    assert told == {"fired": {"f": 1, "g": 0}, "armed": both}
    assert (skewed, desk.venue.core.clock.skew) == (60.0, 0.0)
    assert healed == {"fired": {"f": 1, "g": 0}, "armed": []}
    assert ask(desk.venue.url, "faults") == healed


def test_the_market_is_moved(desk: Any) -> None:
    ask(desk.venue.url, "quote", {"bid": "105", "ask": "106.5"})
    ask(desk.venue.url, "trade", {"price": "106", "quantity": "2"})

    display = desk.venue.core.display
    assert (str(display.quote.bid), str(display.quote.ask)) == ("105", "106.5")
    assert [str(each.price) for each in display.trades] == ["106"]


def test_it_is_there_even_while_everybody_is_refused(desk: Any) -> None:
    desk.venue.inject(Fault(id="f", kind="refused"))

    with pytest.raises(urllib.error.URLError):
        ask(desk.venue.url, "orders")
    assert ask(desk.venue.control_url, "orders") == []


@pytest.mark.parametrize(
    ("what", "told", "status", "complaint"),
    [
        ("secrets", None, 404, "there is orders, executions"),
        ("secrets", {}, 400, "post to faults, heal, quote or trade"),
        ("faults", [{"id": "f", "kind": "flood"}], 400, "not a valid FaultKind"),
        ("quote", {"bid": "a lot", "ask": "1"}, 400, "InvalidOperation"),
    ],
)
def test_nonsense_is_refused(
    desk: Any, what: str, told: Any, status: int, complaint: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(desk.venue.url, what, told)

    with refused.value as answer:
        assert (answer.code, complaint in answer.read().decode()) == (status, True)
