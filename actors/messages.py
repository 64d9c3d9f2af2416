"""The words of orders: what is wanted, sent, reported and answered.

Prices are in quote units, quantities in base units, both exact `Decimal`. `time` is
event time in seconds: the time of the market message that caused the word. Commands
are imperative, events are past tense; each may be delivered twice, so each carries
the key by which its reader knows it again.
"""

import enum
from decimal import Decimal
from typing import ClassVar, Self

import attrs

from ..supervision.outcome import CallClass
from .refusal_reason import RefusalReason


class Side(enum.StrEnum):
    """Which way an order trades the base asset."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """What one traded unit does to the position: +1 or -1."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The side it trades with."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(enum.StrEnum):
    """LIMIT rests until filled or cancelled; MARKET takes what there is, at once."""

    LIMIT = "limit"
    MARKET = "market"


class TimeInForce(enum.StrEnum):
    """What becomes of the part of a limit order that can't trade at once.

    GTC: it rests. IOC: it is cancelled. FOK: nothing trades unless all of it can.
    """

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


class Liquidity(enum.StrEnum):
    """Whether a fill added liquidity to the book (MAKER) or took it (TAKER)."""

    MAKER = "maker"
    TAKER = "taker"


class OrderStatus(enum.StrEnum):
    """How far an order has come.

    PENDING: wanted or sent, and the venue has said nothing yet. UNKNOWN: it may be at
    the venue, or not; it counts as open until that is found out.
    """

    PENDING = "pending"
    UNKNOWN = "unknown"
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"

    @property
    def is_done(self) -> bool:
        """Whether nothing of the order can trade any more."""
        return (  # asked many times for each order, and three times as fast as `in`
            self is OrderStatus.FILLED
            or self is OrderStatus.CANCELLED
            or self is OrderStatus.REJECTED
        )


class RejectionReason(enum.StrEnum):
    """Why a venue did not take an order.

    DUPLICATE: this client order id is known: no verdict on that order. Execution says
    NEVER_SENT, nothing left us, and NEVER_ARRIVED, unknown there after it had expired.
    """

    MALFORMED = "malformed"
    UNKNOWN_SYMBOL = "unknown_symbol"
    DUPLICATE = "duplicate"
    TICK_SIZE = "tick_size"
    LOT_SIZE = "lot_size"
    MINIMUM_NOTIONAL = "minimum_notional"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    NO_MARKET = "no_market"
    VENUE = "venue"
    NEVER_SENT = "never_sent"
    NEVER_ARRIVED = "never_arrived"


class CancelReason(enum.StrEnum):
    """Why an order ended before it was filled."""

    REQUESTED = "requested"
    NO_LIQUIDITY = "no_liquidity"
    VENUE = "venue"


class CancelRejectionReason(enum.StrEnum):
    """Why there was nothing to cancel; UNKNOWN_ORDER proves no end of the order."""

    UNKNOWN_ORDER = "unknown_order"
    ALREADY_DONE = "already_done"


@attrs.frozen(kw_only=True)
class Intent:
    """A strategy wants an order; `id` is `<strategy path>:<trigger>:<n>`.

    The same id is the same wish. `price` is None at market. Risk says with `reduces`
    that it can only make the position smaller, and lets what is wanted at market leave
    as a limit order that does not rest. `replaces` is the id of an intent whose order
    this one takes the place of; `quantity` then counts what that and those before it
    have traded, too (FIX: OrderQty of an Order Cancel/Replace Request).
    """

    id: str
    strategy: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    time: float
    reduces: bool = False
    replaces: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC

    def reducing(self) -> "Intent":
        """Return the same, marked; `attrs.evolve` takes three times as long."""
        return Intent(
            id=self.id,
            strategy=self.strategy,
            symbol=self.symbol,
            side=self.side,
            type=self.type,
            quantity=self.quantity,
            price=self.price,
            time=self.time,
            reduces=True,
            replaces=self.replaces,
            time_in_force=self.time_in_force,
        )

    def at_most(self, price: Decimal | None) -> "Intent":
        """Return the same as a limit order at this price that does not rest."""
        return Intent(
            id=self.id,
            strategy=self.strategy,
            symbol=self.symbol,
            side=self.side,
            type=OrderType.LIMIT,
            quantity=self.quantity,
            price=price,
            time=self.time,
            reduces=self.reduces,
            replaces=self.replaces,
            time_in_force=TimeInForce.IOC,
        )


