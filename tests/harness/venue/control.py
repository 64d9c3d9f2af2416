"""`/_venue/...`: what another process may ask of the venue, and do to it.

Faults never strike it; on the control port it is there even while the venue refuses
everybody else.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

import msgspec
from tornado.web import RequestHandler

from holdfast.testing.venue import truth
from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.front import Front
from holdfast.testing.venue.hub import Hub
from holdfast.testing.venue.rest import JSON
from holdfast.testing.venue.scripted_market import ScriptedMarket


class Controlled(Protocol):
    """The parts of a venue that are controlled."""

    core: VenueCore
    hub: Hub
    front: Front
    script: ScriptedMarket


_TOLD: dict[str, Callable[[VenueCore], Any]] = {
    "orders": truth.orders,
    "executions": truth.executions,
    "balances": truth.balances,
    "requests": truth.requests,
}


class ControlHandler(RequestHandler):
    """GET what is true, or the faults; POST faults, heal, quote or trade."""

    def initialize(self, venue: Controlled) -> None:
        self._venue = venue

    def get(self, what: str) -> None:
        """Tell it."""
        if what == "faults":
            self._say(self._faults())
        elif what in _TOLD:
            self._say(_TOLD[what](self._venue.core))
        else:
            self._refuse(404, f"there is {', '.join([*_TOLD, 'faults'])}")

    def post(self, what: str) -> None:
        """Do it, and tell the faults."""
        try:
            told: Any = msgspec.json.decode(self.request.body or b"{}")
            self._do(what, told)
        except (ValueError, ArithmeticError, LookupError, TypeError) as error:
            self._refuse(400, f"{type(error).__name__}: {error}")
            return
        self._say(self._faults())

    def _do(self, what: str, told: Any) -> None:
        venue = self._venue
        match what:
            case "faults":
                for fault in [Fault.from_json(each) for each in told]:
                    venue.front.arm(fault)
            case "heal":
                venue.front.heal(venue.hub)
            case "quote":
                bid, ask = Decimal(told["bid"]), Decimal(told["ask"])
                size = Decimal(told.get("size", "1"))
                venue.script.quote(bid, ask, size, int(told.get("levels", 5)))
            case "trade":
                venue.script.trade(
                    Decimal(told["price"]),
                    Decimal(told["quantity"]),
                    buyer_is_maker=bool(told.get("buyer_is_maker", True)),
                )
            case _:
                raise LookupError("post to faults, heal, quote or trade")

    def _faults(self) -> dict[str, Any]:
        injector = self._venue.front.injector
        armed = [fault.to_json() for fault in injector.armed()]
        return {"fired": injector.fired, "armed": armed}

    def _refuse(self, status: int, told: str) -> None:
        self.set_status(status)
        self._say({"error": told})

    def _say(self, content: Any) -> None:
        self.set_header("Content-Type", JSON)
        text = msgspec.json.encode(content)
        self.finish(text)  # pyright: ignore[reportUnknownMemberType] - Tornado's types
