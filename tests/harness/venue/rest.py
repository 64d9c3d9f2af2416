"""A call to the venue and its answer, whatever the protocol."""

from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import msgspec
from tornado.httputil import HTTPServerRequest

from holdfast.supervision.outcome import CallClass

JSON = "application/json;charset=UTF-8"


@attrs.frozen(kw_only=True)
class Call:
    """A request as the protocol reads it: what it is for, and about which order.

    `balance_lag` is how many seconds old balances in the answer are.
    """

    method: str
    path: str
    call_class: CallClass
    params: Mapping[str, str]
    signed_text: str = ""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    client_order_id: str = ""
    balance_lag: float = 0.0

    @property
    def names(self) -> frozenset[str]:
        """What the `where` of a fault may say to mean it."""
        endpoint = f"{self.method} {self.path}"
        return frozenset({"rest", self.call_class.value, self.path, endpoint})


@attrs.frozen(kw_only=True)
class Reply:
    """An answer; `is_applied`: the venue is no longer what it was before."""

    status: int = 200
    body: bytes = b"{}"
    content_type: str = JSON
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    is_applied: bool = False
    order_id: int | None = None

    @classmethod
    def json(cls, content: Any, **more: Any) -> "Reply":
        """Say this in JSON."""
        return cls(body=msgspec.json.encode(content), **more)


class RestProtocol(Protocol):
    """How one kind of exchange reads calls and answers them."""

    def read(self, request: HTTPServerRequest) -> Call:
        """Say what is asked for; no check is made yet."""
        ...

    def perform(self, call: Call) -> Reply:
        """Check the call, do what it asks for, and answer."""
        ...

    def order_of(self, call: Call) -> int | None:
        """Say which order a call is about, if the venue has it."""
        ...

    def refusal(self, code: int, told: str | None, status: int | None) -> Reply:
        """Say a code, with the usual text and status if no other is given."""
        ...

    def shut_out(self, seconds: float, status: int) -> None:
        """Refuse every call for some time, with this status; 0: no more."""
        ...
