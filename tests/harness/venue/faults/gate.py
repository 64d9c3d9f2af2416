"""Holds up whoever speaks to a venue that stands still, as after SIGSTOP."""

import asyncio

from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.kinds import ANYWHERE


class Gate:
    """Which parts of the venue stand still; its methods are called on the loop."""

    def __init__(self) -> None:
        self._frozen: dict[str, Fault] = {}
        self._thawed = asyncio.Event()

    def freeze(self, fault: Fault) -> None:
        """Let stand still what the fault names."""
        self._frozen[fault.id] = fault

    def thaw(self, fault: Fault) -> None:
        """Let go on what the fault held up."""
        self._frozen.pop(fault.id, None)
        self._thawed.set()
        self._thawed = asyncio.Event()

    def is_frozen(self, names: frozenset[str]) -> bool:
        """Say whether something of these names stands still."""
        return any(fault.where in (ANYWHERE, *names) for fault in self._frozen.values())

    async def passed(self, names: frozenset[str]) -> None:
        """Wait as long as it does."""
        while self.is_frozen(names):
            await self._thawed.wait()
