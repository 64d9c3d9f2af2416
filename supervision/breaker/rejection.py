"""What a caller is told whose call was not sent."""

from collections.abc import Iterable

from ..outcome import NotSent
from .states import HoldKind, State


class BreakerRejected(NotSent):
    """The breaker kept this call back: not one byte of it was sent.

    `path` is the breaker's, `state` and `holds` are why, `retry_after` says in how many
    seconds it may pass (None: that does not depend on time alone), `evidence` are the
    last failures that led to it, the latest last. `is_full`: there was no room in the
    call's lane, which says nothing of the venue.
    """

    def __init__(  # noqa: PLR0913 - whoever is rejected wants to know all of it
        self,
        told: str,
        *,
        path: str,
        state: State,
        holds: Iterable[HoldKind] = (),
        retry_after: float | None = None,
        evidence: Iterable[str] = (),
        is_full: bool = False,
    ) -> None:
        self.path = path
        self.state = state
        self.holds = tuple(holds)
        self.retry_after = retry_after
        self.evidence = tuple(evidence)
        self.is_full = is_full
        super().__init__(f"not sent: {path} {told}", is_local=True)
