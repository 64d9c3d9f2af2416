"""Who asks a system learns what it is, or exactly why not."""

import contextlib
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from holdfast.supervision import ActorSystem, ChildSpec
from holdfast.supervision.state_dir import StateDir
from holdfast.web.client import Client, NoAnswer, NotRunning, Refused

Serve = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]

PATIENCE = 20.0
RESTART = "/api/v1/components/root/a/restart"


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    """The folder of a system that runs, as far as others can tell."""
    with StateDir(tmp_path) as opened:
        yield opened


@contextlib.contextmanager
def answering(control: Path, answer: bytes) -> Generator[None]:
    """Listen, and answer one request with these bytes, whatever it is."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(control))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join(PATIENCE)


def test_it_reads_and_commands(
    serve: Serve, part: Specify, state_dir: StateDir
) -> None:
    serve(part("a"))
    client = Client(state_dir)

    assert client.get("/livez") == {"live": True}
    assert client.post(RESTART, {}) == {
        "path": "/root/a",
        "incarnation": 2,
        "ready": True,
    }


def test_where_nothing_runs_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotRunning) as refused:
        Client(StateDir(tmp_path)).get("/livez")

    assert refused.value.exit_code == 3
    assert str(refused.value) == (
        f"no system runs in {tmp_path}: start one with `holdfast run`, or choose the"
        " directory of another one with --state DIR"
    )


def test_a_socket_that_a_dead_system_left_is_no_system(
    tmp_path: Path, control: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(control))

    with pytest.raises(NotRunning):
        Client(StateDir(tmp_path)).get("/livez")


def test_a_running_system_without_a_web_server_does_not_answer(
    state_dir: StateDir,
) -> None:
    with pytest.raises(NoAnswer, match="try again") as refused:
        Client(state_dir).get("/livez")

    assert refused.value.exit_code == 4
    assert f"the system in {state_dir.path} does not answer" in str(refused.value)


def test_a_web_server_that_hangs_does_not_answer(
    state_dir: StateDir, control: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(control))
        server.listen()

        client = Client(state_dir, look=0.01, wait=0.01)
        with pytest.raises(NoAnswer, match="timed out"):
            client.get("/livez")
        with pytest.raises(NoAnswer, match="timed out"):
            client.post(RESTART, {})


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhello",
        b"SSH-2.0-OpenSSH_9.6\r\n",
    ],
)
def test_half_an_answer_is_none(
    state_dir: StateDir, control: Path, answer: bytes
) -> None:
    with answering(control, answer), pytest.raises(NoAnswer):
        Client(state_dir).get("/livez")


@pytest.mark.parametrize(
    ("status", "exit_code"), [(403, 77), (404, 1), (409, 1), (502, 1), (504, 75)]
)
def test_a_refusal_is_its_detail_and_an_exit_code(
    state_dir: StateDir, control: Path, status: int, exit_code: int
) -> None:
    body = b'{"title": "No", "status": 0, "detail": "not today"}'
    head = b"HTTP/1.1 %d No\r\nContent-Length: %d\r\n\r\n" % (status, len(body))

    with answering(control, head + body), pytest.raises(Refused) as refused:
        Client(state_dir).get("/livez")

    assert (str(refused.value), refused.value.status) == ("not today", status)
    assert refused.value.exit_code == exit_code


@pytest.mark.parametrize("name", ["a b", "ä", "a?b#c", "%41", "a\nb"])
def test_a_path_may_hold_whatever_somebody_typed(
    serve: Serve, part: Specify, state_dir: StateDir, name: str
) -> None:
    serve(part("a"))

    with pytest.raises(Refused) as refused:
        Client(state_dir).post(f"/api/v1/components/root/{name}/restart", {})

    assert (refused.value.status, str(refused.value)) == (
        404,
        f"there is no /root/{name} in the tree",
    )
