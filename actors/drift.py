"""When a balance that no fill explains is booked, and as what: pure.

A difference may be a fill on its way, or a venue whose lists lag. So it has to be there
at several looks in a row, each made while nothing happened; then it is a deposit, a
withdrawal, an order of somebody else, and it is booked under a name that makes it the
same adjustment however often it is found.
"""

from collections.abc import Mapping
from decimal import Decimal

import attrs
from attrs import validators as must

from .evidence import BalanceAdjusted


@attrs.frozen(kw_only=True)
class DriftSettings:
    """`looks` have to agree; `dust` is the largest amount that is let be."""

    looks: int = attrs.field(default=3, validator=must.ge(1))
    dust: Decimal = attrs.field(
        default=Decimal(0), converter=Decimal, validator=must.ge(Decimal(0))
    )


@attrs.define
class Drift:
    """What was found at the last looks, by asset: expected, held, and how often."""

    settings: DriftSettings
    _seen: dict[str, tuple[Decimal, Decimal, int]] = attrs.field(
        factory=dict[str, tuple[Decimal, Decimal, int]], init=False
    )

    def look(
        self,
        expected: Mapping[str, Decimal],
        held: Mapping[str, Decimal],
        *,
        last_trade_id: int,
        time: float,
    ) -> list[BalanceAdjusted]:
        """Compare once more; return what is to be booked now.

        `last_trade_id` is the newest fill in `expected`.
        """
        found: list[BalanceAdjusted] = []
        for asset in sorted(expected.keys() | held.keys()):
            wanted = expected.get(asset, Decimal(0))
            has = held.get(asset, Decimal(0))
            if self._settles(asset, wanted, has):
                found.append(
                    BalanceAdjusted(
                        id=f"adj:{asset}:{wanted}:{has}:{last_trade_id}",
                        asset=asset,
                        amount=has - wanted,
                        last_trade_id=last_trade_id,
                        time=time,
                    )
                )
        return found

    def forget(self) -> None:
        """Begin anew: something happened in between."""
        self._seen.clear()

    @property
    def is_open(self) -> bool:
        """Whether there is a difference that was not booked."""
        return bool(self._seen)

    def _settles(self, asset: str, wanted: Decimal, has: Decimal) -> bool:
        if abs(has - wanted) <= self.settings.dust:
            self._seen.pop(asset, None)
            return False
        before = self._seen.get(asset)
        looks = 1
        if before is not None and before[:2] == (wanted, has):
            looks += before[2]
        self._seen[asset] = wanted, has, looks
        if looks < self.settings.looks:
            return False
        del self._seen[asset]
        return True
