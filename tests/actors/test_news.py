"""Others hear of an order's acceptance, fills and end: once each, and in that order."""

from decimal import Decimal
from itertools import permutations

import attrs
import pytest

from holdfast.actors.evidence import OrderUnknown
from holdfast.actors.messages import (
    OrderAccepted,
    OrderCancelled,
    OrderFilled,
    OrderRejected,
    OrderStatus,
    RejectionReason,
)
from holdfast.actors.news import news
from holdfast.actors.order_state import Evidence, OrderRecord
from holdfast.tests.actors.order_words import (
    ACCEPTED,
    CANCELLED,
    FILLED,
    LISTED,
    NAME,
    PLACE,
    REJECTED,
    UNKNOWN,
    listed,
)

ENDED = attrs.evolve(CANCELLED, filled=Decimal(1), remaining=Decimal(2))
LAST = attrs.evolve(
    FILLED, trade_id=6, quantity=Decimal(2), filled=Decimal(3), remaining=Decimal(0)
)
DUPLICATE = attrs.evolve(REJECTED, reason=RejectionReason.DUPLICATE)


def told(*evidence: Evidence) -> list[list[type]]:
    """Return which news each piece of evidence was."""
    record = OrderRecord(client_order_id=NAME, symbol="BTCUSDT")
    found: list[list[type]] = []
    for each in evidence:
        after = record.after(each)
        found.append([type(report) for report in news(record, after, each)])
        record = after
    return found


@pytest.mark.parametrize(
    ("evidence", "reports"),
    [
        ([PLACE], [list[object]()]),
        ([PLACE, ACCEPTED, ACCEPTED], [[], [OrderAccepted], []]),
        ([PLACE, LISTED, ACCEPTED], [[], [OrderAccepted], []]),
        ([PLACE, DUPLICATE, ACCEPTED], [[], [OrderAccepted], []]),
        ([PLACE, FILLED, ACCEPTED], [[], [OrderFilled], []]),
        ([PLACE, FILLED, FILLED, LAST], [[], [OrderFilled], [], [OrderFilled]]),
        ([PLACE, REJECTED, REJECTED], [[], [OrderRejected], []]),
        ([PLACE, listed(NAME, OrderStatus.REJECTED)], [[], [OrderRejected]]),
        ([PLACE, UNKNOWN, UNKNOWN], [[], [OrderUnknown], []]),
        ([PLACE, UNKNOWN, REJECTED], [[], [OrderUnknown], [OrderRejected]]),
        ([PLACE, UNKNOWN, LISTED], [[], [OrderUnknown], [OrderAccepted]]),
        ([PLACE, ACCEPTED, UNKNOWN], [[], [OrderAccepted], []]),
        ([PLACE, REJECTED, ACCEPTED], [[], [OrderRejected], [OrderAccepted]]),
        ([PLACE, CANCELLED], [[], [OrderAccepted, OrderCancelled]]),
        ([PLACE, ACCEPTED, ENDED], [[], [OrderAccepted], []]),
        ([PLACE, ENDED, FILLED], [[], [OrderAccepted], [OrderFilled, OrderCancelled]]),
        ([ACCEPTED, LISTED], [[], [OrderAccepted]]),
        ([LISTED], [[OrderAccepted]]),
    ],
)
def test_what_is_news_after_what(
    evidence: list[Evidence], reports: list[list[type]]
) -> None:
    assert told(*evidence) == reports


ALL = [
    ACCEPTED,
    FILLED,
    ENDED,
    listed(NAME, OrderStatus.CANCELLED, filled=1),
    UNKNOWN,
]


@pytest.mark.parametrize("order", list(permutations(ALL)))
def test_in_whatever_order_it_comes_the_end_is_told_once_and_after_the_fill(
    order: tuple[Evidence, ...],
) -> None:
    heard = [each for reports in told(PLACE, *order) for each in reports]

    assert heard.count(OrderFilled) == heard.count(OrderCancelled) == 1
    assert heard[-1] is OrderCancelled
    assert heard.count(OrderAccepted) <= 1


def test_an_end_that_was_found_in_a_list_says_what_has_traded() -> None:
    record = OrderRecord(client_order_id=NAME, symbol="BTCUSDT").after(PLACE)
    filled = record.after(FILLED)
    order = listed(NAME, OrderStatus.CANCELLED, filled=1)

    (report,) = news(filled, filled.after(order), order)

    assert isinstance(report, OrderCancelled)
    assert (report.filled, report.remaining) == (Decimal(1), Decimal(2))
