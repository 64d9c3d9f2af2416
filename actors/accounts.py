"""The venue accounts of a tree, and how everything is taken back at all of them."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..supervision.runtime.clock import Clock
from ..supervision.specs import ChildSpec, Spec, SupervisorSpec
from .execution import Execution

LIFETIME = 3.0
MARGIN = 1.0
"""Seconds: how long an order may take to arrive if nobody says, and a margin to it."""

LAST_LOOK = 10.0
"""Seconds in which a venue can tell that nothing is open, once nothing can arrive."""


def live_accounts(tree: SupervisorSpec) -> list[Mapping[str, Any]]:
    """Return the arguments of each real exchange in a tree."""
    return [
        each.args for each in _workers(tree) if getattr(each.start, "is_live", False)
    ]


def cancel_at_venues(
    tree: SupervisorSpec,
    clock: Clock,
    say: Callable[[str], object],
    *,
    patience: float,
) -> bool:
    """Take everything back at each real exchange of a tree, with clients of our own.

    Return whether all of them list nothing any more, within `patience` seconds, or
    longer if what was sent before may arrive until then.
    """
    from .live.last_resort import LastResort  # noqa: PLC0415 - ccxt is slow to load

    settled = MARGIN + max(
        (
            float(each.args.get("order_lifetime", LIFETIME))
            for each in _workers(tree)
            if issubclass(each.start, Execution)
        ),
        default=LIFETIME,
    )
    patience = max(patience, settled + LAST_LOOK)
    accounts = [
        LastResort(args=args, clock=clock, say=say, settled=settled)
        for args in live_accounts(tree)
    ]

    async def all_at_once() -> list[bool | BaseException]:
        cancelled = (each.cancel_all(patience) for each in accounts)
        return await asyncio.gather(*cancelled, return_exceptions=True)

    found = asyncio.run(all_at_once())
    for account, each in zip(accounts, found, strict=True):
        if isinstance(each, BaseException):
            say(f"NOT CONFIRMED {account.name}: {each}")
        elif each:
            say(f"{account.name}: the venue lists no open order")
        else:
            say(f"NOT CONFIRMED {account.name}: orders may still be open")
    return all(each is True for each in found)


def _workers(spec: Spec) -> Iterator[ChildSpec]:
    if isinstance(spec, ChildSpec):
        yield spec
        return
    for child in spec.children:
        yield from _workers(child)
