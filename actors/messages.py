"""Every word the trading actors say to each other: market, orders, reports, answers.

Prices are in quote units, quantities in base units, both exact `Decimal`. `time` is
event time in seconds: the time of the market message that caused the word. Commands
are imperative, events are past tense; each may be delivered twice, so each carries
the key by which its reader knows it again. Queries are said to an exchange by
execution, positions and reconciliation; a read that failed is answered with an error,
never with an empty answer: empty means that the venue said "none".
"""

import enum
from decimal import Decimal

import attrs

Level = tuple[Decimal, Decimal]
"""One price of an order book: price, then the quantity displayed there."""


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


class Liquidity(enum.StrEnum):
    """Whether a fill added liquidity to the book (MAKER) or took it (TAKER)."""

    MAKER = "maker"
    TAKER = "taker"


class OrderStatus(enum.StrEnum):
    """How far an order has come; PENDING: sent, and the venue has said nothing yet."""

    PENDING = "pending"
    OPEN = "open"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"

    @property
    def is_done(self) -> bool:
        """Whether nothing of the order can trade any more."""
        return self in (self.FILLED, self.CANCELLED, self.REJECTED)


class RefusalReason(enum.StrEnum):
    """Why our own risk check did not let an intent pass."""

    MALFORMED = "malformed"
    DUPLICATE_INTENT = "duplicate_intent"
    NO_REFERENCE_PRICE = "no_reference_price"
    PRICE_COLLAR = "price_collar"
    MAX_ORDER_NOTIONAL = "max_order_notional"
    MAX_POSITION = "max_position"
    ORDER_RATE = "order_rate"


class RejectionReason(enum.StrEnum):
    """Why a venue did not take an order.

    DUPLICATE: an order with this client order id exists, so it is no verdict on that
    order. NEVER_SENT and NEVER_ARRIVED are said by execution, not the venue: nothing
    left us, or the venue did not know the order after the request had expired.
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
class Trade:
    """Two strangers traded; said by a feed, known again by venue, symbol and id.

    `time` is the exchange's clock, `received_ns` ours (unix nanoseconds): they may
    differ by seconds. `buyer_is_maker` means that the seller was the aggressor.
    """

    venue: str
    symbol: str
    id: int
    price: Decimal
    quantity: Decimal
    time: float
    received_ns: int
    buyer_is_maker: bool


@attrs.frozen(kw_only=True)
class Quote:
    """The best bid and ask changed; said by a feed, `update_id` only grows."""

    venue: str
    symbol: str
    update_id: int
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal
    received_ns: int


@attrs.frozen(kw_only=True)
class DepthUpdate:
    """Levels of the book changed (quantity 0: gone); said by a feed.

    On spot, `first_update_id` follows the last id of the update before; on futures
    `previous_update_id` repeats it (None on spot).
    """

    venue: str
    symbol: str
    first_update_id: int
    last_update_id: int
    previous_update_id: int | None
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    received_ns: int


@attrs.frozen(kw_only=True)
class DepthSnapshot:
    """The whole book as of `last_update_id`; said by a feed that starts or resyncs."""

    venue: str
    symbol: str
    last_update_id: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    received_ns: int


MarketMessage = Trade | Quote | DepthUpdate | DepthSnapshot


@attrs.frozen(kw_only=True)
class Intent:
    """A strategy wants an order; `id` is `<strategy path>:<trigger>:<n>`.

    The same id is the same wish, however often said. `price` is None at market.
    """

    id: str
    strategy: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    time: float


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
    venues do not promise to refuse it when it comes twice.
    """

    client_order_id: str
    intent_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    time: float


@attrs.frozen(kw_only=True)
class CancelOrder:
    """Take what is left of this order off the venue; safe to say again."""

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


@attrs.frozen(kw_only=True)
class QueryOrders:
    """Tell what you know of these orders; of every order you list, if none is named."""

    symbol: str
    client_order_ids: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class VenueOrder:
    """One order as the venue has it; its status is never PENDING."""

    client_order_id: str
    exchange_order_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    filled: Decimal
    status: OrderStatus
    time: float


