"""Messages from one thread to one actor, from the first tell to the last handled."""

import queue
import threading
from time import perf_counter
from typing import Any

import pykka

from holdfast.supervision import Actor, ChildSpec, MailboxSpec

from .supervised import supervised


class Counting:
    """Says when it has got so many messages; the same code on every side."""

    def __init__(self, count: int, done: threading.Event) -> None:
        super().__init__()
        self.left = count
        self.done = done

    def on_receive(self, message: Any) -> Any:
        del message
        self.left -= 1
        if not self.left:
            self.done.set()


class OurSink(Counting, Actor):
    """Under supervision."""


class PykkaSink(Counting, pykka.ThreadingActor):
    """On a thread of its own."""


def ours(n: int) -> float:
    """Messages a second to a supervised actor; its bounded mailbox has room for all."""
    done = threading.Event()
    sink = ChildSpec(
        id="sink",
        start=OurSink,
        args={"count": n, "done": done},
        mailbox=MailboxSpec(capacity=n + 1),
    )
    with supervised(sink) as system:
        return _rate(system.ref("/root/sink"), n, done)


def with_pykka(n: int) -> float:
    """Messages a second to a ThreadingActor; its mailbox has no bound."""
    done = threading.Event()
    ref = PykkaSink.start(n, done)
    rate = _rate(ref, n, done)
    ref.stop()
    return rate


def _rate(ref: pykka.ActorRef[Any], n: int, done: threading.Event) -> float:
    began = perf_counter()
    for number in range(n):
        ref.tell(number)
    done.wait()
    return n / (perf_counter() - began)


def bare(n: int) -> float:
    """Messages a second from a queue to a handler on a thread: no actor, no contract.

    What supervision costs is the difference.
    """
    done = threading.Event()
    lane: queue.SimpleQueue[Any] = queue.SimpleQueue()
    handle = Counting(n, done).on_receive

    def serve() -> None:
        while (message := lane.get()) is not None:
            handle(message)

    threading.Thread(target=serve, daemon=True).start()
    began = perf_counter()
    for number in range(n):
        lane.put(number)
    done.wait()
    took = perf_counter() - began
    lane.put(None)
    return n / took
