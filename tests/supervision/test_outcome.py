"""What a failed call allows to conclude."""

from decimal import Decimal

import pykka
import pytest

from holdfast.actors.messages import CancelOrder, OrderType, PlaceOrder, Side
from holdfast.actors.queries import QueryBalances, QueryFills, QueryOrders
from holdfast.supervision import ActorCrashed, AskTimeout, MailboxFull
from holdfast.supervision.outcome import (
    CallClass,
    NotAuthenticated,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
    call_class,
    outcome_of,
)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (VenueRefused("no"), Outcome.VENUE_REJECT),
        (NotSent("refused"), Outcome.CLEAN),
        (OutcomeUnknown("timeout"), Outcome.UNKNOWN),
        (Throttled("slow down", retry_after=1.0), Outcome.THROTTLED),
        (NotAuthenticated("bad key"), Outcome.AUTH),
        (AskTimeout("/a", 1.0, executed=False), Outcome.CLEAN),
        (AskTimeout("/a", 1.0, executed=None), Outcome.UNKNOWN),
        (ActorCrashed("/a", 1, "bug"), Outcome.UNKNOWN),
        (MailboxFull("/a", 10), Outcome.CLEAN),
        (pykka.ActorDeadError("/a"), Outcome.CLEAN),
        (ValueError("a bug that nobody has thought of"), Outcome.UNKNOWN),
    ],
)
def test_nothing_is_called_harmless_that_is_not_known_to_be(
    error: Exception, outcome: Outcome
) -> None:
    assert outcome_of(error) is outcome


def test_only_what_changes_the_venue_leaves_something_to_find_out() -> None:
    changing = [kind for kind in CallClass if kind.changes_the_venue]

    assert changing == [CallClass.NEW, CallClass.REDUCE, CallClass.CANCEL]


def place(*, reduces: bool) -> PlaceOrder:
    return PlaceOrder(
        client_order_id="c",
        intent_id="i",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.MARKET,
        quantity=Decimal(1),
        price=None,
        time=0.0,
        reduces=reduces,
    )


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (place(reduces=False), CallClass.NEW),
        (place(reduces=True), CallClass.REDUCE),
        (CancelOrder(client_order_id="c", symbol="s", time=0.0), CallClass.CANCEL),
        (QueryOrders(symbol="s"), CallClass.QUERY),
        (QueryFills(symbol="s"), CallClass.QUERY),
        (QueryBalances(), CallClass.ACCOUNT),
        ("what is the time", CallClass.DATA),
    ],
)
def test_a_message_says_what_it_is_for(message: object, kind: CallClass) -> None:
    assert call_class(message) is kind
