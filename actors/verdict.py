"""What a failed request to place an order is evidence of: pure.

OK is the order itself. A refusal has to be proved by the venue's own words, and that
nothing was sent by whoever would have sent it; all else is UNKNOWN (design, section 5).
"""

from ..supervision.outcome import (
    NotAuthenticated,
    Outcome,
    Throttled,
    VenueRefused,
    outcome_of,
)
from ..supervision.runtime.mailbox import MailboxFull
from .evidence import OrderUnknown
from .messages import OrderRejected, PlaceOrder, RejectionReason


def verdict(
    order: PlaceOrder, error: BaseException, time: float
) -> OrderRejected | OrderUnknown:
    """Judge what `error`, the end of asking for the order, says about it.

    A full mailbox that was met on the way, maybe with the order sent, proves nothing.
    """
    match outcome_of(error):
        case Outcome.CLEAN if not isinstance(error, MailboxFull):
            return rejected(order, RejectionReason.NEVER_SENT, str(error), time)
        case Outcome.VENUE_REJECT:
            reason = _reason(error)
            if reason is not RejectionReason.DUPLICATE:
                return rejected(order, reason, str(error), time)
        case Outcome.THROTTLED | Outcome.AUTH:
            if isinstance(error, Throttled) and error.is_local:
                return rejected(order, RejectionReason.NEVER_SENT, str(error), time)
            if isinstance(error, Throttled | NotAuthenticated) and error.is_refusal:
                return rejected(order, RejectionReason.VENUE, str(error), time)
        case _:
            pass
    return OrderUnknown(
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        detail=str(error),
        time=time,
    )


def rejected(
    order: PlaceOrder, reason: RejectionReason, detail: str, time: float
) -> OrderRejected:
    """Say that the order is not at the venue, and why."""
    return OrderRejected(
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        reason=reason,
        detail=detail,
        time=time,
    )


def _reason(error: BaseException) -> RejectionReason:
    code = error.code if isinstance(error, VenueRefused) else ""
    try:
        return RejectionReason(code)
    except ValueError:
        return RejectionReason.VENUE
