"""What an account should hold that several positions trade on: pure.

Each knows the fills of its own symbol. What they all changed is added up, and each
asset is judged by one of them, so that no difference is found twice.
"""

from collections.abc import Mapping
from decimal import Decimal, localcontext

import attrs

from .updates import Changes
from .venue_rules import EXACT, NOTHING


@attrs.frozen
class SharedAccount:
    """What was asked at one moment: `changes` by the path of who answered.

    `me` is the path of who asked, and is among them.
    """

    me: str
    changes: Mapping[str, Changes]

    def judge(self, asset: str) -> str:
        """Return the path of who judges an asset: the first who trades it."""
        trading = [p for p, each in self.changes.items() if asset in each.assets]
        return min(trading or self.changes)

    def is_mine(self, asset: str) -> bool:
        """Say whether an asset is for whoever asked to judge."""
        return self.judge(asset) == self.me

    def by_others(self) -> dict[str, Decimal]:
        """Return what the others have changed of each asset."""
        amounts: dict[str, Decimal] = {}
        with localcontext(EXACT):
            for path, each in self.changes.items():
                if path == self.me:
                    continue
                for asset, amount in each.amounts.items():
                    amounts[asset] = amounts.get(asset, NOTHING) + amount
        return amounts


def added(
    one: Mapping[str, Decimal], other: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """Add up amounts, asset by asset."""
    with localcontext(EXACT):
        return {
            asset: one.get(asset, NOTHING) + other.get(asset, NOTHING)
            for asset in one.keys() | other.keys()
        }
