"""What the venue knows of an order: the truth that a client is measured by."""

import enum
from decimal import Decimal

import attrs

from holdfast.actors.messages import Liquidity, OrderFilled, PlaceOrder
from holdfast.actors.queries import Balances
from holdfast.actors.venue_rules import NOTHING


class VenueStatus(enum.StrEnum):
    """How far an order has come, in Binance's words."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"

    @property
    def is_open(self) -> bool:
        """Whether some of it may still trade."""
        return self in (self.NEW, self.PARTIALLY_FILLED)


@attrs.frozen(kw_only=True)
class Execution:
    """One trade of the account; `time` is the venue's clock."""

    id: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    time: float

    @classmethod
    def of(cls, fill: OrderFilled, time: float) -> "Execution":
        """Take over what the engine says of a fill."""
        return cls(
            id=fill.trade_id,
            price=fill.price,
            quantity=fill.quantity,
            fee=fill.fee,
            fee_asset=fill.fee_asset,
            is_maker=fill.liquidity is Liquidity.MAKER,
            time=time,
        )


@attrs.frozen(kw_only=True)
class VenueOrder:
    """An accepted order at one moment; `visible_from` is in seconds since the start."""

    id: int
    command: PlaceOrder
    created: float
    updated: float
    status: VenueStatus = VenueStatus.NEW
    executions: tuple[Execution, ...] = ()
    visible_from: float = 0.0

    @property
    def client_order_id(self) -> str:
        """What the client calls it."""
        return self.command.client_order_id

    @property
    def filled(self) -> Decimal:
        """How much of the base asset has traded."""
        return sum((each.quantity for each in self.executions), NOTHING)

    @property
    def cost(self) -> Decimal:
        """How much of the quote asset has traded."""
        return sum((each.quantity * each.price for each in self.executions), NOTHING)

    @property
    def remaining(self) -> Decimal:
        """What has not traded, whether it still may or not."""
        return self.command.quantity - self.filled

    def traded(self, execution: Execution) -> "VenueOrder":
        """Return it with one more trade."""
        is_done = execution.quantity == self.remaining
        return attrs.evolve(
            self,
            executions=(*self.executions, execution),
            status=VenueStatus.FILLED if is_done else VenueStatus.PARTIALLY_FILLED,
            updated=execution.time,
        )

    def ended(self, status: VenueStatus, time: float) -> "VenueOrder":
        """Return it as it is after its end."""
        return attrs.evolve(self, status=status, updated=time)


@attrs.frozen(kw_only=True)
class OrderEvent:
    """Something happened to an order: what it and the account are after that.

    Without an execution the order was taken (its status is NEW), or it ended.
    """

    order: VenueOrder
    balances: Balances
    execution: Execution | None = None
