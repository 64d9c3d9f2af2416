"""Counts request weights and orders, and shuts out who does not stop.

Rules as in Binance's documentation, "LIMITS": weights are counted by minutes of the
clock; over the limit there is a 429 with `Retry-After`, and who goes on is banned: 418.
"""

from holdfast.testing.venue.binance.refusal import Refused
from holdfast.testing.venue.clock import VenueClock
from holdfast.testing.venue.settings import VenueSettings

MINUTE = 60
ORDER_WINDOW = 10
PATIENCE = 5
"""How many calls over the limit are only refused."""


class Limits:
    """What this address has used up, and until when nobody listens to it."""

    def __init__(self, settings: VenueSettings, clock: VenueClock) -> None:
        self._settings = settings
        self._clock = clock
        self._window = 0
        self._weight = 0
        self._order_window = 0
        self._orders = 0
        self._over = 0
        self._shut_until = 0.0
        self._shut_status = 418

    def headers(self) -> dict[str, str]:
        """Say what is used up."""
        return {
            "X-MBX-USED-WEIGHT-1M": str(self._weight),
            "X-MBX-ORDER-COUNT-10S": str(self._orders),
        }

    def shut_out(self, seconds: float, status: int) -> None:
        """Listen to nobody for some time, and say so with this status."""
        self._shut_until = self._clock.elapsed() + seconds
        self._shut_status = status

    def charge(self, weight: int) -> None:
        """Count a call.

        Raises:
            Refused: it is one too many.

        """
        left = self._shut_until - self._clock.elapsed()
        if left > 0:
            raise self._too_much(self._shut_status, left)
        now = self._clock.wall()
        if int(now // MINUTE) != self._window:
            self._window, self._weight, self._over = int(now // MINUTE), 0, 0
        self._weight += weight
        if self._weight <= self._settings.weight_limit:
            return
        self._over += 1
        if self._over > PATIENCE:
            self.shut_out(self._settings.ban, 418)
            raise self._too_much(418, self._settings.ban)
        raise self._too_much(429, MINUTE - now % MINUTE)

    def charge_order(self) -> None:
        """Count an order.

        Raises:
            Refused: it is one too many.

        """
        now = self._clock.wall()
        if int(now // ORDER_WINDOW) != self._order_window:
            self._order_window, self._orders = int(now // ORDER_WINDOW), 0
        self._orders += 1
        if self._orders > self._settings.order_limit:
            limit = self._settings.order_limit
            raise Refused(
                -1015,
                f"Too many new orders; current limit is {limit} orders per 10 SECOND.",
                status=429,
                headers=_retry_after(ORDER_WINDOW - now % ORDER_WINDOW),
            )

    def _too_much(self, status: int, left: float) -> Refused:
        until = int((self._clock.wall() + left) * 1000)
        told = f"Way too much request weight used; IP banned until {until}."
        if status == 429:
            told = "Too much request weight used; please use WebSocket Streams."
        headers = {**self.headers(), **_retry_after(left)}
        return Refused(-1003, told, status=status, headers=headers)


def _retry_after(seconds: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(seconds)))}
