"""The HTTP API: what can be seen, and on the control socket also done.

Everything here runs on the web server's own loop and only awaits; what changes the tree
is a command to its supervisors. Errors are RFC 9457 problem documents.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

import attrs
import pykka
import tornado.web

from ..supervision.commands import ChildError, CountChildren, CycleChild, Refusal
from ..supervision.faults import crash, hang
from ..supervision.runtime.asked_of_all import Describe
from ..supervision.runtime.exit_reason import ActorCrashed
from ..supervision.runtime.future import AskTimeout
from ..supervision.specs import SupervisorSpec
from ..supervision.system import ActorSystem, UnknownPath
from . import view
from .bookkeeping import Bookkeeping
from .risk_desk import RiskDesk

logger = logging.getLogger(__name__)

PROBE_TIMEOUT = 1.0
COMMAND_TIMEOUT = 30.0
LONGEST_HANG = 86_400.0

_STATUS_OF_REFUSAL = {
    Refusal.NOT_FOUND: 404,
    Refusal.START_FAILED: 502,
    Refusal.SHUTTING_DOWN: 503,
}


@attrs.frozen
class Served:
    """What a server serves; `place` is its own path, `redact` takes secrets out.

    `risk` reaches whoever guards the trading, `books` whoever keeps the books of it, if
    anybody does.
    """

    system: ActorSystem
    environment: str
    place: str
    redact: Callable[[str], str]
    risk: RiskDesk | None = None
    books: Bookkeeping | None = None


class ApiHandler(tornado.web.RequestHandler):
    """What all parts of the API share: the system, JSON answers, problems."""

    served: Served
    system: ActorSystem

    def initialize(self, served: Served) -> None:
        """Take what the server was started with."""
        self.served = served
        self.system = served.system

    def set_default_headers(self) -> None:
        """Tell nobody what serves this, and let nobody guess content types."""
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def answer(self, document: Any, status: int = 200) -> None:
        """Send a JSON document."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self._send(document)

    def problem(self, status: int, title: str, detail: str) -> None:
        """Send a problem document."""
        self.set_status(status)
        self.set_header("Content-Type", "application/problem+json")
        told = self.served.redact(detail)
        body = {"title": title, "status": status, "detail": told}
        self._send({**body, "instance": self.request.path})

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send a problem document for what Tornado itself refuses."""
        del kwargs
        detail = f"{self.request.method} was refused"
        if status_code == 405:
            detail += ": what changes something goes through the control socket"
        self.problem(status_code, self._reason, detail)

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Log a fault of ours on one line; what a client does wrong is no news."""
        del typ, tb
        if not isinstance(value, tornado.web.HTTPError):
            what = f"{self.request.method} {self.request.uri} failed: {value!r}"
            logger.error("%s", self.served.redact(what))

    def _send(self, document: Any) -> None:
        text = json.dumps(document) + "\n"
        self.finish(text)  # pyright: ignore[reportUnknownMemberType] - Tornado's types

    def body(self) -> dict[str, Any]:
        """Return the JSON object that came with the request; empty if none did."""
        if not self.request.body:
            return {}
        try:
            body = json.loads(self.request.body)
        except ValueError:
            raise tornado.web.HTTPError(400, reason="Body is not JSON") from None
        if not isinstance(body, dict):
            raise tornado.web.HTTPError(400, reason="Body is not a JSON object")
        return body  # pyright: ignore[reportUnknownVariableType] - JSON is what it is

    async def supervision_answers(self) -> bool:
        """Ask every supervisor that is up something, to know that none hangs."""
        top, *others = self.system.cells()
        asked = [
            cell.ref.command(CountChildren(), timeout=PROBE_TIMEOUT)
            for cell in [top, *(each for each in others if each.ready)]
            if isinstance(cell.spec, SupervisorSpec)
        ]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        gone = [isinstance(each, pykka.ActorDeadError) for each in answers]
        return not gone[0] and all(
            was_gone or not isinstance(answer, BaseException)
            for was_gone, answer in zip(gone, answers, strict=True)
        )


class LiveHandler(ApiHandler):
    """`/livez`: supervision answers. Nothing outside this process is asked."""

    async def get(self) -> None:
        """Answer 200 or 503."""
        live = await self.supervision_answers()
        self.answer({"live": live}, 200 if live else 503)


class ReadyHandler(ApiHandler):
    """`/readyz`: everything that should run is ready."""

    async def get(self) -> None:
        """Answer 200 or 503."""
        ready = self.system.is_up
        self.answer({"ready": ready}, 200 if ready else 503)


