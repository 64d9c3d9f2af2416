"""The mark is the last trade, until quotes show that nobody trades there any more."""

from decimal import Decimal

import pytest

from holdfast.actors.mark import Mark
from holdfast.actors.market import Quote

Said = str | tuple[str, str]


def quote(bid: str, ask: str) -> Quote:
    return Quote(
        venue="spot",
        symbol="BTCUSDT",
        update_id=1,
        bid=Decimal(bid),
        bid_quantity=Decimal(1),
        ask=Decimal(ask),
        ask_quantity=Decimal(1),
        received_ns=0,
    )


@pytest.mark.parametrize(
    ("said", "prices"),
    [
        ([], []),
        (["100"], ["100"]),
        ([("99", "101")], ["100"]),
        (["100", ("99", "102")], ["100", "100"]),
        (["100", ("100", "102")], ["100", "100"]),
        (["100", ("90", "92")], ["100", "91"]),
        (["100", ("110", "112")], ["100", "111"]),
        (["100", ("90", "92"), "90"], ["100", "91", "90"]),
        (["100", ("90", "92"), ("99", "101")], ["100", "91", "100"]),
        (["100", ("0", "92")], ["100", "100"]),
        (["100", ("93", "92")], ["100", "100"]),
        ([("0", "92")], [None]),
    ],
)
def test_the_newer_of_trade_and_quote_tells_the_price(
    said: list[Said], prices: list[str | None]
) -> None:
    mark = Mark()
    found: list[Decimal | None] = []
    changes: list[bool] = []
    for each in said:
        heard = (
            mark.on_trade(Decimal(each))
            if isinstance(each, str)
            else mark.on_quote(quote(*each))
        )
        changes.append(heard)
        found.append(mark.price)

    wanted = [None if each is None else Decimal(each) for each in prices]
    before = [None, *wanted][:-1] if wanted else []
    assert found == wanted
    assert changes == [one != other for one, other in zip(before, wanted, strict=True)]


def test_the_middle_is_told_whatever_the_mark_is() -> None:
    mark = Mark()
    first = mark.mid
    mark.on_trade(Decimal(100))
    mark.on_quote(quote("99", "102"))

    assert (first, mark.mid, mark.last_price) == (None, Decimal("100.5"), Decimal(100))


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ([], None),
        (["100"], "100"),
        (["100.10", "100.25"], "0.05"),
        (["60000.00000000", "60000.01000000"], "0.01"),
        ([("100.5", "101")], "0.5"),
        (["100.0", ("99.9", "100.2")], "0.1"),
    ],
)
def test_all_prices_are_multiples_of_the_step(
    said: list[Said], step: str | None
) -> None:
    mark = Mark()
    for each in said:
        if isinstance(each, str):
            mark.on_trade(Decimal(each))
        else:
            mark.on_quote(quote(*each))

    assert mark.step == (None if step is None else Decimal(step))
