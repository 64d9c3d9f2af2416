"""What the API says to those who guard the trading, and what they answer."""

from .handlers import ApiHandler
from .risk_desk import EVERYTHING, RiskDesk


class RiskHandler(ApiHandler):
    """`/api/v1/risk`: risk states with their reasons, limits, gates."""

    async def get(self) -> None:
        """Answer a list, a symbol each."""
        desk = self.served.risk
        self.answer([] if desk is None else await desk.report())


class RiskCommandHandler(ApiHandler):
    """`/api/v1/risk/halt`, `flatten` and `arm`; served on the control socket alone."""

    async def post(self, command: str) -> None:
        """Do it, and answer what came of it."""
        desk = self.served.risk
        if desk is None:
            self.problem(404, "No risk", "nobody guards any trading here")
        elif command == "halt":
            await self._halt(desk)
        elif command == "flatten":
            _, scope = self._said()
            self.answer(await desk.flatten(scope))
        else:
            await self._arm(desk)

    async def _halt(self, desk: RiskDesk) -> None:
        reason, scope = self._said()
        self.answer(await desk.halt(reason or "an operator", scope))

    async def _arm(self, desk: RiskDesk) -> None:
        reason, scope = self._said()
        if not reason:
            self.problem(400, "No reason", "to arm needs a reason")
            return
        told = await desk.arm(reason, scope)
        if told["armed"]:
            self.answer(told)
        else:
            self.problem(409, "Not armed", "; ".join(told["refused"]))

    def _said(self) -> tuple[str, str]:
        body = self.body()
        reason = str(body.get("reason") or "").strip()
        return reason, str(body.get("scope") or EVERYTHING)