class StatusHandler(ApiHandler):
    """`/api/v1/status`: the verdict and all components."""

    async def get(self) -> None:
        """Answer even when supervision does not: then the verdict is unknown."""
        answers = await self.supervision_answers()
        risk = [] if self.served.risk is None else await self.served.risk.report()
        environment = self.served.environment
        self.answer(view.status(self.system, environment, answers=answers, risk=risk))


class ComponentHandler(ApiHandler):
    """`/api/v1/components/{path}`: one component, with what it says of itself."""

    async def get(self, path: str) -> None:
        """Answer 404 for a path that is not in the tree."""
        node = view.known(self.system.events.state(), path)
        if node is None:
            self.problem(404, "No such component", f"there is no /{path.strip('/')}")
            return
        document = view.component(self.system, node)
        document |= view.inside(self.system, node.path)
        self.answer({**document, "facts": await self._facts(node.path)})

    async def _facts(self, path: str) -> Any:
        try:
            ref = self.system.ref(path)
            facts = await ref.command(Describe(), timeout=PROBE_TIMEOUT)
            told = json.loads(
                json.dumps(facts, default=str, skipkeys=True), parse_constant=str
            )
        except Exception:  # noqa: BLE001 - a component that does not answer has none
            return None
        return redacted(told, self.served.redact)


class CommandHandler(ApiHandler):
    """Commands to one component; served on the control socket alone."""

    async def post(self, path: str, command: str) -> None:
        """Do it and answer when it is done, or begun if it ends this server too."""
        path = "/" + path.strip("/")
        todo = self._restart if command == "restart" else self._crash
        await self._try(path, todo)

    async def _try(self, path: str, todo: Callable[[str], Awaitable[None]]) -> None:
        try:
            self.system.cell(path)
            await todo(path)
        except UnknownPath as error:
            self.problem(404, "No such component", str(error))
        except ChildError as error:
            status = _STATUS_OF_REFUSAL.get(error.code, 409)
            self.problem(status, error.code.replace("_", " "), str(error))
        except AskTimeout as error:
            self.problem(504, "Not done yet", f"{error}: look at its status")
        except (ActorCrashed, pykka.ActorDeadError) as error:
            self.problem(503, "Its supervisor is gone", str(error))

    async def _restart(self, path: str) -> None:
        above, name = view.parent_of(path)
        told = self.body().get("reason") or "operator"
        cycle = CycleChild(name, f"restart ordered: {told}")
        cell, supervisor = self.system.cell(path), self.system.ref(above)
        ends_us = f"{self.served.place}/".startswith(f"{path}/")
        if ends_us:
            document = {"path": path, "incarnation": cell.incarnation, "ready": False}
            self.answer(document, 202)
            supervisor.command(cycle)
            return
        if await supervisor.command(cycle, timeout=COMMAND_TIMEOUT) is None:
            self.problem(502, "Not running", f"{path} declined to start")
            return
        self.answer({"path": path, "incarnation": cell.incarnation, "ready": True})

    async def _crash(self, path: str) -> None:
        if self.served.environment == "production":
            detail = "faults are never injected in production"
            self.problem(403, "Refused in production", detail)
            return
        seconds = self.body().get("hang")
        if not _is_duration(seconds):
            detail = f"hang must be seconds above 0, was {seconds!r}"
            self.problem(400, "No duration", detail)
            return
        cell = self.system.cell(path)
        hit = crash(cell, "an operator") if seconds is None else hang(cell, seconds)
        if not hit:
            self.problem(409, "Not running", f"{path} has nothing that could fail now")
            return
        self.answer({"path": path, "incarnation": cell.incarnation}, 202)


class UnknownHandler(ApiHandler):
    """Everything else."""

    async def prepare(self) -> None:
        """Answer 404, whatever the method."""
        self.problem(404, "Nothing here", f"{self.request.path} is not served here")


def _is_duration(seconds: Any) -> bool:
    """Say whether these are seconds that a thread can wait; None is none at all."""
    if seconds is None:
        return True
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return is_number and 0 < seconds <= LONGEST_HANG


def redacted(value: Any, redact: Callable[[str], str]) -> Any:
    """Take secrets out of a JSON document."""
    match value:
        case str():
            return redact(value)
        case [*items]:
            return [redacted(each, redact) for each in items]
        case {**members}:
            return {
                redact(str(name)): redacted(each, redact)
                for name, each in members.items()
            }
        case _:
            return value
