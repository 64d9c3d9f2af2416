"""The circuit breaker in front of an exchange: it knows what is harmless to ask."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from ..supervision.breaker import CircuitBreaker, State
from ..supervision.outcome import CallClass
from ..supervision.runtime.reference import Ref
from .gates import Gate, Gates
from .queries import OutcomesDoubted, Ping, QueryBalances

_PASSES = frozenset({State.CLOSED, State.DISABLED, State.METRICS_ONLY})


class VenueBreaker(CircuitBreaker):
    """Stands before `to`; see `CircuitBreaker` for the other arguments.

    After an outage it asks for the time, then for the balances, and no order is tried
    before both were answered. Orders are known by their client order ids. As long as it
    lets no new order pass, the gate VENUE of `symbol` is closed, and `gates_to` hears.
    `asks` hears of each call whose outcome is unknown, and says what became of it: who
    sent it may have crashed since, and not know that anybody waits for that.

    A fallback answers for public data only: what becomes of our orders, fills and
    balances is known to the venue that has them, and to it as it is now.
    """

    may_fall_back: ClassVar[frozenset[CallClass]] = frozenset({CallClass.DATA})

    def __init__(
        self,
        to: Ref,
        *,
        symbol: str = "BTCUSDT",
        gates_to: Ref | None = None,
        asks: Ref | None = None,
        key: str = "client_order_id",
        **settings: Any,
    ) -> None:
        self._gates = Gates((Gate.VENUE,), symbol, gates_to)
        self._asks = asks
        self._asked: set[str] = set()
        super().__init__(to, key=key, **settings)

    def probes(self) -> Sequence[Any]:
        """Ask the time first, and then with the key."""
        return (Ping(), QueryBalances())

    def on_start(self) -> None:
        """Go on where a predecessor was, whose last word may have been another."""
        super().on_start()
        self._gates.say_again(self.incarnation)

    def _follow_up(self) -> None:
        super()._follow_up()
        self._ask_about(self._core.unresolved)
        state = self._core.state
        if state in _PASSES:
            self._gates.open(Gate.VENUE)
        else:
            self._gates.close(Gate.VENUE, f"the breaker is {state}")

    def _ask_about(self, unresolved: Iterable[str]) -> None:
        doubted = set(unresolved)
        news = doubted - self._asked
        self._asked = doubted
        if news and self._asks is not None:
            self._asks.tell(OutcomesDoubted(tuple(sorted(news))))
