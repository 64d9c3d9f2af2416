"""What a run has left behind: what was wanted, said and done, on every side."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from holdfast.actors.messages import Side
from holdfast.actors.queries import VenueOrder
from holdfast.actors.updates import PositionUpdated


@attrs.frozen
class VenueFill:
    """A trade of the account, as the venue has it."""

    trade_id: int
    side: Side
    quantity: Decimal


@attrs.frozen(kw_only=True)
class History:
    """One run, as all sides tell it.

    `intents` are the ids of what strategies wanted, `told` what they heard became of
    it, in order. `names` says by intent which client order ids were sent for it.
    `orders` and `fills` are the venue's truth, whatever it admitted. `differences` is
    what reconciliation had to say in the end, `unknown` how many orders were still in
    doubt.
    """

    intents: tuple[str, ...]
    told: tuple[PositionUpdated, ...]
    refused: frozenset[str]
    names: Mapping[str, tuple[str, ...]]
    orders: tuple[VenueOrder, ...]
    fills: tuple[VenueFill, ...]
    differences: tuple[str, ...]
    unknown: int
