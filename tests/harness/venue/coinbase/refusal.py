"""What Coinbase Exchange says when it says no: a sentence, and no code."""

from holdfast.actors.messages import OrderRejected, RejectionReason
from holdfast.testing.venue.rest import Reply


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, told: str, *, status: int = 400, retry_after: int = 0) -> None:
        self.told = told
        self.status = status
        self.retry_after = retry_after
        super().__init__(told)

    def reply(self) -> Reply:
        """Say it as an answer."""
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
        return Reply.json({"message": self.told}, status=self.status, headers=headers)


NOT_FOUND = Refused("NotFound", status=404)
ORDER_NOT_FOUND = Refused("order not found", status=404)
ALREADY_DONE = Refused("Order already done")
BAD_KEY = Refused("Invalid API Key", status=401)
BAD_PASSPHRASE = Refused("Invalid Passphrase", status=401)
BAD_SIGNATURE = Refused("invalid signature", status=401)
EXPIRED = Refused("request timestamp expired")

USUAL = {
    1: ("Service is under maintenance", 503),
    -1003: ("Private rate limit exceeded", 429),
    -1021: (EXPIRED.told, 400),
    -1022: (BAD_SIGNATURE.told, 401),
    -2010: ("Insufficient funds", 400),
    -2011: (ORDER_NOT_FOUND.told, 404),
    -2013: (NOT_FOUND.told, 404),
    -2015: (BAD_KEY.told, 401),
}
"""What it says where Binance has a code; elsewhere that something broke inside."""

_REJECTED = {
    RejectionReason.MALFORMED: "size is not valid",
    RejectionReason.UNKNOWN_SYMBOL: "Product not found",
    RejectionReason.DUPLICATE: "Duplicate client_oid",
    RejectionReason.TICK_SIZE: "price too precise",
    RejectionReason.LOT_SIZE: "size too precise",
    RejectionReason.MINIMUM_NOTIONAL: "size is too small",
    RejectionReason.INSUFFICIENT_BALANCE: "Insufficient funds",
    RejectionReason.NO_MARKET: "Market is in cancel only mode",
}


def refused(rejected: OrderRejected) -> Refused:
    """Say why the engine did not take an order."""
    return Refused(_REJECTED[rejected.reason])
