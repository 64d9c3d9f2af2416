"""Keeps the risk states: limits that break tighten them, a person loosens them.

What was decided is in force at once and is written down; a person's `Arm` is written
down before it is in force.
"""

from collections.abc import Callable, Mapping

import attrs

from ..supervision.runtime.actor import Actor
from .evidence import RiskArmed, RiskTightened
from .journal_writer import JournalWriter
from .ladder import RiskLevel, climbed
from .limit_uses import Use
from .risk_states import RiskStates, Scopes
from .watch_limits import WatchLimits


@attrs.define
class Guard:
    """The states of one symbol, kept as turns of `actor`.

    `tightened` is called with what has changed, once it is in force.
    """

    actor: Actor
    scopes: Scopes
    limits: WatchLimits
    states: RiskStates
    writer: JournalWriter | None
    tightened: Callable[[RiskTightened], object]
    uses: tuple[Use, ...] = attrs.field(default=(), init=False)
    _broken_since: dict[tuple[str, str], float] = attrs.field(
        factory=dict[tuple[str, str], float], init=False
    )
    _near: set[tuple[str, str]] = attrs.field(factory=set[tuple[str, str]], init=False)

    def tighten(
        self, scope: str, level: RiskLevel, reason: str, causes: tuple[str, ...] = ()
    ) -> None:
        """Bring a scope to a level, unless it is as strict already."""
        before = self.states.of(scope).level
        if level.strictness <= before.strictness:
            return
        entry = RiskTightened(
            scope=scope,
            level=level,
            reason=reason,
            causes=causes,
            time=self.actor.clock.wall(),
        )
        self.states.apply(entry)
        if self.writer is not None:
            self.writer.keep(entry)
        self.actor.alarm(f"{scope} is {level.upper()}: {reason}")
        self.tightened(entry)

    def arm(self, armed: RiskArmed) -> None:
        """Loosen a scope, and all within it; it has been written down."""
        self.states.apply(armed)
        self._broken_since = {
            (scope, limit): since
            for (scope, limit), since in self._broken_since.items()
            if not self.scopes.contains(armed.scope, scope)
        }
        self.actor.alarm(f"{armed.scope} is armed: {armed.reason}")

    def heard(self, decided: RiskTightened | RiskArmed) -> None:
        """Heed what was decided elsewhere; what holds here is armed here alone.

        What was halted elsewhere and is armed again counts no longer as halted.
        """
        if isinstance(decided, RiskTightened):
            self.tighten(decided.scope, decided.level, decided.reason, decided.causes)
        elif decided.scope not in self.scopes.wide:
            self.states.apply(decided)

    def is_broken(self, scope: str, limit: str) -> bool:
        """Say whether a limit was found broken the last time."""
        return (scope, limit) in self._broken_since

    def look(self, uses: tuple[Use, ...]) -> None:
        """Take in what is used of the limits, and do what has to be done about it."""
        self.uses = uses
        now = self.actor.clock.now()
        broken = {(use.scope, use.limit): use for use in uses if use.is_broken}
        self._broken_since = {key: self._broken_since.get(key, now) for key in broken}
        self._warn(uses)
        by_scope: dict[str, dict[str, Use]] = {}
        for (scope, limit), use in broken.items():
            by_scope.setdefault(scope, {})[limit] = use
        for scope, found in by_scope.items():
            self._climb(scope, found, now)

    def _climb(self, scope: str, found: Mapping[str, Use], now: float) -> None:
        state = self.states.of(scope)
        level = climbed(
            state.level,
            state.causes,
            {
                limit: now - self._broken_since[scope, limit] if use.lasts else 0.0
                for limit, use in found.items()
            },
            persists=self.limits.persists,
        )
        if any(use.halts for use in found.values()):
            level = RiskLevel.HALTED
        reason = ", ".join(f"{use} is too much" for use in found.values())
        if level is RiskLevel.HALTED and state.level is RiskLevel.REDUCING:
            reason += ", while it was REDUCING already"
        self.tighten(scope, level, reason, tuple(sorted(found)))

    def _warn(self, uses: tuple[Use, ...]) -> None:
        """Tell once when a limit comes near, and again only after it was far."""
        near = {
            (use.scope, use.limit): use for use in uses if use.is_near(self.limits.soft)
        }
        for key in sorted(near.keys() - self._near):
            use = near[key]
            if not use.is_broken:
                self.actor.alarm(f"a limit is near: {use}")
        self._near = set(near)
