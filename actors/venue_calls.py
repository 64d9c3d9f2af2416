"""What execution asks an exchange, typed; whatever can't be asked has failed."""

from typing import Any

import attrs

from ..supervision.outcome import NotSent
from ..supervision.runtime.future import Future
from ..supervision.runtime.mailbox import MailboxFull
from ..supervision.runtime.reference import Ref
from .messages import CancelOrder, PlaceOrder
from .queries import (
    Balances,
    Fills,
    Orders,
    QueryBalances,
    QueryFills,
    QueryOrders,
    VenueOrder,
)


@attrs.frozen
class VenueCalls:
    """Calls about one symbol; each ends within `timeout` seconds."""

    exchange: Ref
    symbol: str
    timeout: float

    def place(self, order: PlaceOrder) -> Future[VenueOrder]:
        """Ask for an order."""
        return self._ask(order)

    def cancel(self, order: CancelOrder) -> Future[VenueOrder]:
        """Ask for the end of an order."""
        return self._ask(order)

    def orders(self, *names: str) -> Future[Orders]:
        """Ask for orders by client order id, or for all that the venue lists."""
        return self._ask(QueryOrders(symbol=self.symbol, client_order_ids=names))

    def fills(self, after_trade_id: int | None) -> Future[Fills]:
        """Ask for the next fills of the account after a trade id; None: the newest."""
        query = QueryFills(symbol=self.symbol, after_trade_id=after_trade_id)
        return self._ask(query)

    def balances(self) -> Future[Balances]:
        """Ask for what the account holds."""
        return self._ask(QueryBalances())

    def _ask(self, message: Any) -> Future[Any]:
        try:
            return self.exchange.ask(message, block=False, timeout=self.timeout)
        except MailboxFull as error:
            refused: Future[Any] = Future()
            refused.fail(NotSent(str(error), is_local=True))
            return refused
