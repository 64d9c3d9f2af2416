"""What a run has left behind: what was wanted, said and done, on every side."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from holdfast.actors.evidence import Entry
from holdfast.actors.execution import Execution
from holdfast.actors.ledger import totals
from holdfast.actors.messages import OrderFilled, PlaceOrder, Side
from holdfast.actors.order_journal import OrderJournal
from holdfast.actors.order_store import OrderStore
from holdfast.actors.queries import Balances, VenueOrder
from holdfast.actors.updates import PositionUpdated
from holdfast.supervision import ActorSystem, Describe
from holdfast.testing.chaos.workload import Witness


@attrs.frozen(kw_only=True)
class Fill:
    """A trade of the account, as far as both sides tell the same of it."""

    trade_id: int
    client_order_id: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str

    @classmethod
    def told(cls, fill: OrderFilled) -> "Fill":
        """Take over what was told of one."""
        names = (each.name for each in attrs.fields(cls))
        return cls(**{name: getattr(fill, name) for name in names})

    def __str__(self) -> str:
        return (
            f"{self.trade_id} of {self.client_order_id}: {self.side} {self.quantity}"
            f" at {self.price}, fee {self.fee} {self.fee_asset}"
        )


@attrs.frozen(kw_only=True)
class History:
    """One run, as all sides tell it.

    `intents` are the ids of what strategies wanted, `told` what they heard became of
    it, in order. `names` says by intent which client order ids were sent for it.
    `orders`, `fills` and `balances` (totals by asset) are the venue's truth, whatever
    it admitted. `differences` is what reconciliation had to say in the end, `unknown`
    how many orders were still in doubt.
    """

    intents: tuple[str, ...]
    told: tuple[PositionUpdated, ...]
    refused: frozenset[str]
    names: Mapping[str, tuple[str, ...]]
    orders: tuple[VenueOrder, ...]
    fills: tuple[Fill, ...]
    balances: Mapping[str, Decimal]
    differences: tuple[str, ...]
    unknown: int


def history_of(
    system: ActorSystem,
    witness: Witness,
    *,
    orders: Iterable[VenueOrder],
    fills: Iterable[Fill],
    balances: Balances,
    differences: Iterable[str],
) -> History:
    """Gather what all sides tell, once the books are closed; see `History`."""
    return History(
        intents=tuple(witness.wanted),
        told=tuple(witness.told),
        refused=frozenset(witness.refused),
        names=_names_of(_entries_of(system)),
        orders=tuple(orders),
        fills=tuple(fills),
        balances=totals(balances),
        differences=tuple(differences),
        unknown=_unknown_in(system),
    )


def _entries_of(system: ActorSystem) -> tuple[Entry, ...]:
    """Return what the order journal holds, which is in memory."""
    (store,) = (
        cell.snapshot
        for cell in system.cells()
        if issubclass(cell.actor_class, OrderJournal)
    )
    journal: OrderStore = store
    return tuple(entry for _, entry in journal.read())


def _names_of(entries: Iterable[Entry]) -> dict[str, tuple[str, ...]]:
    """Return by intent which orders were made for it."""
    names: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if isinstance(entry, PlaceOrder):
            before = names.get(entry.intent_id, ())
            names[entry.intent_id] = (*before, entry.client_order_id)
    return names


def _unknown_in(system: ActorSystem) -> int:
    """Return how many orders are in doubt."""
    facts = [
        cell.ref.command(Describe(), timeout=5.0).get()
        for cell in system.cells()
        if issubclass(cell.actor_class, Execution)
    ]
    return sum(each["unknown_orders"] for each in facts)
