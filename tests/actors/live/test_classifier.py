"""Each row of what happens to a call, and what may be concluded."""

import asyncio
from typing import Any

import aiohttp
import pytest

from holdfast.actors.live.classifier import (
    UNKNOWN_ORDER,
    TooManyOrders,
    classify,
    is_stale,
)
from holdfast.actors.live.venues import BINANCE, COINBASE, UNKNOWN_VENUE, Words
from holdfast.actors.live.wire import Wire
from holdfast.supervision.outcome import (
    CallFailed,
    NotAuthenticated,
    NotSent,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
)

NOW = 1_700_000_000.0
HTML = "<html><body>Bad Gateway</body></html>"
INTERNAL_ERROR = "Internal error; unable to process your request. Please try again."
SENT = Wire(begun=True, sent=True)


def answered(status: int, body: str, **headers: str) -> Wire:
    wire = Wire(begun=True, sent=True)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    wire.answered(status, named, body)
    return wire


def judged(wire: Wire, words: Words = BINANCE.words) -> CallFailed:
    return classify(RuntimeError("whatever ccxt made of it"), wire, words, now=NOW)


def binance(code: int, text: str = "some words") -> str:
    return f'{{"code":{code},"msg":"{text}"}}'


@pytest.mark.parametrize(
    ("error", "is_local"),
    [
        (ValueError("ccxt refuses the argument"), True),
        (aiohttp.ClientConnectionError("refused"), False),
        (aiohttp.ClientConnectorDNSError(Any, OSError("no such host")), False),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        (TimeoutError("while connecting"), False),
    ],
)
def test_what_never_left_was_not_sent(error: Exception, is_local: bool) -> None:  # noqa: FBT001 - a column
    failure = classify(error, Wire(begun=not is_local), BINANCE.words)

    assert isinstance(failure, NotSent)
    assert failure.is_local is is_local


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("no answer"),
        aiohttp.ServerDisconnectedError(),
        ConnectionResetError("by peer"),
        aiohttp.ClientPayloadError("cut off"),
        IndexError("in ccxt's parser of an empty body"),
        asyncio.InvalidStateError(),
    ],
)
def test_what_was_sent_and_not_answered_is_unknown(error: Exception) -> None:
    assert isinstance(classify(error, SENT, BINANCE.words), OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, HTML) for status in (200, 408, 500, 502, 503, 504, 520, 524, 599)),
        *((200, body) for body in ("", "{", "{}", "[]", "null", '"text"', "<html>")),
        (400, HTML),
        (404, HTML),
        (408, '{"code":-9999,"msg":"too late"}'),
        *((400, binance(code)) for code in (-1000, -1001, -1004, -1006, -1007, -1008)),
        (503, binance(-1000, "Unknown error, please check your request")),
        (503, binance(-1008, "overloaded")),
        (400, binance(-2010, "Duplicate order sent.")),
        (500, binance(-1013, "Filter failure: LOT_SIZE")),
        *((503, binance(code)) for code in (-1021, -1022, -2010, -2011, -2013, -2015)),
        (500, binance(0, "Service Unavailable.")),
        (200, binance(0, "Service Unavailable.")),
        (503, binance(0, "Service Unavailable. Or is it?")),
        (200, binance(-9999)),
        (200, binance(0, "fine")),
    ],
)
def test_what_proves_nothing_is_unknown(status: int, body: str) -> None:
    assert isinstance(judged(answered(status, body)), OutcomeUnknown)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, binance(-1013, "Filter failure: PERCENT_PRICE"), "-1013"),
        (400, binance(-1021, "outside of the recvWindow"), "-1021"),
        (400, binance(-1121, "Invalid symbol."), "unknown_symbol"),
        (400, binance(-1013, "Filter failure: LOT_SIZE"), "lot_size"),
        (400, binance(-1013, "Filter failure: PRICE_FILTER"), "tick_size"),
        (400, binance(-1013, "Filter failure: NOTIONAL"), "minimum_notional"),
        (400, binance(-1013, "Market is closed."), "no_market"),
        (400, binance(-2010, "has insufficient balance"), "insufficient_balance"),
        (200, binance(-2010, "has insufficient balance"), "insufficient_balance"),
        (400, binance(-2010, "Order would immediately match."), "-2010"),
        (400, binance(1, "System is under maintenance."), "1"),
        (400, binance(-9999), "-9999"),
        (400, binance(-2011, "Unknown order sent."), UNKNOWN_ORDER),
        (400, binance(-2013, "Order does not exist."), UNKNOWN_ORDER),
    ],
)
def test_what_the_code_proves_was_refused(status: int, body: str, code: str) -> None:
    failure = judged(answered(status, body))

    assert isinstance(failure, VenueRefused)
    assert failure.code == code


