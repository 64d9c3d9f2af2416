"""Begins and ends what lasts: closed doors, wrong clocks, a venue that stands still."""

from collections.abc import Callable
from typing import Protocol

from holdfast.testing.venue.core import VenueCore
from holdfast.testing.venue.faults.effects import trade_on_the_account
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.gate import Gate
from holdfast.testing.venue.faults.kinds import FaultKind


class Timer(Protocol):
    """A call that will come later."""

    def cancel(self) -> None:
        """Let it not come."""
        ...


class Doors(Protocol):
    """How clients get in and out."""

    def refuse(self) -> None:
        """Close the door, and throw out who is in."""
        ...

    def listen(self) -> None:
        """Open the door again."""
        ...

    def disconnect(self, where: str) -> None:
        """Cut the websockets that this names."""
        ...

    def terminate(self, where: str, last_words: str) -> None:
        """Say this on the websockets that this names, and nothing any more."""
        ...


Later = Callable[[float, Callable[[], None]], Timer]


class Conditions:
    """The faults that have begun and not ended."""

    def __init__(self, core: VenueCore, gate: Gate, doors: Doors, later: Later) -> None:
        self._core = core
        self._gate = gate
        self._doors = doors
        self._later = later
        self._begun: dict[str, Fault] = {}
        self._timers: list[Timer] = []

    def begin_after(self, seconds: float, fault: Fault, note: "Begin") -> None:
        """Begin it in some seconds, and say so."""

        def begin() -> None:
            note(fault)
            self.begin(fault)

        if seconds > 0:
            self._timers.append(self._later(seconds, begin))
        else:
            begin()

    def begin(self, fault: Fault) -> None:
        """Begin it now; it ends after its time, if it has one."""
        self._begun[fault.id] = fault
        match fault.kind:
            case FaultKind.REFUSED:
                self._doors.refuse()
            case FaultKind.HALF_OPEN:
                self._gate.freeze(fault)
            case FaultKind.CLOCK_SKEW:
                self._core.clock.skew += float(fault.param("seconds"))
            case FaultKind.DISCONNECT:
                self._doors.disconnect(fault.where)
            case FaultKind.TERMINATED:
                self._doors.terminate(fault.where, str(fault.param("text")))
            case _:
                trade_on_the_account(self._core, fault)
        if fault.for_ is not None:
            self._timers.append(self._later(fault.for_, lambda: self._end(fault)))

    def heal(self) -> None:
        """End all of them; none begins any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for fault in tuple(self._begun.values()):
            self._end(fault)

    def _end(self, fault: Fault) -> None:
        if self._begun.pop(fault.id, None) is None:
            return
        match fault.kind:
            case FaultKind.REFUSED:
                self._doors.listen()
            case FaultKind.HALF_OPEN:
                self._gate.thaw(fault)
            case FaultKind.CLOCK_SKEW:
                self._core.clock.skew -= float(fault.param("seconds"))
            case _:
                pass


Begin = Callable[[Fault], None]
