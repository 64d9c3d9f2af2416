"""The reason codes of our own door: why an intent did not become an order."""

import enum


class RefusalReason(enum.StrEnum):
    """One code for each check; the sentence beside it says the numbers.

    HALTED and REDUCING are risk states, which a person has to leave. NOT_RECONCILED,
    UNKNOWN_ORDER, JOURNAL, FEED and VENUE are technical gates, and MARKET_AGE is one of
    our own: they open by themselves.
    """

    MALFORMED = "malformed"
    UNKNOWN_SYMBOL = "unknown_symbol"
    ORDER_TYPE = "order_type"
    TICK_SIZE = "tick_size"
    LOT_SIZE = "lot_size"
    MINIMUM_NOTIONAL = "minimum_notional"

    HALTED = "halted"
    REDUCING = "reducing"

    NOT_RECONCILED = "not_reconciled"
    UNKNOWN_ORDER = "unknown_order"
    JOURNAL = "journal"
    FEED = "feed"
    VENUE = "venue"
    MARKET_AGE = "market_age"
    NO_REFERENCE_PRICE = "no_reference_price"

    PRICE_COLLAR = "price_collar"
    MAX_ORDER_QUANTITY = "max_order_quantity"
    MAX_ORDER_NOTIONAL = "max_order_notional"
    MAX_OPEN_ORDERS = "max_open_orders"
    MAX_OPEN_NOTIONAL = "max_open_notional"
    MAX_POSITION = "max_position"
    GROSS_EXPOSURE = "gross_exposure"
    NET_EXPOSURE = "net_exposure"
    FREE_BALANCE = "free_balance"
    SELF_CROSS = "self_cross"

    ORDER_RATE = "order_rate"
    CANCEL_RATIO = "cancel_ratio"
    DUPLICATE_ORDER = "duplicate_order"
    REPEATED_EXECUTION = "repeated_execution"


Objection = tuple[RefusalReason, str]
"""What speaks against an order: the code, and a sentence with the numbers."""
