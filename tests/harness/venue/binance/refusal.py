"""What Binance says when it says no; codes as in its documentation, "Error codes"."""

from holdfast.actors.messages import OrderRejected, RejectionReason
from holdfast.testing.venue.rest import Reply


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(
        self,
        code: int,
        told: str,
        *,
        status: int = 400,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.code = code
        self.told = told
        self.status = status
        self.headers = headers or {}
        super().__init__(f"{code} {told}")

    def reply(self) -> Reply:
        """Say it as an answer."""
        content = {"code": self.code, "msg": self.told}
        return Reply.json(content, status=self.status, headers=self.headers)


UNKNOWN_ORDER = Refused(-2011, "Unknown order sent.")
NO_SUCH_ORDER = Refused(-2013, "Order does not exist.")
OUTSIDE_WINDOW = Refused(
    -1021, "Timestamp for this request is outside of the recvWindow."
)
AHEAD_OF_TIME = Refused(
    -1021, "Timestamp for this request was 1000ms ahead of the server's time."
)
BAD_SIGNATURE = Refused(-1022, "Signature for this request is not valid.")
BAD_KEY = Refused(-2015, "Invalid API-key, IP, or permissions for action.", status=401)

USUAL = {
    1: ("System is under maintenance.", 503),
    -1000: ("An unknown error occurred while processing the request.", 400),
    -1001: ("Internal error; unable to process your request.", 500),
    -1003: ("Too much request weight used.", 429),
    -1006: ("An unexpected response was received. Execution status unknown.", 400),
    -1007: ("Timeout waiting for response. Execution status unknown.", 400),
    -1008: ("Server is currently overloaded with other requests.", 503),
    -1015: ("Too many new orders.", 429),
    -1021: (OUTSIDE_WINDOW.told, 400),
    -1022: (BAD_SIGNATURE.told, 400),
    -2010: ("Account has insufficient balance for requested action.", 400),
    -2011: (UNKNOWN_ORDER.told, 400),
    -2013: (NO_SUCH_ORDER.told, 400),
    -2015: (BAD_KEY.told, 401),
}
"""The text and the status that go with a code."""


def usual(code: int, told: str | None, status: int | None) -> Reply:
    """Say a code, with the usual text and status if no other is given."""
    text, usually = USUAL.get(code, ("Something else is wrong.", 400))
    return Refused(code, told or text, status=status or usually).reply()


_REJECTED = {
    RejectionReason.MALFORMED: (-1013, "Invalid quantity."),
    RejectionReason.UNKNOWN_SYMBOL: (-1121, "Invalid symbol."),
    RejectionReason.DUPLICATE: (-2010, "Duplicate order sent."),
    RejectionReason.TICK_SIZE: (-1013, "Filter failure: PRICE_FILTER"),
    RejectionReason.LOT_SIZE: (-1013, "Filter failure: LOT_SIZE"),
    RejectionReason.MINIMUM_NOTIONAL: (-1013, "Filter failure: NOTIONAL"),
    RejectionReason.INSUFFICIENT_BALANCE: (
        -2010,
        "Account has insufficient balance for requested action.",
    ),
    RejectionReason.NO_MARKET: (-1013, "Market is closed."),
}


def refused(rejected: OrderRejected) -> Refused:
    """Say in Binance's words why the engine did not take an order."""
    return Refused(*_REJECTED[rejected.reason])


def missing(name: str) -> Refused:
    """Say that a parameter is not there or makes no sense."""
    return Refused(
        -1102,
        f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
    )
