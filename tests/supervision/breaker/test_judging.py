"""What the end of a call says."""

import pykka
import pytest

from holdfast.supervision import ActorCrashed, AskTimeout, MailboxFull
from holdfast.supervision.breaker import BreakerRejected, Sample, State
from holdfast.supervision.breaker.judging import Judgement, as_answered, judged
from holdfast.supervision.outcome import (
    CallClass,
    NotAuthenticated,
    NotSent,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
)

THROTTLED = Throttled("slow down", retry_after=2.0)
PROOF = Throttled("slow down", retry_after=2.0, is_refusal=True)
KEY = NotAuthenticated("bad key")
KEY_PROOF = NotAuthenticated("bad key", is_refusal=True)
REJECTED = BreakerRejected("is open", path="/root/b", state=State.OPEN)
G, B, N = Sample.GOOD, Sample.BAD, Sample.NEUTRAL


@pytest.mark.parametrize("kind", CallClass)
@pytest.mark.parametrize(
    ("error", "of_a_read", "of_a_change"),
    [
        (VenueRefused("no", code="-2010"), Judgement(G), Judgement(G)),
        (NotSent("no route"), Judgement(B), Judgement(B)),
        (NotSent("kept back", is_local=True), Judgement(N), Judgement(N)),
        (REJECTED, Judgement(N), Judgement(N)),
        (OutcomeUnknown("reset"), Judgement(B), Judgement(B, unknown=True)),
        (
            AskTimeout("/root/x", 1.0, executed=None),
            Judgement(B),
            Judgement(B, unknown=True),
        ),
        (AskTimeout("/root/x", 1.0, executed=False), Judgement(B), Judgement(B)),
        (ActorCrashed("/root/x", 1, "boom"), Judgement(B), Judgement(B, unknown=True)),
        (MailboxFull("/root/x", 1), Judgement(B), Judgement(B)),
        (pykka.ActorDeadError("/root/x"), Judgement(B), Judgement(B)),
        (ValueError("a bug"), Judgement(B), Judgement(B, unknown=True)),
        (
            THROTTLED,
            Judgement(N, throttled=THROTTLED),
            Judgement(N, throttled=THROTTLED, unknown=True),
        ),
        (PROOF, Judgement(N, throttled=PROOF), Judgement(N, throttled=PROOF)),
        (
            KEY,
            Judgement(N, refused_key=True),
            Judgement(N, refused_key=True, unknown=True),
        ),
        (
            KEY_PROOF,
            Judgement(N, refused_key=True),
            Judgement(N, refused_key=True),
        ),
    ],
)
def test_a_failure_is_a_sample_and_maybe_a_fact(
    kind: CallClass, error: Exception, of_a_read: Judgement, of_a_change: Judgement
) -> None:
    expected = of_a_change if kind.changes_the_venue else of_a_read

    assert judged(error, kind) == expected


def test_an_order_that_timed_out_after_it_was_begun_is_unknown_to_its_caller() -> None:
    error = AskTimeout("/root/x", 1.0, executed=None)

    answer = as_answered(error, CallClass.NEW)

    assert isinstance(answer, OutcomeUnknown)
    assert answer.__cause__ is error
    assert str(answer) == (
        "/root/x did not reply within 1 s: outcome unknown:"
        " find out what became of it, never send it again"
    )


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AskTimeout("/root/x", 1.0, executed=False), CallClass.NEW),
        (AskTimeout("/root/x", 1.0, executed=None), CallClass.QUERY),
        (VenueRefused("no"), CallClass.NEW),
        (ActorCrashed("/root/x", 1, "boom"), CallClass.CANCEL),
    ],
)
def test_any_other_failure_is_passed_on_as_it_is(
    error: Exception, kind: CallClass
) -> None:
    assert as_answered(error, kind) is error
