"""A fault as data: what goes wrong, where, when, and for how long."""

from collections.abc import Mapping
from typing import Any, Self

import attrs

from holdfast.testing.venue.faults.kinds import (
    ANYWHERE,
    CONDITIONS,
    DEFAULTS,
    LASTING,
    FaultKind,
)


@attrs.frozen(kw_only=True)
class When:
    """Which of the calls or frames that match are struck; all that is said must hold.

    `nth` counts from 1. `client_order_id` and `intent` (the nth client order id that
    the venue has seen in new orders) name an order. `at` is in seconds since the fault
    was armed. `times` is how often it strikes at most.
    """

    nth: int | None = None
    client_order_id: str | None = None
    intent: int | None = None
    at: float = 0.0
    probability: float | None = None
    times: int | None = None

    @property
    def waits_for_a_call(self) -> bool:
        """Whether something has to be said before it can strike."""
        told = (self.nth, self.client_order_id, self.intent, self.probability)
        return any(each is not None for each in told)


@attrs.frozen(kw_only=True)
class Fault:
    """One thing that goes wrong; its `id` is by what it is counted.

    `where` is `*`, an endpoint (`/order`, `POST /order`), what a call is for (`new`,
    `cancel`, `query`, `account`, `data`), `rest`, `market`, `user`, a stream
    (`btcusdt@trade`, `trade`, `executionReport`) or `stream` for all of them. `for_` is
    in seconds, in JSON it is `for`. What `params` may say is in `DEFAULTS`.

    Without `times`, `for_` or a probability it strikes once; what is a condition more
    than an event, such as a silent stream, lasts until it is healed.
    """

    id: str
    kind: FaultKind = attrs.field(converter=FaultKind)
    where: str = ANYWHERE
    when: When = attrs.field(factory=When)
    for_: float | None = None
    params: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    def __attrs_post_init__(self) -> None:
        """Refuse what nobody would look at.

        Raises:
            ValueError: a parameter means nothing to a fault of this kind.

        """
        unknown = set(self.params) - set(DEFAULTS[self.kind])
        if unknown:
            known = ", ".join(DEFAULTS[self.kind]) or "none"
            told = f"fault {self.id} has params {sorted(unknown)}"
            raise ValueError(f"{told}; a {self.kind} takes {known}")

    @property
    def times(self) -> int | None:
        """How often it strikes at most; None: as long as it lasts."""
        if self.when.times is not None:
            return self.when.times
        if self.kind in CONDITIONS:
            return 1
        is_long = self.for_ is not None or self.when.probability is not None
        return None if is_long or self.kind in LASTING else 1

    @property
    def begins_by_itself(self) -> bool:
        """Whether it is a condition that waits for a time, and for no call."""
        return self.kind in CONDITIONS and not self.when.waits_for_a_call

    def param(self, name: str) -> Any:
        """Return a parameter, or what it is if nobody says."""
        return self.params.get(name, DEFAULTS[self.kind][name])

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Read what `to_json` writes.

        Raises:
            ValueError: it is no fault.

        """
        try:
            when = When(**told.get("when", {}))
            rest = {name: told[name] for name in told if name not in ("when", "for")}
            return cls(when=when, for_=told.get("for"), **rest)
        except (TypeError, AttributeError) as error:
            raise ValueError(f"{told!r} is no fault: {error}") from error

    def to_json(self) -> dict[str, Any]:
        """Write it down."""
        when = {
            name: value
            for name, value in attrs.asdict(self.when).items()
            if value is not None
        }
        return {
            "id": self.id,
            "kind": self.kind.value,
            "where": self.where,
            "when": when,
            "for": self.for_,
            "params": dict(self.params),
        }
