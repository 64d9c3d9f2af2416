"""The HTTP API: what can be seen, and on the control socket also done.

Everything here runs on the web server's own loop and only awaits; what changes the tree
is a command to its supervisors. Errors are RFC 9457 problem documents.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import tornado.web
from tornado.routing import URLSpec

from ..supervision.commands import ChildError, CycleChild, Refusal, WhichChildren
from ..supervision.faults import crash, hang
from ..supervision.runtime.actor import Describe
from ..supervision.runtime.future import AskTimeout
from ..supervision.system import ActorSystem, UnknownPath
from . import view

PROBE_TIMEOUT = 1.0
COMMAND_TIMEOUT = 30.0

_STATUS_OF_REFUSAL = {
    Refusal.NOT_FOUND: 404,
    Refusal.START_FAILED: 502,
    Refusal.SHUTTING_DOWN: 503,
}


class ApiHandler(tornado.web.RequestHandler):
    """What all parts of the API share: the system, JSON answers, problems."""

    system: ActorSystem
    environment: str

    def initialize(self, system: ActorSystem, environment: str) -> None:
        """Take what the server was started with."""
        self.system = system
        self.environment = environment

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
        body = {"title": title, "status": status, "detail": detail}
        self._send({**body, "instance": self.request.path})

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Send a problem document for what Tornado itself refuses."""
        del kwargs
        self.problem(status_code, self._reason, f"{self.request.method} was refused")

    def _send(self, document: Any) -> None:
        text = json.dumps(document) + "\n"
        self.finish(text)  # pyright: ignore[reportUnknownMemberType] - Tornado's types

    async def supervision_answers(self) -> bool:
        """Ask the topmost supervisor something, to know that it is alive."""
        top = self.system.cells()[0].ref
        try:
            await top.command(WhichChildren(), timeout=PROBE_TIMEOUT)
        except Exception:  # noqa: BLE001 - whatever it is, it is no answer
            return False
        return True


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
        self.answer(view.status(self.system, self.environment, answers=answers))


class ComponentHandler(ApiHandler):
    """`/api/v1/components/{path}`: one component, with what it says of itself."""

    async def get(self, path: str) -> None:
        """Answer 404 for a path that is not in the tree."""
        node = view.known(self.system.events.state(), path)
        if node is None:
            self.problem(404, "No such component", f"there is no /{path.strip('/')}")
            return
        document = view.component(self.system, node)
        self.answer({**document, "facts": await self._facts(node.path)})

    async def _facts(self, path: str) -> Any:
        try:
            ref = self.system.ref(path)
            facts = await ref.command(Describe(), timeout=PROBE_TIMEOUT)
        except Exception:  # noqa: BLE001 - a component that does not answer has none
            return None
        return json.loads(json.dumps(facts, default=str))


class CommandHandler(ApiHandler):
    """Commands to one component; served on the control socket alone."""

    commands: ClassVar[dict[str, str]] = {"restart": "restart", "crash": "crash"}

    async def post(self, path: str, command: str) -> None:
        """Do it and answer when it is done."""
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

    async def _restart(self, path: str) -> None:
        above, name = view.parent_of(path)
        told = self._body().get("reason") or "operator"
        cycle = CycleChild(name, f"restart ordered: {told}")
        supervisor = self.system.ref(above)
        ref = await supervisor.command(cycle, timeout=COMMAND_TIMEOUT)
        incarnation = self.system.cell(ref.path).incarnation
        self.answer({"path": ref.path, "incarnation": incarnation})

    async def _crash(self, path: str) -> None:
        if self.environment == "production":
            detail = "faults are never injected in production"
            self.problem(403, "Refused in production", detail)
            return
        seconds = self._body().get("hang")
        cell = self.system.cell(path)
        if isinstance(seconds, int | float):
            struck = hang(cell, seconds)
        else:
            struck = crash(cell, "an operator")
        if not struck:
            self.problem(409, "Not running", f"{path} has nothing that could fail now")
            return
        self.answer({"path": path, "incarnation": cell.incarnation}, 202)

    def _body(self) -> dict[str, Any]:
        if not self.request.body:
            return {}
        try:
            body = json.loads(self.request.body)
        except ValueError:
            raise tornado.web.HTTPError(400, reason="Body is not JSON") from None
        if not isinstance(body, dict):
            raise tornado.web.HTTPError(400, reason="Body is not a JSON object")
        return body  # pyright: ignore[reportUnknownVariableType] - JSON is what it is


class UnknownHandler(ApiHandler):
    """Everything else."""

    async def prepare(self) -> None:
        """Answer 404, whatever the method."""
        self.problem(404, "Nothing here", f"{self.request.path} is not served here")


def routes(system: ActorSystem, environment: str, *, may_change: bool) -> list[URLSpec]:
    """Return what is served; commands only where `may_change`."""
    given = {"system": system, "environment": environment}
    commands = [(r"/api/v1/components/(.+)/(restart|crash)", CommandHandler)]
    readable: list[tuple[str, type[ApiHandler]]] = [
        (r"/livez", LiveHandler),
        (r"/readyz", ReadyHandler),
        (r"/api/v1/status", StatusHandler),
        (r"/api/v1/components/(.+)", ComponentHandler),
        (r".*", UnknownHandler),
    ]
    served = [*(commands if may_change else []), *readable]
    return [URLSpec(path, handler, given) for path, handler in served]
