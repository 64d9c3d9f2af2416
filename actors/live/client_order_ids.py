"""Remembers which of the venue's order ids is which client order id, and the orders."""

from collections import OrderedDict
from collections.abc import Iterable

from ..order_names import id_of_nameless
from ..queries import VenueOrder

MOST = 20_000
"""Orders that are remembered; the oldest are forgotten first."""


class ClientOrderIds:
    """Venues tell a trade with their own order id only."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._names: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._orders: OrderedDict[tuple[str, str], VenueOrder] = OrderedDict()

    def learn(self, symbol: str, exchange_order_id: str, name: str) -> None:
        """Remember what an order is called; no answer without a name takes one away."""
        key = (symbol, exchange_order_id)
        if id_of_nameless(name) is None or key not in self._names:
            self._names[key] = name
        self._names.move_to_end(key)
        while len(self._names) > self._most:
            self._names.popitem(last=False)

    def learn_of(self, orders: Iterable[VenueOrder]) -> None:
        """Remember what these orders are called."""
        for each in orders:
            self.learn(each.symbol, each.exchange_order_id, each.client_order_id)
            self._orders[each.symbol, each.client_order_id] = each
            self._orders.move_to_end((each.symbol, each.client_order_id))
            while len(self._orders) > self._most:
                self._orders.popitem(last=False)

    def last_told(self, symbol: str, name: str) -> VenueOrder | None:
        """Return an order as the venue has last told of it; None: it never has."""
        return self._orders.get((symbol, name))

    def of(self, symbol: str, exchange_order_id: str) -> str | None:
        """Return the client order id; None: not known here."""
        return self._names.get((symbol, exchange_order_id))

    def unknown(self, symbol: str, exchange_order_ids: Iterable[str]) -> set[str]:
        """Return those that are not known here."""
        return {
            each for each in exchange_order_ids if (symbol, each) not in self._names
        }
