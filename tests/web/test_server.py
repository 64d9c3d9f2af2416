"""The addresses of the web server: who may use them, and who gets them back."""

import asyncio
import gc
import socket
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Describe,
    ExitKind,
    ExitReason,
    StartFailed,
    crash,
)

Serve = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Ask = Callable[..., tuple[int, str, Any]]
Wait = Callable[[ActorSystem, str], None]

PATIENCE = 20.0
PARTS = "/api/v1/components"


def port_of(system: ActorSystem) -> int:
    asked = system.ref("/system/web").command(Describe(), timeout=PATIENCE)
    port: int = asked.get(timeout=PATIENCE)["port"]
    return port


def trading_events(system: ActorSystem) -> list[str]:
    return [
        f"{each.path} {each.kind}"
        for each in system.events.since(0)
        if each.path.startswith("/root")
    ]


@pytest.fixture
def taken() -> Any:
    """A TCP port that somebody else has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_control_socket_is_for_its_owner_alone(
    serve: Serve, part: Specify, control: Path
) -> None:
    serve(part("a"))

    assert stat.S_IMODE(control.stat().st_mode) == 0o600


def test_without_a_port_there_is_no_tcp(serve: Serve, part: Specify) -> None:
    assert port_of(serve(part("a"))) is None


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/api/v1/status", f"{PARTS}/root/a"]
)
def test_on_tcp_the_same_can_be_read(
    serve: Serve, part: Specify, ask: Ask, path: str
) -> None:
    port = port_of(serve(part("a"), port=0))

    answers = [ask("GET", path, port=port), ask("GET", path)]
    for *_, document in answers:
        document.pop("steps", None)  # to look is a step of whoever is looked at
    assert answers[0] == answers[1]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("command", ["restart", "crash"])
def test_on_tcp_nothing_can_be_changed(
    serve: Serve, part: Specify, ask: Ask, method: str, command: str
) -> None:
    system = serve(part("a"), port=0)
    path = f"{PARTS}/root/a/{command}"

    status, kind, document = ask(method, path, port=port_of(system))

    assert (status, kind) == (405, "application/problem+json")
    assert document["detail"] == (
        f"{method} was refused: what changes something goes through the control socket"
    )
    assert system.cell("/root/a").incarnation == 1


def test_tcp_is_served_to_this_machine_alone(serve: Serve, part: Specify) -> None:
    port = port_of(serve(part("a"), port=0))

    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.2", port), timeout=PATIENCE)


def test_a_taken_port_is_said_with_the_way_out(
    serve: Serve, part: Specify, taken: int, control: Path
) -> None:
    system = serve(part("a"), start=False, port=taken)

    with pytest.raises(StartFailed) as failed:
        system.start().get(timeout=PATIENCE)

    assert str(failed.value) == (
        f"/system/web: port {taken} on 127.0.0.1 can't be had (Address already in use):"
        " end the program that has it, or choose another port with --port N"
    )
    assert getattr(failed.value.reason.error, "exit_code", None) == 69
    assert not control.exists()


def test_a_file_in_the_place_of_the_socket_is_left_alone(
    serve: Serve, part: Specify, control: Path
) -> None:
    control.write_text("precious")
    system = serve(part("a"), start=False)

    with pytest.raises(StartFailed, match="choose another place with --state DIR"):
        system.start().get(timeout=PATIENCE)

    assert control.read_text() == "precious"


def test_the_socket_of_a_killed_predecessor_is_replaced(
    serve: Serve, part: Specify, control: Path, ask: Ask
) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(control))

    serve(part("a"))

    assert ask("GET", "/livez")[0] == 200


def test_a_crash_of_the_server_is_no_concern_of_trading(
    serve: Serve, part: Specify, ask: Ask, wait_for: Wait, control: Path
) -> None:
    system = serve(part("a"), port=0)
    port, before = port_of(system), trading_events(system)

    for number in range(2, 5):
        crash(system.cell("/system/web"), "a test")
        wait_for(system, f"/system/web ready #{number}")
        assert ask("GET", "/livez") == ask("GET", "/livez", port=port)

    assert trading_events(system) == before
    assert port_of(system) == port
    assert stat.S_IMODE(control.stat().st_mode) == 0o600


@pytest.mark.parametrize("path", ["/system/web", "/system"])
def test_a_server_that_restarts_itself_answers_before(
    serve: Serve, part: Specify, ask: Ask, wait_for: Wait, path: str
) -> None:
    system = serve(part("a"), port=0)
    port, before = port_of(system), trading_events(system)

    status, _, document = ask("POST", f"{PARTS}{path}/restart")
    wait_for(system, "/system/web ready #2")
    wait_for(system, f"{path} ready #2")

    assert status == 202
    assert document == {"path": path, "incarnation": 1, "ready": False}
    assert ask("GET", "/livez")[0] == ask("GET", "/livez", port=port)[0] == 200
    assert trading_events(system) == before


def test_a_server_that_crashes_itself_answers_before(
    serve: Serve, part: Specify, ask: Ask, wait_for: Wait
) -> None:
    system = serve(part("a"))

    status, _, _ = ask("POST", f"{PARTS}/system/web/crash")
    wait_for(system, "/system/web ready #2")

    assert status == 202
    assert ask("GET", "/livez")[0] == 200


def test_a_stopped_server_leaves_no_address(
    serve: Serve, part: Specify, ask: Ask, control: Path
) -> None:
    system = serve(part("a"), port=0)
    port = port_of(system)

    system.stop(60.0).get(timeout=PATIENCE)

    assert not control.exists()
    with pytest.raises(ConnectionRefusedError):
        ask("GET", "/livez", port=port)


def unanswered() -> list[str]:
    """Return the requests that somebody in this process still works at."""
    gc.collect()
    known: list[Any] = gc.get_objects()
    tasks: list[asyncio.Task[Any]] = [
        each for each in known if isinstance(each, asyncio.Task)
    ]
    shown = [repr(each) for each in tasks if not each.done()]
    return [each for each in shown if "RequestHandler" in each]


def test_a_request_that_still_waits_is_cut_off_without_a_word(
    serve: Serve,
    part: Specify,
    ask: Ask,
    wait_for: Wait,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def start(actor: Actor) -> None:
        if actor.incarnation == 1:
            actor.ready()

    system = serve(part("a", slow=True, starting=start))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, "POST", f"{PARTS}/root/a/restart")
        wait_for(system, "/root/a starting #2")
        ask("POST", f"{PARTS}/system/web/restart")
        wait_for(system, "/system/web ready #2")
        error = waiting.exception(PATIENCE)

    assert isinstance(error, ConnectionError)
    assert unanswered() == []
    assert caplog.messages == []


def test_a_killed_server_gives_its_addresses_back(
    serve: Serve, part: Specify, ask: Ask, wait_for: Wait
) -> None:
    system = serve(part("a"))

    system.cell("/system/web").kill(ExitReason(ExitKind.KILLED, "a test"))
    wait_for(system, "/system/web ready #2")

    assert ask("GET", "/livez")[0] == 200
