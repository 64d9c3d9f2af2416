"""Decides which fault strikes which call or frame, and counts what has struck."""

import threading
from collections.abc import Callable, Iterable

import attrs

from holdfast.supervision.runtime.randomness import Randomness
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.kinds import (
    ANSWERS,
    ANYWHERE,
    CONDITIONS,
    FaultKind,
)


@attrs.frozen(kw_only=True)
class Occasion:
    """A call, a frame or a connection that faults may strike.

    `intent` is the place of its client order id among all that were seen, from 1.
    """

    names: frozenset[str]
    client_order_id: str = ""
    intent: int = 0


@attrs.define
class _Armed:
    fault: Fault
    since: float
    matched: int = 0
    fired: int = 0


class Injector:
    """The faults that are armed; `elapsed` tells seconds.

    The same seed and the same calls meet the same faults: what one of them draws
    depends on its id and on how many calls matched it, not on the others.
    """

    def __init__(self, randomness: Randomness, elapsed: Callable[[], float]) -> None:
        self._randomness = randomness
        self._elapsed = elapsed
        self._armed: dict[str, _Armed] = {}
        self._fired: dict[str, int] = {}
        self._counted = threading.Condition()

    def arm(self, fault: Fault) -> None:
        """Let a fault strike from now on.

        Raises:
            ValueError: a fault with its id was armed before.

        """
        if fault.id in self._fired:
            raise ValueError(f"there was a fault {fault.id} before: ids count them")
        self._armed[fault.id] = _Armed(fault, self._elapsed())
        self._fired[fault.id] = 0

    def heal(self) -> None:
        """Let none strike any more; what has struck stays counted."""
        self._armed.clear()

    @property
    def fired(self) -> dict[str, int]:
        """How often each fault has struck that was ever armed; 0: never."""
        return dict(self._fired)

    def armed(self) -> list[Fault]:
        """List the faults that may strike."""
        return [each.fault for each in self._armed.values()]

    def count(self, fault: Fault) -> None:
        """Note that a fault has struck."""
        with self._counted:
            self._fired[fault.id] += 1
            self._counted.notify_all()
        armed = self._armed.get(fault.id)
        if armed:
            armed.fired += 1

    def wait_for(self, fault_id: str, times: int, patience: float) -> bool:
        """Block another thread until a fault has struck so often; False: it hasn't."""
        with self._counted:
            return self._counted.wait_for(
                lambda: self._fired.get(fault_id, 0) >= times, patience
            )

    def strike(self, kinds: Iterable[FaultKind], occasion: Occasion) -> list[Fault]:
        """Return the faults of these kinds that strike now, in the order of arming.

        Of those that answer instead of the venue only the first does.
        """
        struck: list[Fault] = []
        is_answered = False
        for armed in tuple(self._armed.values()):
            fault = armed.fault
            if fault.kind not in kinds or not self._matches(armed, occasion):
                continue
            armed.matched += 1
            answers = fault.kind in ANSWERS
            if (answers and is_answered) or not self._is_due(armed):
                continue
            is_answered = is_answered or answers
            self.count(fault)
            struck.append(fault)
        return struck

    def _matches(self, armed: _Armed, occasion: Occasion) -> bool:
        fault, when = armed.fault, armed.fault.when
        begun = self._elapsed() - armed.since - when.at
        ends = fault.for_ if fault.kind not in CONDITIONS else None
        return (
            not fault.begins_by_itself
            and fault.where in (ANYWHERE, *occasion.names)
            and begun >= 0
            and (ends is None or begun < ends)
            and when.client_order_id in (None, occasion.client_order_id)
            and when.intent in (None, occasion.intent)
        )

    def _is_due(self, armed: _Armed) -> bool:
        fault, when = armed.fault, armed.fault.when
        if fault.times is not None and armed.fired >= fault.times:
            return False
        if when.nth is not None and armed.matched < when.nth:
            return False
        if when.probability is None:
            return True
        chance = self._randomness.stream("fault", fault.id, armed.matched)
        return chance.random() < when.probability
