"""A web server in a tree of its own, and somebody who asks it."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from holdfast.supervision import (
    UNLIMITED,
    Actor,
    ActorSystem,
    ChildSpec,
    ManualClock,
    SupervisorSpec,
)
from holdfast.web.server import WebServer

PATIENCE = 20.0


class Part(Actor):
    """Obeys what can be called and tells the facts that it was given."""

    def __init__(
        self,
        facts: Callable[[], Any] = dict,
        starting: Callable[[Actor], object] = str,
        stopping: Callable[[Actor], object] = str,
    ) -> None:
        self._facts, self._starting, self._stopping = facts, starting, stopping

    def on_start(self) -> None:
        self._starting(self)

    def on_stop(self) -> None:
        self._stopping(self)

    def on_receive(self, message: Any) -> Any:
        return message(self)

    def facts(self) -> Any:
        return self._facts()


class SlowPart(Part):
    """Is ready when it is told to be."""

    says_ready = True


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(str(self._path))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(wall=1_700_000_000.0)


@pytest.fixture
def gate() -> threading.Event:
    """Keep an actor busy until the test, or its end, lets it go on."""
    return threading.Event()


@pytest.fixture
def control(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


@pytest.fixture
def part() -> Callable[..., ChildSpec]:
    """Specify a worker; `slow=True` makes it ready only when it is told."""

    def specify(name: str, *, slow: bool = False, **fields: Any) -> ChildSpec:
        hooks = ("facts", "starting", "stopping")
        args = {hook: fields.pop(hook) for hook in hooks if hook in fields}
        return ChildSpec(id=name, start=SlowPart if slow else Part, args=args, **fields)

    return specify


@pytest.fixture
def serve(
    clock: ManualClock, gate: threading.Event, control: Path
) -> Iterator[Callable[..., ActorSystem]]:
    """Grow `/system/web` beside `/root` with some children, as a whole system has.

    `kind` is the class of the system, what else is named goes to the web server.
    """
    systems: list[ActorSystem] = []

    def served(
        *children: ChildSpec | SupervisorSpec, start: bool = True, **web: Any
    ) -> ActorSystem:
        kind: type[ActorSystem] = web.pop("kind", ActorSystem)
        args = {"control": str(control), "environment": "testing", **web}
        server = ChildSpec(id="web", start=WebServer, args=args, dispatcher="pinned")
        operations = SupervisorSpec(
            id="system", children=(server,), intensity=UNLIMITED, backoff=None
        )
        trading = SupervisorSpec(children=children, intensity=9, backoff=None)
        spec = SupervisorSpec(id="/", children=(operations, trading), backoff=None)
        system = kind(spec, clock=clock)
        systems.append(system)
        if start:
            system.start().get(timeout=PATIENCE)
        return system

    yield served
    gate.set()
    for system in systems:
        system.stop(60.0).get(timeout=PATIENCE)
        system.close()


@pytest.fixture
def ask(control: Path) -> Callable[..., tuple[int, str, Any]]:
    """Send a request to the socket, or to a TCP port; return status, type, document."""

    def asked(
        method: str,
        path: str,
        body: object = None,
        *,
        port: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str, Any]:
        connection: http.client.HTTPConnection = _UnixConnection(control)
        if port is not None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        text = body if isinstance(body, str | None) else json.dumps(body)
        try:
            connection.request(method, path, body=text, headers=headers or {})
            answer = connection.getresponse()
            document = json.loads(answer.read() or b"null")
        finally:
            connection.close()
        return answer.status, answer.headers["Content-Type"], document

    return asked


@pytest.fixture
def wait_for() -> Callable[[ActorSystem, str], None]:
    """Wait until an event "path kind #incarnation" has happened."""

    def wait(system: ActorSystem, wanted: str) -> None:
        happened = threading.Event()

        def look(_: object = None) -> None:
            told = system.events.since(0)
            if wanted in [
                f"{each.path} {each.kind} #{each.incarnation}" for each in told
            ]:
                happened.set()

        unsubscribe = system.events.subscribe(look)
        look()
        came = happened.wait(PATIENCE)
        unsubscribe()
        assert came, f"waited in vain for {wanted}"

    return wait
