"""Actors that answer what they are told, one or many, on both sides."""

from typing import Any

import pykka

from holdfast.supervision import Actor, ActorSystem, ChildSpec, Ref, StartChild, gather

from .figures import Skipped
from .supervised import PATIENCE


class Answering:
    """Answers with the message; the same code on every side."""

    def on_receive(self, message: Any) -> Any:
        return message

    def echo(self, message: Any) -> Any:
        return message


class OurEcho(Answering, Actor):
    """Under supervision."""


class PykkaEcho(Answering, pykka.ThreadingActor):
    """On a thread of its own, which does not keep the process."""

    use_daemon_thread = True


ECHO = ChildSpec(id="echo", start=OurEcho)


def start_ours(system: ActorSystem, n: int) -> list[Ref]:
    """Have a supervisor start so many, and wait until each is ready."""
    root = system.ref("/root")
    starts = [root.command(StartChild(), timeout=PATIENCE) for _ in range(n)]
    return [start.get() for start in starts]


def start_pykkas(n: int) -> list[pykka.ActorRef[PykkaEcho]]:
    """Start so many; Pykka returns when each has its thread."""
    refs: list[pykka.ActorRef[PykkaEcho]] = []
    try:
        for _ in range(n):
            refs.append(PykkaEcho.start())  # noqa: PERF401 - how far it came is said
    except RuntimeError as error:
        raise Skipped(f"after {len(refs):,} actors: {error}") from error
    return refs


def ask_all_ours(refs: list[Ref]) -> None:
    """Have each answer once."""
    asked = [ref.ask(1, block=False, timeout=PATIENCE) for ref in refs]
    gather(asked).get(timeout=PATIENCE)


def ask_all_pykkas(refs: list[pykka.ActorRef[PykkaEcho]]) -> None:
    """Have each answer once."""
    for asked in [ref.ask(1, block=False) for ref in refs]:
        asked.get()
