"""What OTP's suite does to a supervisor and its children, in our words."""

import threading
from collections.abc import Callable
from typing import Any, NoReturn

import attrs
import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildError,
    CountChildren,
    EventKind,
    ExitKind,
    ExitReason,
    Ignore,
    WhichChildren,
)

PATIENCE = 20.0


def _fail(_: Actor) -> NoReturn:
    raise ValueError("died")


def _order(system: ActorSystem, command: object, path: str = "/root") -> Any:
    return system.ref(path).command(command).get()


@pytest.fixture
def order() -> Callable[..., Any]:
    """Tell a supervisor something and return its answer."""
    return _order


@pytest.fixture
def refused() -> Callable[..., str]:
    """Tell a supervisor something that it refuses, and return the code."""

    def code(system: ActorSystem, command: object, path: str = "/root") -> str:
        with pytest.raises(ChildError) as caught:
            _order(system, command, path)
        return str(caught.value.code)

    return code


@pytest.fixture
def counts() -> Callable[..., list[int]]:
    """Count as OTP's suite does: specs, active, supervisors, workers."""

    def counted(system: ActorSystem, path: str = "/root") -> list[int]:
        return list(attrs.astuple(_order(system, CountChildren(), path)))

    return counted


@pytest.fixture
def states() -> Callable[..., dict[str, str]]:
    """Tell where each child is, in start order."""

    def told(system: ActorSystem, path: str = "/root") -> dict[str, str]:
        children = _order(system, WhichChildren(), path)
        return {info.id: str(info.state) for info in children}

    return told


@pytest.fixture
def exits() -> Callable[[ActorSystem], list[str]]:
    """Tell who ended, and for what reason, in order."""

    def told(system: ActorSystem) -> list[str]:
        return [
            f"{event.path} {event.reason}"
            for event in system.events.since(0)
            if event.kind is EventKind.EXITED
        ]

    return told


@pytest.fixture
def end() -> Callable[[ActorSystem, str, str], None]:
    """Have a child end by itself in some way, and wait until all is settled or over."""

    def ended(system: ActorSystem, path: str, how: str) -> None:
        _end(system, path, how)
        quiet = threading.Event()
        system.ended.add_done_callback(lambda _: quiet.set())
        system.when_settled(quiet.set)
        system.cells()[0].ref.command(CountChildren())
        assert quiet.wait(PATIENCE), "the system does not settle"

    return ended


def _end(system: ActorSystem, path: str, how: str) -> None:
    cell = system.cell(path)
    match how:
        case "normal":
            cell.ref.tell(Actor.stop)
        case "shutdown":
            cell.stop(ExitReason(ExitKind.SHUTDOWN))
        case "shutdown: some info":
            cell.stop(ExitReason(ExitKind.SHUTDOWN, "some info"))
        case "abnormal":
            cell.ref.tell(_fail)
        case "kill":
            cell.kill(ExitReason(ExitKind.KILLED))
        case _:
            pytest.fail(f"nobody ends like that: {how}")


@pytest.fixture
def declines() -> Callable[..., Callable[[Actor], None]]:
    """Say a start hook that declines in these incarnations, in all if none is named."""

    def hook(*incarnations: int) -> Callable[[Actor], None]:
        def start(actor: Actor) -> None:
            if not incarnations or actor.incarnation in incarnations:
                raise Ignore("nothing to do")

        return start

    return hook


@pytest.fixture
def fails() -> Callable[..., Callable[[Actor], None]]:
    """Say a start hook that fails in these incarnations, in all if none is named."""

    def hook(*incarnations: int) -> Callable[[Actor], None]:
        def start(actor: Actor) -> None:
            if not incarnations or actor.incarnation in incarnations:
                raise ValueError("does not start")

        return start

    return hook
