"""Passes on what an operator says to all who guard and all who trade in a system."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from ..supervision.halt_file import HaltFile
from ..supervision.system import ActorSystem
from .execution import Execution
from .flattening import FLATTEN_WITHIN
from .ladder import RiskLevel
from .queries import VenueOrder
from .risk import Risk
from .risk_states import SYSTEM
from .risk_words import (
    Arm,
    Armed,
    CancelAll,
    Flatten,
    Flattened,
    Halt,
    Halted,
    NotGuarded,
    QueryRisk,
    RiskReport,
)
from .summary import plain
from .updates import WorkingOrder

LOOK_WITHIN = 1.0
HALT_WITHIN = 12.0
ARM_WITHIN = 10.0
MARGIN = 2.0
"""Seconds."""


class RiskControl:
    """All risk and execution actors of one system, asked at once."""

    def __init__(self, system: ActorSystem) -> None:
        self._system = system

    async def halt(self, reason: str, scope: str) -> dict[str, Any]:
        """Halt, and tell what the exchanges say of the orders that were open.

        For the whole system the halt file is written first: it holds whoever does not
        answer. What nobody guards is not halted.
        """
        if scope == SYSTEM:
            self._write(reason)
        halt = Halt(reason=reason, scope=scope)
        heard, nobody = _guarded(scope, await self._ask(Risk, halt, HALT_WITHIN))
        if nobody and scope != SYSTEM:
            return _halted((), (), nobody)
        found = [each for each in heard.values() if isinstance(each, Halted)]
        silent = [path for path, each in heard.items() if not isinstance(each, Halted)]
        if scope == SYSTEM:
            names = {order.client_order_id for each in found for order in each.ended}
            everything = CancelAll(reason=reason, names=tuple(sorted(names)))
            sure = await self._ask(Execution, everything, HALT_WITHIN)
            found = [each for each in sure.values() if isinstance(each, Halted)]
            silent = [p for p, each in sure.items() if not isinstance(each, Halted)]
        return _halted(found, silent)

    async def flatten(self, scope: str) -> dict[str, Any]:
        """Close the positions of a scope that is halted, and tell what has come of it.

        A halt file then lets out what makes positions smaller.
        """
        file = HaltFile(self._system.state_dir)
        file.let_close(time=self._system.clock.wall())
        asked = await self._ask(Risk, Flatten(scope=scope), FLATTEN_WITHIN + MARGIN)
        heard, nobody = _guarded(scope, asked)
        found = [each for each in heard.values() if isinstance(each, Flattened)]
        trouble = [
            f"{plain(each.left)} of {each.symbol} are held: {each.trouble}"
            for each in found
            if each.trouble
        ]
        trouble += [
            f"{path} does not tell what it holds: {each}"
            for path, each in heard.items()
            if not isinstance(each, Flattened)
        ]
        trouble += [nobody] if nobody else []
        return {
            "confirmed": not trouble,
            "ended": [_order(order) for each in found for order in each.ended],
            "open": [],
            "held": {each.symbol: plain(each.left) for each in found if each.left},
            "trouble": trouble,
        }

    async def arm(self, reason: str, scope: str) -> dict[str, Any]:
        """Arm a scope, and tell who would not."""
        arm = Arm(reason=reason, scope=scope)
        heard, nobody = _guarded(scope, await self._ask(Risk, arm, ARM_WITHIN))
        refused = [
            f"{path}: {each.refused if isinstance(each, Armed) else each}"
            for path, each in heard.items()
            if not isinstance(each, Armed) or each.refused
        ]
        if nobody:
            refused = [nobody]
        return {"armed": not refused, "refused": refused}

    async def report(self) -> list[dict[str, Any]]:
        """Tell how it stands with each symbol; unknown where nobody answers."""
        heard = await self._ask(Risk, QueryRisk(), LOOK_WITHIN)
        found = [_reported(path, each) for path, each in heard.items()]
        why = HaltFile(self._system.state_dir).reason()
        if why:
            for each in found:
                each |= {"level": str(RiskLevel.HALTED), "why": why}
        return found

    def _write(self, reason: str) -> None:
        halt = HaltFile(self._system.state_dir)
        if halt.path is not None and not halt.reason():
            halt.write(reason, time=self._system.clock.wall())

    async def _ask(
        self, kind: type[Risk | Execution], message: Any, within: float
    ) -> Mapping[str, Any]:
        cells = [
            cell for cell in self._system.cells() if issubclass(cell.actor_class, kind)
        ]
        asked = [cell.ref.ask(message, block=False, timeout=within) for cell in cells]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return {cell.path: answer for cell, answer in zip(cells, answers, strict=True)}


def _guarded(scope: str, heard: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
    """Leave out who does not guard a scope; if nobody is left, say so."""
    elsewhere = [each for each in heard.values() if isinstance(each, NotGuarded)]
    guarding = {
        path: each for path, each in heard.items() if not isinstance(each, NotGuarded)
    }
    if guarding:
        return guarding, ""
    if not elsewhere:
        return guarding, "there is nobody here who guards anything"
    there_are = ", ".join(sorted({name for each in elsewhere for name in each.scopes}))
    return guarding, f"nobody here guards {scope!r}: there are {there_are}"


def _halted(
    found: Iterable[Halted], silent: Iterable[str], *more: str
) -> dict[str, Any]:
    told = list(found)
    trouble = [each.trouble for each in told if each.trouble]
    trouble += [f"{path} does not answer" for path in silent]
    trouble += more
    if not told and not trouble:
        trouble = ["there is nobody here who trades"]
    still_open = [name for each in told for name in each.open]
    return {
        "confirmed": not (trouble or still_open),
        "ended": [_order(order) for each in told for order in each.ended],
        "open": still_open,
        "trouble": trouble,
    }


def _order(order: VenueOrder | WorkingOrder) -> dict[str, str]:
    return {
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "side": str(order.side),
        "status": str(order.status),
        "quantity": plain(order.quantity),
        "filled": plain(order.filled),
    }


def _reported(path: str, report: Any) -> dict[str, Any]:
    if not isinstance(report, RiskReport):
        return {"path": path, "level": "unknown", "why": f"{path} does not answer"}
    return {
        "path": path,
        "symbol": report.symbol,
        "level": str(report.level),
        "why": report.why,
        "states": [
            {
                "scope": each.scope,
                "level": str(each.level),
                "since": each.since,
                "why": each.why,
            }
            for each in report.states
        ],
        "limits": [
            {
                "limit": use.limit,
                "scope": use.scope,
                "used": f"{use.used:f}",
                "most": f"{use.most:f}",
            }
            for use in report.limits
        ],
        "gates": dict(report.gates),
    }
