"""What the end of a call says: of the dependency's health, and beyond doubt."""

from typing import TYPE_CHECKING

import attrs

from ..outcome import (
    CallClass,
    NotAuthenticated,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Throttled,
    outcome_of,
)
from ..runtime.future import AskTimeout
from .states import Sample

if TYPE_CHECKING:
    from .machine import Machine


@attrs.frozen
class Judgement:
    """A sample, which may be out of date, and facts, which never are.

    `unknown`: a call that changes the venue may have been executed, or not.
    `throttled`, `refused_key`: what the venue said of all further calls.
    """

    sample: Sample
    unknown: bool = False
    throttled: Throttled | None = None
    refused_key: bool = False


WENT_WELL = Judgement(Sample.GOOD)


def judged(error: BaseException, call_class: CallClass) -> Judgement:
    """Judge how a call of this class failed.

    A refusal in words is a sign of life. What was kept back here says nothing. Being
    told to go away is not counted, it is obeyed.
    """
    changes = call_class.changes_the_venue
    match outcome_of(error):
        case Outcome.OK | Outcome.VENUE_REJECT:
            return WENT_WELL
        case Outcome.CLEAN:
            is_local = isinstance(error, NotSent) and error.is_local
            return Judgement(Sample.NEUTRAL if is_local else Sample.BAD)
        case Outcome.UNKNOWN:
            return Judgement(Sample.BAD, unknown=changes)
        case Outcome.THROTTLED | Outcome.AUTH:
            is_proof = getattr(error, "is_refusal", False)
            return Judgement(
                Sample.NEUTRAL,
                unknown=changes and not is_proof,
                throttled=error if isinstance(error, Throttled) else None,
                refused_key=isinstance(error, NotAuthenticated),
            )


def establish(
    machine: "Machine", judgement: Judgement, call: str, why: str, now: float
) -> None:
    """Have the machine take note of the facts in a judgement."""
    throttled = judgement.throttled
    if throttled is not None:
        seconds = throttled.retry_after
        machine.throttled(seconds, now, is_ban=throttled.is_ban, why=why)
    if judgement.refused_key:
        machine.not_accepted(now, why)
    if judgement.unknown:
        machine.unknown(call, now, why)


def as_answered(error: Exception, call_class: CallClass) -> Exception:
    """Return the error as the caller gets it: a changing call never just timed out."""
    is_begun = isinstance(error, AskTimeout) and error.executed is None
    if not (is_begun and call_class.changes_the_venue):
        return error
    unknown = OutcomeUnknown(
        f"{error}: find out what became of it, never send it again"
    )
    unknown.__cause__ = error
    return unknown
