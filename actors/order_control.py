"""Passes on what an operator says about orders to those who keep the books of them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from ..supervision.runtime.cell import Cell
from ..supervision.system import ActorSystem
from .execution import Execution
from .positions import Positions
from .updates import Reconcile, Settled, SettleOrder

WITHIN = 15.0
"""Seconds for each of execution and positions; together less than a client waits."""


class OrderControl:
    """All execution and positions actors of one system."""

    def __init__(self, system: ActorSystem) -> None:
        self._system = system

    async def reconcile(self, under: str) -> dict[str, Any]:
        """Have all at or below a path compare their books with the venue.

        Positions are asked after execution: what that learns they have to know.
        `silent` are those of whom nothing is known, with the reason.
        """
        found: dict[str, Any] = {}
        for kind in (Execution, Positions):
            cells = self._cells(kind, under)
            found |= await self._ask(cells, Reconcile())
        silent: list[str] = []
        differences: list[str] = []
        for path, answer in found.items():
            if isinstance(answer, BaseException):
                silent.append(f"{path}: {str(answer) or type(answer).__name__}")
            else:
                differences += [f"{path}: {sentence}" for sentence in answer]
        return {"asked": list(found), "differences": differences, "silent": silent}

    async def settle(self, order: str, reason: str, under: str) -> str:
        """End an order by hand; return what speaks against it, or nothing."""
        cells = self._cells(Execution, under)
        if len(cells) != 1:
            several = ", ".join(cell.path for cell in cells)
            return f"say who placed it: {several}" if several else "nobody trades there"
        wanted = SettleOrder(client_order_id=order, reason=reason)
        (answer,) = (await self._ask(cells, wanted)).values()
        if isinstance(answer, Settled):
            return answer.refused
        return f"{cells[0].path} did not answer, look whether it was done: {answer}"

    def _cells(self, kind: type[Execution | Positions], under: str) -> Sequence[Cell]:
        branch = under.rstrip("/")
        return [
            cell
            for cell in self._system.cells()
            if issubclass(cell.actor_class, kind)
            and f"{cell.path}/".startswith(f"{branch}/")
        ]

    async def _ask(self, cells: Sequence[Cell], message: Any) -> Mapping[str, Any]:
        asked = [cell.ref.ask(message, block=False, timeout=WITHIN) for cell in cells]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return {cell.path: answer for cell, answer in zip(cells, answers, strict=True)}
