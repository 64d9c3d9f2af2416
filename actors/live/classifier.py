"""Says what may have become of a call that failed: a pure decision.

ccxt's exception classes can't tell "never sent" from "maybe executed", and a garbled
answer raises nothing there. So what counts is what is known: whether the request was
sent, the HTTP status, and whether the venue's own words prove a refusal.
"""

import email.utils
import re
from typing import Any

import attrs
import msgspec

from ...supervision.outcome import (
    CallFailed,
    NotAuthenticated,
    NotSent,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
)
from .venues import Words
from .wire import Wire

UNKNOWN_ORDER = "unknown_order"
"""The code of a refusal because the venue knows no such order."""

A_BAN = 120.0
"""Seconds for which a ban is taken to last that does not say."""

A_PAUSE = 10.0
"""Seconds to leave a venue alone that throttles without saying for how long."""

A_MOMENT = 1.0
"""Seconds to leave a venue alone that says it is overloaded."""

LONGEST_TOLD = 200
"""Characters of an answer that a message repeats."""


class TooManyOrders(Throttled):
    """The venue wants no further order for some time; all other calls may go on."""


@attrs.frozen
class _Said:
    """What the answer says: the venue's code for the error, and its words for it."""

    code: str
    text: str


def classify(
    error: BaseException, wire: Wire, words: Words, *, now: float = 0.0
) -> CallFailed:
    """Return what the failure of a call means; `now` is the venue's time, in seconds.

    What was sent and is not proven to be refused is `OutcomeUnknown`.
    """
    if isinstance(error, CallFailed):
        return error
    if not wire.sent:
        return NotSent(_told("not sent", error), is_local=not wire.begun)
    if wire.status is None:
        return OutcomeUnknown(_told("no whole answer", error))
    said = _read(wire.body, words)
    told = f"status {wire.status}: {shown(wire.body)}"
    return (
        _throttled(wire, said, words, told, now)
        or _not_authenticated(wire.status, said, words, told)
        or _judged(wire.status, said, words, told)
    )


def is_stale(failure: CallFailed, words: Words) -> bool:
    """Say whether the venue refused a call because of our clock."""
    return isinstance(failure, VenueRefused) and failure.code in words.stale


def _judged(status: int, said: _Said, words: Words, told: str) -> CallFailed:
    """Take for a refusal what the venue's code proves, and nothing else."""
    left_open = said.code in words.unknown or any(
        text in said.text for text in words.unknown_texts
    )
    refuses = words.refuses_with_4xx and 400 <= status < 500 and status != 408
    proven = said.code in words.proves | words.unknown_order or refuses
    if not said.code or left_open or not proven or _proves_nothing(status):
        return OutcomeUnknown(told)
    if said.code in words.unknown_order:
        return VenueRefused(told, code=UNKNOWN_ORDER)
    reasons = (why for text, why in words.reasons.items() if text in said.text)
    return VenueRefused(told, code=next(reasons, said.code))


def _proves_nothing(status: int | None) -> bool:
    """Say whether the order may have been executed whatever the body says.

    Binance: with 5xx "the execution status is UNKNOWN and could have been a success".
    """
    return status is None or status >= 500


def _throttled(
    wire: Wire, said: _Said, words: Words, told: str, now: float
) -> Throttled | None:
    if wire.status == 503 and said.text in words.overloaded_texts:
        return Throttled(told, retry_after=A_MOMENT, is_refusal=True)
    names_it = said.code in words.throttled
    restrained = None if said.code else words.restrained.get(wire.status or 0)
    if wire.status not in (418, 429) and not names_it and restrained is None:
        return None
    is_ban = wire.status == 418 or "banned until" in said.text
    wait = _wait(wire.headers.get("retry-after", ""), said.text, now)
    if wait is None:
        wait = restrained or (A_BAN if is_ban else A_PAUSE)
    wait = max(A_MOMENT, wait)
    is_of_orders = said.code in words.too_many_orders and not is_ban
    return (TooManyOrders if is_of_orders else Throttled)(
        told,
        retry_after=wait,
        is_ban=is_ban,
        is_refusal=names_it and not _proves_nothing(wire.status),
    )


def _not_authenticated(
    status: int, said: _Said, words: Words, told: str
) -> NotAuthenticated | None:
    proven = said.code in words.not_authenticated
    if _proves_nothing(status) or not (proven or status == 401):
        return None
    return NotAuthenticated(told, is_refusal=proven)


def _wait(header: str, text: str, now: float) -> float | None:
    """Find for how many seconds the venue wants to be left alone."""
    seconds = _seconds(header, now)
    if seconds is not None:
        return seconds
    until = re.search(r"until (\d{13})", text)
    if until is not None:
        return int(until[1]) / 1000 - now
    per = re.search(r"per (\d+) (SECOND|MINUTE)", text)
    return None if per is None else int(per[1]) * _UNITS[per[2]]


_UNITS = {"SECOND": 1.0, "MINUTE": 60.0}


def _seconds(header: str, now: float) -> float | None:
    """Read a Retry-After: seconds, or a date."""
    if re.fullmatch(r"\d{1,7}(\.\d+)?", header):
        return float(header)
    try:
        return email.utils.parsedate_to_datetime(header).timestamp() - now
    except ValueError:
        return None


def _read(body: str, words: Words) -> _Said:
    """Find the error in an answer; a success, or what is no JSON object, has none."""
    try:
        answer: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return _Said("", "")
    if not isinstance(answer, dict):
        return _Said("", "")
    code = answer.get(words.code_field)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - of any JSON
    text = answer.get(words.text_field)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - of any JSON
    is_code = isinstance(code, int | str) and str(code) not in words.successes
    return _Said(
        str(code) if is_code else "",  # pyright: ignore[reportUnknownArgumentType] - the same
        text if isinstance(text, str) else "",
    )


def _told(what: str, error: BaseException) -> str:
    """Say what went wrong without the message: ccxt writes signed addresses into it."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and len(chain) < 5:
        chain.append(cause)
    return f"{what}: {' from '.join(type(each).__name__ for each in chain)}"


def shown(body: str) -> str:
    """Return the beginning of an answer, on one line."""
    flat = " ".join(body.split())
    return flat if len(flat) <= LONGEST_TOLD else f"{flat[:LONGEST_TOLD]}..."
