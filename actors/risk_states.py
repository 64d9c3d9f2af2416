"""Which scope is in which risk state, since when and why: a fold of what was decided.

Scopes are texts: `system`, `venue:spot`, `symbol:spot/BTCUSDT`,
`strategy:/root/strategy`. Each contains those after it, and what holds for a scope
holds for all within it.
"""

from collections.abc import Iterable, Mapping

import attrs

from .evidence import RiskArmed, RiskTightened
from .ladder import RiskLevel, strictest

SYSTEM = "system"

NEVER_ARMED = "nobody has armed this account yet"


@attrs.frozen(kw_only=True)
class Scopes:
    """The scopes that one symbol at one venue belongs to."""

    venue: str
    symbol: str

    @classmethod
    def of(cls, venue: str, symbol: str) -> "Scopes":
        """Name the scopes of a symbol at a venue."""
        return cls(venue=f"venue:{venue}", symbol=f"symbol:{venue}/{symbol}")

    def above(self, strategy: str) -> tuple[str, ...]:
        """Name all scopes that a strategy belongs to, the widest first."""
        return *self.wide, strategy_scope(strategy)

    def contains(self, outer: str, inner: str) -> bool:
        """Say whether a scope is another one, or lies within it."""
        if outer in {inner, SYSTEM}:
            return True
        if inner.startswith("strategy:"):
            return outer in {self.venue, self.symbol}
        return inner.startswith(f"{outer.replace('venue:', 'symbol:', 1)}/")

    @property
    def wide(self) -> tuple[str, ...]:
        """Name all scopes that the symbol belongs to, the widest first."""
        return SYSTEM, self.venue, self.symbol


def strategy_scope(strategy: str) -> str:
    """Name the scope of a strategy."""
    return f"strategy:{strategy}"


@attrs.frozen(kw_only=True)
class ScopeState:
    """Where a scope stands; `since` in wall seconds, `causes` are names of limits."""

    scope: str
    level: RiskLevel = RiskLevel.ACTIVE
    since: float = 0.0
    why: str = ""
    causes: frozenset[str] = frozenset()

    def entry(self) -> RiskTightened:
        """Return the decision that leads here."""
        return RiskTightened(
            scope=self.scope,
            level=self.level,
            reason=self.why,
            causes=tuple(sorted(self.causes)),
            time=self.since,
        )


_ACTIVE = ScopeState(scope=SYSTEM)


class RiskStates:
    """The states of all scopes; one that nothing was decided about is ACTIVE."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        self._states: dict[str, ScopeState] = {}
        self._journalled = False

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever decided here."""
        return not self._journalled

    def apply(self, entry: RiskTightened | RiskArmed) -> None:
        """Take in a decision; tightening never loosens, whatever it says."""
        self._journalled = True
        if isinstance(entry, RiskArmed):
            for scope in list(self._states):
                if self._scopes.contains(entry.scope, scope):
                    del self._states[scope]
            return
        before = self.of(entry.scope)
        level = strictest(before.level, RiskLevel(entry.level))
        causes = before.causes | set(entry.causes)
        if level is before.level and level is not RiskLevel.ACTIVE:
            self._states[entry.scope] = attrs.evolve(before, causes=causes)
            return
        self._states[entry.scope] = ScopeState(
            scope=entry.scope,
            level=level,
            since=entry.time,
            why=entry.reason,
            causes=causes,
        )

    def of(self, scope: str) -> ScopeState:
        """Return the state of one scope by itself."""
        return self._states.get(scope, ScopeState(scope=scope))

    def for_strategy(self, strategy: str) -> ScopeState:
        """Return the strictest state that holds for a strategy."""
        if not self._states:
            return _ACTIVE
        return self._strictest(self._scopes.above(strategy))

    def for_symbol(self) -> ScopeState:
        """Return the strictest state that holds for the symbol as a whole."""
        return self._strictest(self._scopes.wide)

    def _strictest(self, scopes: Iterable[str]) -> ScopeState:
        states = (self._states.get(scope, _ACTIVE) for scope in scopes)
        return max(states, key=lambda each: each.level.strictness)

    def halted_within(self) -> Mapping[str, int]:
        """Count for each scope of this symbol how many just below it are HALTED."""
        halted = [
            each.scope
            for each in self._states.values()
            if each.level is RiskLevel.HALTED
        ]
        here = self._scopes.symbol
        return {
            here: sum(each.startswith("strategy:") for each in halted),
            self._scopes.venue: sum(
                each.startswith("symbol:") and self._scopes.contains(venue, each)
                for each in halted
                for venue in (self._scopes.venue,)
            ),
            SYSTEM: sum(each.startswith("venue:") for each in halted),
        }

    def tightened(self) -> tuple[ScopeState, ...]:
        """Return the scopes that are not ACTIVE."""
        return tuple(
            each for each in self._states.values() if each.level is not RiskLevel.ACTIVE
        )
