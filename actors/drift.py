"""When a balance that no fill explains is booked, and as what: pure.

A difference may be a fill on its way, or a venue whose lists lag. So it has to be there
at several looks, with time between them, each made while nothing was in doubt; then it
is a deposit, a withdrawal, an order of somebody else. What is booked has a name: the
same difference, found again after a crash, is the same adjustment, and one that comes
later is another.
"""

import enum
from collections.abc import Iterable
from decimal import Decimal, localcontext

import attrs
from attrs import validators as must

from .evidence import BalanceAdjusted
from .limits import exact
from .summary import plain
from .venue_rules import EXACT, NOTHING


class DriftPolicy(enum.StrEnum):
    """What follows when a difference is booked: the venue's balance is the truth.

    ADOPT: no more than that. ALARM: somebody is told. REDUCE: risk is told as well, and
    holds it against `max_balance_drift`.
    """

    ADOPT = "adopt"
    ALARM = "alarm"
    REDUCE = "reduce"


@attrs.frozen(kw_only=True)
class DriftSettings:
    """`looks` have to agree, with `apart` seconds or more between them.

    `dust` is the largest amount of an asset that is let be.
    """

    policy: DriftPolicy = attrs.field(default=DriftPolicy.REDUCE, converter=DriftPolicy)
    looks: int = attrs.field(default=2, validator=must.ge(2))
    apart: float = attrs.field(default=5.0, validator=must.gt(0.0))
    dust: Decimal = attrs.field(
        default=NOTHING, converter=exact, validator=must.ge(NOTHING)
    )


@attrs.frozen
class Difference:
    """What is expected of an asset, and what the account holds of it."""

    asset: str
    expected: Decimal
    held: Decimal

    @property
    def amount(self) -> Decimal:
        """How much more there is than is expected."""
        with localcontext(EXACT):
            return self.held - self.expected

    def booked(
        self, *, number: int, last_trade_id: int, time: float
    ) -> BalanceAdjusted:
        """Return the adjustment that explains it, the `number`-th of the account.

        `last_trade_id` is the newest fill in what is expected.
        """
        values = f"{plain(self.expected)}:{plain(self.held)}:{last_trade_id}:{number}"
        return BalanceAdjusted(
            id=f"adj:{self.asset}:{values}",
            asset=self.asset,
            amount=self.amount,
            last_trade_id=last_trade_id,
            time=time,
        )


@attrs.define
class Drift:
    """What was found at the last looks: by asset the difference, when, how often."""

    settings: DriftSettings
    _seen: dict[str, tuple[Difference, float, int]] = attrs.field(
        factory=dict[str, tuple[Difference, float, int]], init=False
    )

    def look(self, found: Iterable[Difference], now: float) -> list[Difference]:
        """Look at assets once more; return what is to be booked now.

        `now` is in seconds of a clock that only goes on.
        """
        return [each for each in found if self._settles(each, now)]

    def forget(self) -> None:
        """Begin anew: something happened in between."""
        self._seen.clear()

    def _settles(self, found: Difference, now: float) -> bool:
        asset = found.asset
        if abs(found.amount) <= self.settings.dust:
            self._seen.pop(asset, None)
            return False
        before, at, looks = self._seen.get(asset, (None, now, 0))
        if before != found:
            at, looks = now, 1
        elif now - at >= self.settings.apart:
            at, looks = now, looks + 1
        self._seen[asset] = found, at, looks
        if looks < self.settings.looks:
            return False
        del self._seen[asset]
        return True