@attrs.frozen(kw_only=True)
class CancelIntent:
    """A strategy no longer wants what is left of its intent."""

    intent_id: str
    strategy: str
    symbol: str
    time: float


@attrs.frozen(kw_only=True)
class IntentRefused:
    """Risk did not let the intent pass; told to the strategy, nothing was sent."""

    intent: Intent
    reason: RefusalReason
    detail: str


@attrs.frozen(kw_only=True)
class PlaceOrder:
    """Send this order to the venue; said once per client order id by execution.

    The client order id is the key by which everything is asked for and told later;
    venues do not promise to refuse it when it comes twice. `expires_at` is when it is
    too late to take it (wall seconds, None: never): it is not sent later, and the venue
    refuses it later where it can. `reduces`: it can only make the position smaller.
    """

    client_order_id: str
    intent_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    time: float
    expires_at: float | None = None
    reduces: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC

    @property
    def call_class(self) -> CallClass:
        """What it is for."""
        return CallClass.REDUCE if self.reduces else CallClass.NEW

    @classmethod
    def of(cls, intent: Intent, name: str, expires_at: float) -> Self:
        """Make the order that an intent becomes."""
        return cls(
            client_order_id=name,
            intent_id=intent.id,
            symbol=intent.symbol,
            side=intent.side,
            type=intent.type,
            quantity=intent.quantity,
            price=intent.price,
            time=intent.time,
            expires_at=expires_at,
            reduces=intent.reduces,
            time_in_force=intent.time_in_force,
        )


@attrs.frozen(kw_only=True)
class CancelOrder:
    """Take what is left of this order off the venue; safe to say again."""

    call_class: ClassVar[CallClass] = CallClass.CANCEL

    client_order_id: str
    symbol: str
    time: float


@attrs.frozen(kw_only=True)
class OrderAccepted:
    """The venue has the order and gave it an id of its own."""

    client_order_id: str
    exchange_order_id: str
    symbol: str
    time: float


@attrs.frozen(kw_only=True)
class OrderRejected:
    """The venue refused the order, or execution proved that it never got there."""

    client_order_id: str
    symbol: str
    reason: RejectionReason
    detail: str
    time: float


@attrs.frozen(kw_only=True)
class OrderFilled:
    """A part of the order traded; known again by symbol and `trade_id`.

    `filled` is the sum over the order up to this trade and `remaining` what is left,
    as far as the sender knows (a list of past trades may not tell): a reader adds up
    the trades itself and takes the larger sum. A fill of an order that nobody here
    sent has an empty `client_order_id`.
    """

    client_order_id: str
    exchange_order_id: str
    symbol: str
    trade_id: int
    side: Side
    price: Decimal
    quantity: Decimal
    filled: Decimal
    remaining: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    time: float


@attrs.frozen(kw_only=True)
class OrderCancelled:
    """What was left of the order will not trade any more; `filled` is final."""

    client_order_id: str
    exchange_order_id: str
    symbol: str
    filled: Decimal
    remaining: Decimal
    reason: CancelReason
    time: float


@attrs.frozen(kw_only=True)
class CancelRejected:
    """The venue found nothing to cancel under this client order id."""

    client_order_id: str
    symbol: str
    reason: CancelRejectionReason
    detail: str
    time: float


OrderReport = (
    OrderAccepted | OrderRejected | OrderFilled | OrderCancelled | CancelRejected
)
