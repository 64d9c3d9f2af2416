"""What is known of single venues: their words for refusals, and how they are asked.

A venue that is not in the table gets the careful words of `UNKNOWN_VENUE`.
"""

from collections.abc import Mapping

import attrs

from ..messages import RejectionReason

MINUTE = 60.0


@attrs.frozen(kw_only=True)
class Words:
    """How a venue says no.

    `code_key` and `text_key` are where its JSON says which error it is, and in words.
    `proves` lists codes that prove a refusal with any HTTP status below 500, any other
    code proves one with 4xx only. With 5xx nothing does, but with 503 those texts
    in `overloaded_texts` that the venue documents as "not executed".
    The other sets and texts name special cases;
    `reasons` are texts that say why an order is refused, in words of ours
    (`RejectionReason`). `restrained` are statuses by which it throttles, beside 418 and
    429, and for how many seconds.
    """

    code_key: str = "code"
    text_key: str = "msg"
    successes: frozenset[str] = frozenset({"0", "200"})
    proves: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    unknown_texts: tuple[str, ...] = ()
    unknown_order: frozenset[str] = frozenset()
    not_authenticated: frozenset[str] = frozenset()
    throttled: frozenset[str] = frozenset()
    too_many_orders: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    overloaded_texts: tuple[str, ...] = ()
    reasons: Mapping[str, RejectionReason] = attrs.field(
        factory=dict[str, RejectionReason]
    )
    restrained: Mapping[int, float] = attrs.field(factory=dict[int, float])


@attrs.frozen(kw_only=True)
class Limit:
    """So much weight is allowed per `period` seconds; `header` tells what is used."""

    capacity: float
    period: float = MINUTE
    header: str = ""


@attrs.frozen(kw_only=True)
class Venue:
    """How a venue is asked.

    `expiry`: whether a request carries its own expiry. `fills_from`: the parameter
    that asks for the fills from a trade id on, `fills_below` for those below one; with
    neither there is no way to know that all were told. `orders_from` asks for orders
    from an order id on.
    `weights` are those of the calls made here, by name; what is not listed weighs 1.
    `client_id`: what its client order ids look like. `acknowledges`: its account stream
    answers a subscription. `only_json`: each frame of its streams is JSON.
    `last_words`: events after which a stream tells nothing, on an open connection.
    `contiguous_trades`: the ids of a symbol's trades have no holes.
    """

    words: Words = Words()
    expiry: bool = False
    fills_from: str | None = None
    fills_below: str | None = None
    fills_page: int = 1000
    orders_from: str | None = None
    weights: Mapping[str, float] = attrs.field(factory=dict[str, float])
    limits: tuple[Limit, ...] = ()
    client_id: str = r"[\x21-\x7e]{1,64}"
    acknowledges: bool = False
    only_json: bool = False
    last_words: frozenset[str] = frozenset()
    contiguous_trades: bool = False
    options: Mapping[str, object] = attrs.field(factory=dict[str, object])


UNKNOWN_VENUE = Venue(limits=(Limit(capacity=60),))

# Errors of Binance's own documentation that say that nothing was executed.
_BINANCE_REFUSALS = (
    *(-1003, -1013, -1014, -1015, -1016, -1020, -1021, -1022),
    *(-1100, -1101, -1102, -1103, -1104, -1105, -1106, -1111, -1112),
    *(-1114, -1115, -1116, -1117, -1121, -1130),
    *(-2010, -2011, -2013, -2014, -2015),
)

_BINANCE_WORDS = Words(
    proves=frozenset(map(str, _BINANCE_REFUSALS)),
    unknown=frozenset({"-1000", "-1001", "-1004", "-1006", "-1007", "-1008"}),
    unknown_texts=("Duplicate order sent",),
    unknown_order=frozenset({"-2011", "-2013"}),
    not_authenticated=frozenset({"-1002", "-1022", "-2014", "-2015"}),
    throttled=frozenset({"-1003", "-1015"}),
    too_many_orders=frozenset({"-1015"}),
    stale=frozenset({"-1021"}),
    overloaded_texts=(
        "Service Unavailable.",
        "Internal error; unable to process your request. Please try again.",
    ),
    reasons={
        "PRICE_FILTER": RejectionReason.TICK_SIZE,
        "LOT_SIZE": RejectionReason.LOT_SIZE,
        "NOTIONAL": RejectionReason.MINIMUM_NOTIONAL,
        "insufficient balance": RejectionReason.INSUFFICIENT_BALANCE,
        "Invalid symbol": RejectionReason.UNKNOWN_SYMBOL,
        "Market is closed": RejectionReason.NO_MARKET,
    },
    restrained={403: 300.0},
)

BINANCE = Venue(
    words=_BINANCE_WORDS,
    expiry=True,
    fills_from="fromId",
    orders_from="orderId",
    weights={
        "markets": 20,
        "query_order": 4,
        "open_orders": 6,
        "orders": 20,
        "fills": 20,
        "balances": 20,
        "trades": 4,
    },
    limits=(Limit(capacity=6000, header="x-mbx-used-weight-1m"),),
    client_id=r"[A-Za-z0-9_.:/-]{1,36}",
    acknowledges=True,
    only_json=True,
    last_words=frozenset({"eventStreamTerminated"}),
    contiguous_trades=True,
    options={
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchMargins": False,
        "fetchCurrencies": False,
        "warnOnFetchOpenOrdersWithoutSymbol": False,
        "adjustForTimeDifference": False,
    },
)

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

COINBASE = Venue(
    words=Words(
        code_key="message",
        text_key="message",
        # The last is of a cancel only: what it has become has to be asked for.
        unknown_order=frozenset(
            {"NotFound", "order not found", "Order not found", "Order already done"}
        ),
        not_authenticated=frozenset(
            {"Invalid API Key", "invalid signature", "Invalid Passphrase"}
        ),
        stale=frozenset({"request timestamp expired"}),
        reasons={"Insufficient funds": RejectionReason.INSUFFICIENT_BALANCE},
        throttled=frozenset(
            {"Public rate limit exceeded", "Private rate limit exceeded"}
        ),
    ),
    fills_below="after",
    fills_page=100,
    limits=(Limit(capacity=10, period=1.0),),
    client_id=_UUID,
    contiguous_trades=True,
)

VENUES: Mapping[str, Venue] = {
    "binance": BINANCE,
    "binanceus": BINANCE,
    "coinbaseexchange": COINBASE,
}


def venue(exchange: str) -> Venue:
    """Return what is known of a venue, by its ccxt id."""
    return VENUES.get(exchange, UNKNOWN_VENUE)