@attrs.frozen(kw_only=True)
class Orders:
    """The answer to `QueryOrders`; `absent` are ids asked for that the venue denies.

    With no ids asked for, it holds at least all open orders, also those of strangers.
    """

    symbol: str
    orders: tuple[VenueOrder, ...]
    absent: tuple[str, ...]
    time: float


@attrs.frozen(kw_only=True)
class QueryFills:
    """Tell the fills of the account whose trade id is larger than this one."""

    symbol: str
    after_trade_id: int = 0


@attrs.frozen(kw_only=True)
class Fills:
    """The answer to `QueryFills`: every fill after that id, in trade id order."""

    symbol: str
    fills: tuple[OrderFilled, ...]
    time: float


@attrs.frozen(kw_only=True)
class QueryBalances:
    """Tell what the account holds."""


@attrs.frozen(kw_only=True)
class Balance:
    """What the account has of one asset; open orders need the reserved part."""

    asset: str
    free: Decimal
    reserved: Decimal

    @property
    def total(self) -> Decimal:
        """Everything the account owns of the asset."""
        return self.free + self.reserved


@attrs.frozen(kw_only=True)
class Balances:
    """The answer to `QueryBalances`: one entry per asset that the venue reports."""

    balances: tuple[Balance, ...]
    time: float

    def of(self, asset: str) -> Balance | None:
        """Find the entry for an asset; None: the venue said nothing about it."""
        return next((each for each in self.balances if each.asset == asset), None)


@attrs.frozen(kw_only=True)
class MarketEnded:
    """Nothing more will come from this feed; said once, after its last message."""


@attrs.frozen(kw_only=True)
class WorkingOrder:
    """An order of ours as execution knows it; told to whoever needs the open ones.

    `strategy` and `intent_id` are empty for an order that nobody here wanted, `time` is
    then 0. It is PENDING until the venue has said something.
    """

    client_order_id: str
    intent_id: str
    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    filled: Decimal
    status: OrderStatus
    time: float

    @classmethod
    def pending(cls, intent: Intent) -> "WorkingOrder":
        """Describe the order that an intent will become."""
        return cls(
            client_order_id="",
            intent_id=intent.id,
            strategy=intent.strategy,
            symbol=intent.symbol,
            side=intent.side,
            quantity=intent.quantity,
            price=intent.price,
            filled=Decimal(0),
            status=OrderStatus.PENDING,
            time=intent.time,
        )

    @property
    def key(self) -> str:
        """What an order is known by here: its intent, else what the venue calls it."""
        return self.intent_id or self.client_order_id


@attrs.frozen(kw_only=True)
class OrderUpdated:
    """Execution learned something about an order; told to positions and onwards."""

    order: WorkingOrder
    report: OrderReport


@attrs.frozen(kw_only=True)
class PositionUpdated:
    """An order update, with the position as it is after it; told to risk and onwards.

    `last_trade_id` is the newest fill in the position: a reader that knows a newer one
    keeps its own. `quantity` is in base units, negative when short.
    """

    order: WorkingOrder
    report: OrderReport
    quantity: Decimal
    average_price: Decimal | None
    last_trade_id: int


@attrs.frozen(kw_only=True)
class QueryOpenOrders:
    """Ask execution for the orders that may still trade; answered by a tuple."""

    symbol: str


@attrs.frozen(kw_only=True)
class QueryPosition:
    """Ask positions where an account stands in one symbol."""

    symbol: str


@attrs.frozen(kw_only=True)
class PositionReport:
    """The answer to `QueryPosition`."""

    symbol: str
    quantity: Decimal
    average_price: Decimal | None
    last_trade_id: int


@attrs.frozen(kw_only=True)
class QueryExposure:
    """Ask risk what it counts with; answered by `Exposure`."""

    strategy: str


@attrs.frozen(kw_only=True)
class Exposure:
    """The position, and the open orders of the strategy that asked."""

    position: PositionReport
    orders: tuple[WorkingOrder, ...]


@attrs.frozen(kw_only=True)
class Reconcile:
    """Compare what you know with what the venue says; answered by sentences, or none.

    Understood by execution (orders) and positions (balances).
    """
