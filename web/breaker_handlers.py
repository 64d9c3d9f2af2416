"""What the API says to a circuit breaker, and how it tells of itself."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import msgspec

from ..supervision.breaker import CircuitBreaker
from ..supervision.breaker.commands import (
    BreakerCommandRefused,
    Disable,
    ForceOpen,
    OnlyMeasure,
    QueryBreaker,
    Reconciled,
    ResetBreaker,
    UnlockBreaker,
)
from ..supervision.breaker.operating import Command
from ..supervision.system import UnknownPath
from .handlers import ApiHandler, redacted

ANSWERS_WITHIN = 5.0
"""Seconds; a breaker never waits for what it stands before."""


def _force_open(reason: str, body: Mapping[str, Any]) -> Command:
    return ForceOpen(reason, body.get("ttl"))


def _reset(reason: str, body: Mapping[str, Any]) -> Command:
    return ResetBreaker(reason, force=bool(body.get("force")))


def _reconciled(reason: str, body: Mapping[str, Any]) -> Command:
    calls = msgspec.convert(body.get("calls", ()), tuple[str, ...])
    return Reconciled(calls, reason)


BREAKER_COMMANDS: Mapping[str, Callable[[str, Mapping[str, Any]], Command]] = {
    "force-open": _force_open,
    "disable": lambda reason, _: Disable(reason),
    "measure": lambda reason, _: OnlyMeasure(reason),
    "unlock": lambda reason, _: UnlockBreaker(reason),
    "reset": _reset,
    "reconciled": _reconciled,
}


class BreakerHandler(ApiHandler):
    """`/api/v1/components/{path}/breaker`: how it is."""

    async def get(self, path: str) -> None:
        """Answer its report."""
        await self._say(path, QueryBreaker())

    async def _say(self, path: str, command: Command) -> None:
        path = "/" + path.strip("/")
        try:
            cell = self.system.cell(path)
        except UnknownPath as error:
            self.problem(404, "No such component", str(error))
            return
        if not issubclass(cell.actor_class, CircuitBreaker):
            detail = f"{path} is a {cell.actor_class.__name__}, not a circuit breaker"
            self.problem(404, "No circuit breaker", detail)
            return
        try:
            report = await cell.ref.ask(command, block=False, timeout=ANSWERS_WITHIN)
        except BreakerCommandRefused as error:
            self.problem(409, "Not done", str(error))
        except Exception as error:  # noqa: BLE001 - it hangs, crashes or is stopped
            self.problem(503, "No answer", f"{path} did not answer: {error}")
        else:
            told = json.loads(json.dumps(attrs.asdict(report)))
            self.answer(redacted(told, self.served.redact))


class BreakerCommandHandler(BreakerHandler):
    """`/api/v1/components/{path}/breaker/{command}`; on the control socket alone."""

    async def post(self, path: str, command: str) -> None:
        """Do it, and answer how it is afterwards."""
        body = self.body()
        reason = str(body.get("reason") or "").strip()
        if not reason:
            self.problem(400, "No reason", "to steer a breaker needs a reason")
            return
        try:
            wanted = BREAKER_COMMANDS[command](reason, body)
        except (TypeError, ValueError) as error:
            self.problem(400, "Not understood", str(error))
            return
        await self._say(path, wanted)
