"""What the paper venue's account holds, and how much of it open orders may need."""

from collections.abc import Mapping
from decimal import Decimal

from .messages import OrderFilled, PlaceOrder, RejectionReason, Side
from .queries import Balance
from .resting_orders import RestingOrders
from .venue_rules import NOTHING, Rejection, VenueRules


class PaperAccount:
    """Two assets, and the orders that wait to trade one for the other.

    An open sell reserves its quantity, an open buy what it costs at its limit with the
    dearer fee: so no fill can spend what is not there. Amounts are exact.
    """

    def __init__(
        self,
        rules: VenueRules,
        resting: RestingOrders,
        balances: Mapping[str, Decimal],
    ) -> None:
        self._rules = rules
        self._resting = resting
        self._held = dict.fromkeys(
            (rules.instrument.base, rules.instrument.quote), NOTHING
        )
        for asset, amount in balances.items():
            if asset not in self._held or not (amount.is_finite() and amount >= 0):
                raise ValueError(
                    f"the account holds some of {' and '.join(self._held)} at first,"
                    f" was {amount} {asset}"
                )
            self._held[asset] = amount

    def balances(self) -> tuple[Balance, ...]:
        """Tell what is held of each asset."""
        return tuple(map(self._balance, self._held))

    def objection(self, order: PlaceOrder, cost: Decimal) -> Rejection | None:
        """Say what is missing for this order; `cost` is what a buy can need at most."""
        buys = order.side is Side.BUY
        instrument = self._rules.instrument
        needed = cost if buys else order.quantity
        balance = self._balance(instrument.quote if buys else instrument.base)
        if needed <= balance.free:
            return None
        detail = f"{needed} {balance.asset} needed, {balance.free} free"
        return RejectionReason.INSUFFICIENT_BALANCE, detail

    def settle(self, fill: OrderFilled) -> None:
        """Exchange the assets and pay the fee."""
        instrument = self._rules.instrument
        self._held[instrument.base] += fill.side.sign * fill.quantity
        self._held[instrument.quote] -= fill.side.sign * fill.price * fill.quantity
        self._held[fill.fee_asset] -= fill.fee

    def _balance(self, asset: str) -> Balance:
        reserved = self._reserved(asset)
        free = self._held[asset] - reserved
        return Balance(asset=asset, free=free, reserved=reserved)

    def _reserved(self, asset: str) -> Decimal:
        if asset == self._rules.instrument.base:
            return sum((order.remaining for order in self._resting.sells), NOTHING)
        cost = self._rules.worst_cost
        return sum(
            (cost(order.limit, order.remaining) for order in self._resting.buys),
            NOTHING,
        )
