"""The breaker as an actor in front of another: same messages, same replies.

What it lets pass goes on as an ask that does not block, in the lane of its class; the
reply follows. What it rejects fails with `BreakerRejected`, and was never sent.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, ClassVar

import attrs

from ..outcome import CallClass, CallFailed, call_class
from ..runtime.reference import Ref
from .admission import DEPTH
from .commands import BreakerCommandRefused, BreakerReport, Reconciled
from .lanes import LANE_OF, Call
from .operating import Command, in_short, obey, report
from .settings import BreakerSettings
from .states import Sample, State
from .traffic import Traffic

DEFAULTS = BreakerSettings()

PROBE_AGAIN = 1.0
"""Seconds after which a probe is sent again that never left."""


class CircuitBreaker(Traffic):
    """Stands before `to`; see `BreakerSettings` for what the other arguments mean.

    `key` names the attribute by which a changing call is known to whoever says
    `Reconciled`; without one, a call is known by its kind and a number. A read that was
    certainly not sent is answered by `fallback_to`, if there is one, or by a `LastGood`
    if `fallback` is "last_good"; an order never is. `fallback_for` names the classes of
    reads for which that holds.
    """

    may_fall_back: ClassVar[frozenset[CallClass]] = frozenset(
        each for each in CallClass if not each.changes_the_venue
    )
    """What `fallback_for` may name, and names if it is left out."""

    replies_with: ClassVar[tuple[type[Exception], ...]] = (
        CallFailed,
        BreakerCommandRefused,
    )

    def __init__(  # noqa: PLR0913 - all that a breaker may be told, by name
        self,
        to: Ref,
        *,
        key: str = "",
        fallback: str = "error",
        fallback_to: Ref | None = None,
        fallback_for: Sequence[str] | None = None,
        window: float = DEFAULTS.window,
        buckets: int = DEFAULTS.buckets,
        minimum_volume: int = DEFAULTS.minimum_volume,
        failure_rate: float = DEFAULTS.failure_rate,
        slow_call: float = DEFAULTS.slow_call,
        slow_rate: float = DEFAULTS.slow_rate,
        consecutive: int | None = DEFAULTS.consecutive,
        first_open: float = DEFAULTS.first_open,
        longest_open: float = DEFAULTS.longest_open,
        jitter: float = DEFAULTS.jitter,
        healthy: float = DEFAULTS.healthy,
        permits: int = DEFAULTS.permits,
        needed: int = DEFAULTS.needed,
        timeout: float = DEFAULTS.timeout,
        dwell: float | None = DEFAULTS.dwell,
        unresolved: int = DEFAULTS.unresolved,
        side_budget: float = DEFAULTS.side_budget,
        lanes: Mapping[str, Any] = DEFAULTS.lanes,
    ) -> None:
        given = dict(locals())
        names = attrs.fields_dict(BreakerSettings)
        settings = BreakerSettings(**{name: given[name] for name in names})
        self._probes = _checked_probes(self.probes())
        self._probe_ticket = 0
        super().__init__(
            _checked_ref("to", to),
            settings,
            depth_needed=max((DEPTH[call_class(x)] for x in self._probes), default=1),
            key=key,
            fallback_to=fallback_to and _checked_ref("fallback_to", fallback_to),
            keeps_good=_checked_fallback(fallback, fallback_to),
            fallback_for=self._checked_classes(fallback_for),
        )

    def probes(self) -> Sequence[Any]:
        """Return the harmless reads that are asked after an outage, in this order.

        Public first, then with the key. They are sent on the breaker's own accord, the
        last one again and again until enough were good; no order is tried before one of
        each depth was. Without any, the next real read is the probe.
        """
        return ()

    def _checked_classes(self, given: Sequence[str] | None) -> frozenset[CallClass]:
        if given is None:
            return self.may_fall_back
        allowed = sorted(self.may_fall_back)
        wrong = [each for each in given if each not in allowed]
        if isinstance(given, str) or wrong:
            raise ValueError(
                f"fallback_for must be a list of {', '.join(allowed)}, was {given!r}:"
                " for anything else nobody but who was asked can answer"
            )
        return frozenset(map(CallClass, given))

    # -- the actor --

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave no caller waiting either."""
        del exception_type, exception_value, traceback
        self.on_stop()

    def on_receive(self, message: Any) -> Any:
        """Obey, or let a call pass."""
        if isinstance(message, Command):
            return self._obey(message)
        if self.redelivered:
            self.unhandled(message, "redelivered: it may have been sent already")
            return None
        call = self._arrived(message)
        self._take(call, self._lane(call))
        return call.reply

    def facts(self) -> Mapping[str, Any]:
        """Tell how it is, in short."""
        return in_short(self._core, self._kept.rejected, self.clock.now())

    # -- what it is told --

    def _obey(self, command: Command) -> BreakerReport:
        now = self.clock.now()
        if isinstance(command, Reconciled):
            for call in self._kept.calls.values():
                call.is_known = call.is_known or call.name in command.calls
        obey(self._core, command, now)
        self._follow_up()
        lanes = self._lanes.values()
        return report(self._core, self.path, lanes, self._kept.rejected, now)

    # -- probing --

    def _follow_up(self) -> None:
        super()._follow_up()
        self._probe()

    def _go_on(self, call: Call, sample: Sample) -> None:
        if call.is_probe and call.ticket == self._probe_ticket:
            if sample is Sample.NEUTRAL:
                self.after(PROBE_AGAIN, self._probe_again)
            else:
                self._probe_ticket = 0
        super()._go_on(call, sample)

    def _probe_again(self) -> None:
        self._probe_ticket = 0
        self._probe()

    def _probe(self) -> None:
        """Ask the next harmless read, if nobody knows yet whether it answers."""
        core = self._core
        if core.state is not State.HALF_OPEN or core.is_current(self._probe_ticket):
            return
        if not self._probes:
            return
        message = self._probes[min(core.successes, len(self._probes) - 1)]
        lane = self._lanes[LANE_OF[call_class(message)]]
        if lane.has_slot and core.admits(call_class(message)):
            call = self._arrived(message, is_probe=True)
            self._begin(call, lane)
            self._probe_ticket = call.ticket


def _checked_ref(name: str, given: object) -> Ref:
    if not isinstance(given, Ref):
        raise TypeError(
            f'{name} must be a reference to an actor, {{"$ref": "/root/exchange"}}, was'
            f" {given!r}"
        )
    return given


def _checked_fallback(fallback: str, other: Ref | None) -> bool:
    """Say whether good answers are kept."""
    if fallback not in ("error", "last_good"):
        raise ValueError(f'fallback must be "error" or "last_good", was {fallback!r}')
    if fallback == "last_good" and other is not None:
        raise ValueError('give either fallback "last_good" or fallback_to, not both')
    return fallback == "last_good"


def _checked_probes(probes: Sequence[Any]) -> Sequence[Any]:
    for each in probes:
        if call_class(each).changes_the_venue:
            raise ValueError(f"a probe must be a read, {type(each).__name__} is none")
    return probes
