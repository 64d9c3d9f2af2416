"""The ladder of risk states: what a breach does to a scope. Pure, and one way only.

ACTIVE -> REDUCING -> HALTED. Nothing here ever loosens: that is for a person.
"""

import enum
from collections.abc import Collection, Mapping


class RiskLevel(enum.StrEnum):
    """What may be done in a scope.

    ACTIVE: anything that breaks no limit. REDUCING: what can only make the position
    smaller, and orders that can't are cancelled. HALTED: nothing but cancels, and all
    open orders are cancelled.
    """

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"

    @property
    def strictness(self) -> int:
        """Return a number that is larger the less may be done."""
        return list(RiskLevel).index(self)


def strictest(*levels: RiskLevel) -> RiskLevel:
    """Return the level that allows least; ACTIVE if there is none."""
    return max(levels, key=lambda each: each.strictness, default=RiskLevel.ACTIVE)


def climbed(
    level: RiskLevel,
    causes: Collection[str],
    breaches: Mapping[str, float],
    *,
    persists: float,
) -> RiskLevel:
    """Return where a scope stands after these breaches of hard limits.

    `causes` are the limits that brought it to its level, `breaches` for how many
    seconds which limits have been broken without a pause. The first breach leads to
    REDUCING; one that has lasted for `persists` seconds, or a second limit, to HALTED.
    """
    if not breaches or level is RiskLevel.HALTED:
        return level
    second = set(breaches) - set(causes)
    lasts = max(breaches.values()) >= persists
    if level is RiskLevel.ACTIVE:
        return RiskLevel.HALTED if lasts or len(breaches) > 1 else RiskLevel.REDUCING
    return RiskLevel.HALTED if second or lasts else RiskLevel.REDUCING
