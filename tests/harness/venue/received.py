"""Every request that arrived, and what became of it: one part of the venue's truth."""

import attrs

from holdfast.testing.venue.rest import Call


@attrs.define(kw_only=True)
class Received:
    """One request; `status` is what was answered, None as long as nothing was.

    `is_performed`: the venue has looked at it; `is_applied`: it changed an order,
    whatever the answer was. `faults` are the ids of those that struck it.
    """

    number: int
    time: float
    method: str
    path: str
    call_class: str
    client_order_id: str
    status: int | None = None
    is_performed: bool = False
    is_applied: bool = False
    faults: tuple[str, ...] = ()


class Requests:
    """All requests since the start, oldest first."""

    def __init__(self) -> None:
        self._received: list[Received] = []

    def add(self, call: Call, time: float) -> Received:
        """Note a request that has just come."""
        received = Received(
            number=len(self._received) + 1,
            time=time,
            method=call.method,
            path=call.path,
            call_class=call.call_class.value,
            client_order_id=call.client_order_id,
        )
        self._received.append(received)
        return received

    def all(self) -> tuple[Received, ...]:
        """Return copies of all of them."""
        return tuple(attrs.evolve(each) for each in self._received)
