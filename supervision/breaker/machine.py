"""The state of a breaker, and what each event does to it: pure, time is an argument."""

import copy
from collections import deque
from collections.abc import Collection, Mapping
from typing import Self

from .actions import ACTIONS, GUARDS, why_bad
from .admission import Row, admission
from .settings import BreakerSettings
from .states import Change, Event, Hold, HoldKind, State
from .table import TABLE, Table
from .window import Window

EVIDENCE = 8
"""How many of the last failures are kept to explain what was decided."""


class Machine:
    """See the table. Times are seconds of a clock that never runs backwards.

    `generation` counts transitions into another state; calls of an earlier one say
    nothing any more. `chance`, from -1 to 1, spreads the next wait: whoever owns the
    machine draws it anew after each change, takes `changes` out, and calls `tick` when
    `next_due` says so. `depth_needed` is what a trial must have proved before an order
    is tried, `height` what one has, `depth` what the present one would.
    """

    __slots__ = (
        "_counts",
        "_row",
        "_slow_call",
        "_ticket",
        "attempt",
        "chance",
        "changes",
        "closed_at",
        "depth",
        "depth_needed",
        "dwell_until",
        "evidence",
        "forced_until",
        "generation",
        "height",
        "holds",
        "late",
        "permits",
        "settings",
        "side_at",
        "state",
        "successes",
        "table",
        "unresolved",
        "warned",
        "window",
        "would_open",
    )

    def __init__(
        self, settings: BreakerSettings, *, depth_needed: int = 1, table: Table = TABLE
    ) -> None:
        self.settings = settings
        self.table = table
        self.depth_needed = depth_needed
        self.window = Window(settings.window, settings.buckets)
        self.state = State.CLOSED
        self.generation = 1
        self.holds: dict[HoldKind, Hold] = {}
        self.unresolved: dict[str, str] = {}
        self.evidence: deque[str] = deque(maxlen=EVIDENCE)
        self.changes: list[Change] = []
        self.attempt: int = 0
        self.permits: int = 0
        self.successes: int = 0
        self.height: int = 0
        self.depth: int = 0
        self.late: int = 0
        self.would_open: int = 0
        self.warned = False
        self.chance = self.closed_at = self.side_at = 0.0
        self.dwell_until: float | None = None
        self.forced_until: float | None = None
        self._slow_call = settings.slow_call
        self._row: Row = {}
        self._ticket = 0
        self._counts = True
        self._refresh()

    def copy(self) -> Self:
        """Return another one in the same state, which shares nothing that changes."""
        shared = (self.settings, self.table)
        return copy.deepcopy(self, {id(each): each for each in shared})

    # -- facts: they are never stale --

    def throttled(self, seconds: float, now: float, *, is_ban: bool, why: str) -> None:
        """Leave the dependency alone for `seconds`, as it said, and a little longer."""
        spread = self.settings.jitter * self.settings.first_open * (1 + self.chance) / 2
        until = now + max(0.0, seconds) + spread
        kind = HoldKind.BAN if is_ban else HoldKind.UNTIL
        before = self.holds.get(kind)
        if before is not None and before.until is not None:
            until = max(until, before.until)
        self._hold(Hold(kind, until, why), now)

    def not_accepted(self, now: float, why: str) -> None:
        """Stay open until an operator unlocks: the key is not accepted."""
        self._hold(Hold(HoldKind.OPERATOR, None, why), now)

    def unknown(self, call: str, now: float, why: str) -> None:
        """Note a changing call whose outcome nobody knows; too many hold it open."""
        self.unresolved[call] = why
        if len(self.unresolved) >= self.settings.unresolved:
            self._hold(Hold(HoldKind.RECONCILE, None, self._told_unresolved()), now)

    def reconciled(self, calls: Collection[str], now: float, why: str = "") -> None:
        """Note that it is known what became of these calls; of all if none is named."""
        for call in calls or list(self.unresolved):
            self.unresolved.pop(call, None)
        if HoldKind.RECONCILE not in self.holds:
            return
        if len(self.unresolved) < self.settings.unresolved:
            self._lift([HoldKind.RECONCILE], now, why or "reconciled")
        else:
            told = self._told_unresolved()
            self.holds[HoldKind.RECONCILE] = Hold(HoldKind.RECONCILE, None, told)

    # -- what an operator says --

    def unlock(self, now: float, why: str) -> None:
        """Lift what only an operator can lift."""
        if HoldKind.OPERATOR in self.holds:
            self._lift([HoldKind.OPERATOR], now, why)

    def force_open(self, now: float, why: str, ttl: float | None = None) -> None:
        """Open it for `ttl` seconds, or until it is reset."""
        self._happened(Event.FORCE_OPEN, now, why)
        self.forced_until = None if ttl is None else now + ttl

    def disable(self, now: float, why: str) -> None:
        """Let all calls pass, and judge none."""
        self._happened(Event.DISABLE, now, why)

    def only_measure(self, now: float, why: str) -> None:
        """Let all calls pass, and tell when it would have opened."""
        self._happened(Event.ONLY_MEASURE, now, why)

    def reset(self, now: float, why: str, *, force: bool = False) -> bool:
        """Close it; False if something holds it that a reset must not forget.

        That is anything but the timer, unless `force` says to forget it all the same.
        """
        if force:
            self.holds.clear()
            self.unresolved.clear()
        before = self.generation
        self._happened(Event.RESET, now, why)
        return self.generation != before

    # -- time --

    def next_due(self) -> float | None:
        """Return when to call `tick`, if nothing else happens before."""
        if not self.holds and self.dwell_until is None and self.forced_until is None:
            return None
        times = [self.dwell_until, self.forced_until]
        times += [hold.until for hold in self.holds.values()]
        return min((each for each in times if each is not None), default=None)

    def tick(self, now: float) -> None:
        """Take note that it is this late."""
        over = [
            kind
            for kind, hold in self.holds.items()
            if hold.until is not None and hold.until <= now
        ]
        if over:
            self._lift(over, now, f"{' and '.join(over)} over")
        if self.dwell_until is not None and self.dwell_until <= now:
            limit = self.settings.dwell_limit
            self._happened(
                Event.DWELL_OVER, now, f"no answer to a trial in {limit:g} s"
            )
        if self.forced_until is not None and self.forced_until <= now:
            self.forced_until = None
            self._happened(Event.TTL_OVER, now, "it was forced open for so long only")

    def restarted(self, lost: Mapping[str, str], now: float) -> None:
        """Go on after a crash of whoever owns it: no call under way is heard of.

        `lost` are the changing ones among those, with what is known of them.
        """
        ACTIONS["new_generation"](self, now)
        if self.state is State.HALF_OPEN:
            ACTIONS["grant_permits"](self, now)
        self._refresh()
        for call, why in lost.items():
            self.unknown(call, now, why)

    # -- inside --

    def _hold(self, hold: Hold, now: float) -> None:
        self.holds[hold.kind] = hold
        self._happened(Event.FACT, now)

    def _lift(self, kinds: Collection[HoldKind], now: float, why: str) -> None:
        for kind in kinds:
            del self.holds[kind]
        self._refresh()
        self._happened(Event.LIFTED, now, why)

    def _happened(self, event: Event, now: float, why: str = "") -> None:
        """Do what the table says."""
        before = self.state
        for rule in self.table.get((before, event), ()):
            if not GUARDS[rule.guard](self, now):
                continue
            if event is Event.BAD:
                why = why_bad(self, now)
            self.state = rule.after
            for action in rule.actions:
                ACTIONS[action](self, now)
            self._refresh()
            if rule.tells or rule.after is not before:
                moved = f"{before} -> " if rule.after is not before else ""
                self._tell(f"{moved}{self.state}", why, before, now)
            elif "warn" in rule.actions and not self.warned:
                self._tell("it would have opened", why, before, now)
                self.warned = event is Event.BAD
            return

    def _refresh(self) -> None:
        """Have at hand what each call needs to know."""
        state = self.state
        self._row = admission(state, self.holds)
        self._ticket = self.generation << 2
        self._counts = state in (State.CLOSED, State.METRICS_ONLY)

    def _tell(self, what: str, why: str, before: State, now: float) -> None:
        holds = "; ".join(hold.told(now) for hold in self.holds.values())
        because = f": {why}" if why else ""
        held = f"; held by {holds}" if holds else ""
        told = f"{what}{because}{held}"
        self.changes.append(Change(before, self.state, told))

    def _told_unresolved(self) -> str:
        named = ", ".join(list(self.unresolved)[:EVIDENCE])
        more = len(self.unresolved) - EVIDENCE
        return f"nobody knows what became of {named}" + (
            f" and {more} more" * (more > 0)
        )
