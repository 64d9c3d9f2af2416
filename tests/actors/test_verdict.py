"""What a failed request proves: a refusal needs proof, all else is unknown."""

import pytest

from holdfast.actors.evidence import OrderUnknown
from holdfast.actors.messages import OrderRejected, RejectionReason
from holdfast.actors.verdict import verdict
from holdfast.supervision import ActorCrashed, AskTimeout
from holdfast.supervision.outcome import (
    NotAuthenticated,
    NotSent,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
)
from holdfast.supervision.runtime.mailbox import MailboxFull
from holdfast.tests.actors.order_words import NAME, PLACE


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (VenueRefused("no", code="lot_size"), RejectionReason.LOT_SIZE),
        (VenueRefused("no", code="-2010"), RejectionReason.VENUE),
        (VenueRefused("no"), RejectionReason.VENUE),
        (NotSent("no route"), RejectionReason.NEVER_SENT),
        (NotSent("kept back", is_local=True), RejectionReason.NEVER_SENT),
        (AskTimeout("/x", 5.0, executed=False), RejectionReason.NEVER_SENT),
        (Throttled("429", retry_after=1.0, is_refusal=True), RejectionReason.VENUE),
        (
            Throttled("kept back", retry_after=1.0, is_refusal=True, is_local=True),
            RejectionReason.NEVER_SENT,
        ),
        (NotAuthenticated("key", is_refusal=True), RejectionReason.VENUE),
    ],
)
def test_what_is_proved_not_to_be_at_the_venue_is_rejected(
    error: Exception, reason: RejectionReason
) -> None:
    told = verdict(PLACE, error, 9.0)

    assert told == OrderRejected(
        client_order_id=NAME,
        symbol="BTCUSDT",
        reason=reason,
        detail=str(error),
        time=9.0,
    )


@pytest.mark.parametrize(
    "error",
    [
        OutcomeUnknown("reset"),
        AskTimeout("/x", 5.0, executed=None),
        ActorCrashed("/x", 1, "a bug"),
        VenueRefused("there is one", code="duplicate"),
        Throttled("429", retry_after=1.0),
        NotAuthenticated("key"),
        ValueError("nobody has thought of this"),
        KeyboardInterrupt("nor of this"),
        MailboxFull("/root/execution", 1),
    ],
)
def test_all_else_is_unknown(error: BaseException) -> None:
    told = verdict(PLACE, error, 9.0)

    assert told == OrderUnknown(
        client_order_id=NAME, symbol="BTCUSDT", detail=str(error), time=9.0
    )
