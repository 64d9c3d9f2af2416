"""Positions are what the fills say, and the venue's balances must agree."""

from decimal import Decimal
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.ledger import Ledger, Position, differences
from holdfast.actors.messages import Liquidity, OrderFilled, Side
from holdfast.actors.queries import Balance, Balances
from holdfast.actors.venue_rules import Instrument

BTCUSDT = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")


def fill(
    trade_id: int,
    side: Side,
    quantity: str | Decimal,
    price: str | Decimal,
    *,
    fee: str = "0 USDT",
) -> OrderFilled:
    paid, fee_asset = fee.split()
    return OrderFilled(
        client_order_id="a",
        exchange_order_id="1",
        symbol="BTCUSDT",
        trade_id=trade_id,
        side=side,
        price=Decimal(price),
        quantity=Decimal(quantity),
        filled=Decimal(quantity),
        remaining=Decimal(0),
        fee=Decimal(paid),
        fee_asset=fee_asset,
        liquidity=Liquidity.TAKER,
        time=0.0,
    )


def position(*fills: OrderFilled) -> Position:
    return Ledger(fills).position("BTCUSDT")


@pytest.mark.parametrize(
    ("trades", "quantity", "average", "realised"),
    [
        ([], "0", None, "0"),
        ([("buy", "2", "100")], "2", "100", "0"),
        ([("buy", "2", "100"), ("buy", "2", "110")], "4", "105", "0"),
        ([("buy", "2", "100"), ("sell", "1", "110")], "1", "100", "10"),
        ([("buy", "2", "100"), ("sell", "2", "90")], "0", None, "-20"),
        ([("sell", "2", "100")], "-2", "100", "0"),
        ([("sell", "2", "100"), ("buy", "1", "90")], "-1", "100", "10"),
        ([("buy", "2", "100"), ("sell", "5", "110")], "-3", "110", "20"),
        ([("sell", "2", "100"), ("buy", "5", "110")], "3", "110", "-20"),
    ],
)
def test_trades_open_close_and_turn_a_position(
    trades: list[tuple[str, str, str]],
    quantity: str,
    average: str | None,
    realised: str,
) -> None:
    held = position(
        *(
            fill(trade_id, Side(side), size, price)
            for trade_id, (side, size, price) in enumerate(trades, start=1)
        )
    )

    assert held.quantity == Decimal(quantity)
    assert held.average_price == (Decimal(average) if average else None)
    assert held.realised == Decimal(realised)


@pytest.mark.parametrize(("side", "profit"), [("buy", "20"), ("sell", "-20")])
def test_what_is_open_is_worth_the_mark_price(side: str, profit: str) -> None:
    assert position(fill(1, Side(side), "2", "100")).unrealised(
        Decimal(110)
    ) == Decimal(profit)


def test_fees_are_kept_per_asset() -> None:
    held = position(
        fill(1, Side.BUY, "1", "100", fee="0.1 USDT"),
        fill(2, Side.BUY, "1", "100", fee="0.001 BTC"),
        fill(3, Side.SELL, "1", "100", fee="0.2 USDT"),
    )

    assert held.fees == {"USDT": Decimal("0.3"), "BTC": Decimal("0.001")}
    assert held.realised == 0


def test_an_average_without_end_leaves_nothing_behind_when_flat() -> None:
    fills = [
        fill(1, Side.BUY, "1", "10"),
        fill(2, Side.BUY, "2", "0"),
        *(fill(trade_id, Side.SELL, "1", "3") for trade_id in (3, 4, 5)),
    ]

    assert position(*fills[:3]).realised == Decimal("-0.333333333333")
    flat = position(*fills)
    assert flat.quantity == flat.cost == 0
    assert flat.realised == -1


def test_a_fill_told_twice_counts_once() -> None:
    ledger = Ledger()

    heard = [ledger.add(fill(1, Side.BUY, "1", "100")) for _ in range(2)]

    assert heard == [True, False]
    assert ledger.position("BTCUSDT").quantity == 1


def test_each_symbol_has_its_own_trade_ids() -> None:
    ledger = Ledger([fill(7, Side.BUY, "1", "100")])

    other = attrs.evolve(fill(7, Side.BUY, "1", "5"), symbol="ETHUSDT")
    assert ledger.add(other) is True

    assert sorted(ledger.positions()) == ["BTCUSDT", "ETHUSDT"]
    assert (ledger.last_trade_id("BTCUSDT"), ledger.last_trade_id("XRPUSDT")) == (7, 0)


amounts = st.integers(1, 10**6).map(lambda units: Decimal(units) / 1000)
histories = st.lists(
    st.tuples(st.sampled_from(Side), amounts, amounts), min_size=1, max_size=30
).map(
    lambda trades: [
        fill(trade_id, side, size, price, fee="0.125 USDT")
        for trade_id, (side, size, price) in enumerate(trades, start=1)
    ]
)


@given(histories, st.data())
def test_when_and_how_often_fills_are_told_does_not_matter(
    fills: list[OrderFilled], data: st.DataObject
) -> None:
    told = data.draw(st.permutations(fills + fills))

    assert Ledger(told).positions() == Ledger(fills).positions()


@given(histories, amounts)
def test_profit_is_exactly_what_the_trades_brought_in(
    fills: list[OrderFilled], mark: Decimal
) -> None:
    held = position(*fills)

    paid = sum(
        each.side.sign * Fraction(each.price) * Fraction(each.quantity)
        for each in fills
    )
    assert Fraction(held.realised) - Fraction(held.cost) == -paid
    assert Fraction(held.realised) + Fraction(held.unrealised(mark)) == (
        Fraction(held.quantity) * Fraction(mark) - paid
    )


def balances(**totals: str) -> Balances:
    return Balances(
        balances=tuple(
            Balance(asset=asset, free=Decimal(total), reserved=Decimal(0))
            for asset, total in totals.items()
        ),
        time=0.0,
    )


@pytest.mark.parametrize(
    ("venue", "sentences"),
    [
        (balances(BTC="3.001", USDT="798.5", BNB="0.75"), []),
        (
            balances(BTC="3", USDT="798.5", BNB="0.75"),
            ["BTC: expected 3.001, the venue has 3"],
        ),
        (
            balances(BTC="3.001", USDT="798.5"),
            ["BNB: expected 0.75, the venue does not mention it"],
        ),
        (
            balances(BTC="3.001", USDT="798.5", BNB="0.75", EUR="1", XRP="0"),
            ["EUR: expected 0, the venue has 1"],
        ),
    ],
)
def test_differences_are_told_asset_by_asset(
    venue: Balances, sentences: list[str]
) -> None:
    ledger = Ledger(
        [
            fill(1, Side.BUY, "2", "100", fee="0.25 BNB"),
            fill(2, Side.BUY, "0.001", "1500"),
        ]
    )
    initial = balances(BTC="1", USDT="1000", BNB="1")

    assert sentences == differences(
        ledger, venue, initial=initial, instruments=[BTCUSDT]
    )


def test_a_symbol_that_nobody_explained_is_a_difference() -> None:
    ledger = Ledger([fill(1, Side.BUY, "2", "100")])

    assert differences(ledger, balances(), initial=balances(), instruments=[]) == [
        "BTCUSDT was traded, but nobody said which assets that changes"
    ]