@pytest.mark.parametrize(
    ("wire", "retry_after", "is_ban", "is_refusal"),
    [
        (answered(429, HTML), 10.0, False, False),
        (answered(429, HTML, Retry_After="17"), 17.0, False, False),
        (answered(429, binance(-1003), Retry_After="2"), 2.0, False, True),
        (answered(418, HTML), 120.0, True, False),
        (answered(418, binance(-1003), Retry_After="300"), 300.0, True, True),
        (
            answered(418, binance(-1003, "IP banned until 1700000060000.")),
            60.0,
            True,
            True,
        ),
        (answered(400, binance(-1003)), 10.0, False, True),
        (
            answered(400, binance(-1015, "limit is 10 orders per 10 SECOND.")),
            10.0,
            False,
            True,
        ),
        (
            answered(429, HTML, Retry_After="Tue, 14 Nov 2023 22:14:20 GMT"),
            60.0,
            False,
            False,
        ),
        (answered(429, HTML, Retry_After="soon"), 10.0, False, False),
        (answered(429, HTML, Retry_After="0"), 1.0, False, False),
        (answered(403, HTML), 300.0, False, False),
        (answered(503, binance(0, "Service Unavailable.")), 1.0, False, True),
        (answered(503, binance(0, INTERNAL_ERROR)), 1.0, False, True),
        (answered(503, binance(-1003)), 10.0, False, False),
        (answered(500, binance(-1015)), 10.0, False, False),
    ],
)
def test_whoever_throttles_says_for_how_long(
    wire: Wire,
    retry_after: float,
    is_ban: bool,  # noqa: FBT001 - a column
    is_refusal: bool,  # noqa: FBT001 - a column
) -> None:
    failure = judged(wire)

    assert isinstance(failure, Throttled)
    assert failure.retry_after == retry_after
    assert (failure.is_ban, failure.is_refusal) == (is_ban, is_refusal)


@pytest.mark.parametrize(
    ("status", "code", "is_of_orders"),
    [(429, -1015, True), (400, -1015, True), (429, -1003, False), (418, -1015, False)],
)
def test_too_many_orders_are_told_apart(
    status: int,
    code: int,
    is_of_orders: bool,  # noqa: FBT001 - a column
) -> None:
    failure = judged(answered(status, binance(code)))

    assert isinstance(failure, Throttled)
    assert isinstance(failure, TooManyOrders) is is_of_orders


@pytest.mark.parametrize(
    ("status", "body", "is_refusal"),
    [
        (401, HTML, False),
        (401, binance(-2015), True),
        (400, binance(-2014), True),
        (400, binance(-1022), True),
    ],
)
def test_a_wrong_key_is_told_apart(status: int, body: str, is_refusal: bool) -> None:  # noqa: FBT001 - a column
    failure = judged(answered(status, body))

    assert isinstance(failure, NotAuthenticated)
    assert failure.is_refusal is is_refusal


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (400, '{"message":"Insufficient funds"}', VenueRefused, "insufficient_balance"),
        (404, '{"message":"NotFound"}', VenueRefused, UNKNOWN_ORDER),
        (404, "", OutcomeUnknown, None),
        (400, "", OutcomeUnknown, None),
        (401, '{"message":"Invalid API Key"}', NotAuthenticated, None),
        (400, '{"message":"invalid signature"}', NotAuthenticated, None),
        (429, '{"message":"Private rate limit exceeded"}', Throttled, None),
        (500, '{"message":"Internal server error"}', OutcomeUnknown, None),
    ],
)
def test_coinbase_says_it_in_its_own_words(
    status: int, body: str, kind: type[CallFailed], code: str | None
) -> None:
    failure = judged(answered(status, body), COINBASE.words)

    assert type(failure) is kind
    assert getattr(failure, "code", None) == code


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, '{"code":"51008","msg":"Insufficient balance"}', VenueRefused),
        (422, '{"code":7}', VenueRefused),
        (400, '{"error":"no code"}', OutcomeUnknown),
        (403, HTML, OutcomeUnknown),
        (200, '{"code":"51008"}', OutcomeUnknown),
        (500, '{"code":"51008"}', OutcomeUnknown),
        (429, "", Throttled),
        (418, "", Throttled),
        (401, "", NotAuthenticated),
    ],
)
def test_of_a_venue_that_refuses_with_4xx_only_a_code_is_believed(
    status: int, body: str, kind: type[CallFailed]
) -> None:
    assert type(judged(answered(status, body), Words(refuses_with_4xx=True))) is kind


@pytest.mark.parametrize("status", [200, 400, 404, 422, 500])
def test_of_an_unknown_venue_no_code_proves_anything(status: int) -> None:
    failure = judged(answered(status, '{"code":"51008"}'), UNKNOWN_VENUE.words)

    assert type(failure) is OutcomeUnknown


def test_what_is_judged_already_stays_as_it_is() -> None:
    refused = VenueRefused("no", code="1")

    assert classify(refused, SENT, BINANCE.words) is refused


def test_only_a_refusal_of_our_time_is_stale() -> None:
    outside = judged(answered(400, binance(-1021)))
    funds = judged(answered(400, binance(-2010)))

    assert is_stale(outside, BINANCE.words)
    assert not is_stale(funds, BINANCE.words)


def test_no_message_of_ccxt_is_repeated_as_it_may_hold_a_signature() -> None:
    signed = RuntimeError("binance GET https://x/?signature=abc")
    cause = ConnectionResetError("also signed")
    signed.__cause__ = cause

    assert str(classify(signed, SENT, BINANCE.words)) == (
        "no whole answer: RuntimeError from ConnectionResetError"
    )


def test_a_long_answer_is_cut() -> None:
    assert len(str(judged(answered(500, "x" * 10_000)))) < 300
