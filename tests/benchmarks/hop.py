"""One message round a ring of actors: microseconds from one to the next."""

import threading
from functools import partial
from time import perf_counter
from typing import Any

import pykka

from holdfast.supervision import Actor, ChildSpec, RefTo

from .supervised import supervised

RING = 100


class Passing:
    """Passes a number on, one less, until it is zero; the same code on every side."""

    def __init__(self, done: threading.Event, following: Any = None) -> None:
        super().__init__()
        self.done = done
        self.following = following

    def on_receive(self, message: Any) -> Any:
        if message.__class__ is not int:
            self.following = message
        elif message:
            self.following.tell(message - 1)
        else:
            self.done.set()


class OurNode(Passing, Actor):
    """Under supervision."""


class PykkaNode(Passing, pykka.ThreadingActor):
    """On a thread of its own."""


def on_dispatcher(dispatcher: str, n: int) -> float:
    """Microseconds a hop between supervised actors."""
    done = threading.Event()
    ring = [
        ChildSpec(
            id=f"node-{number}",
            start=OurNode,
            args={
                "done": done,
                "following": RefTo(path=f"/root/node-{(number + 1) % RING}"),
            },
            dispatcher=dispatcher,
        )
        for number in range(RING)
    ]
    with supervised(*ring) as system:
        return _hop(system.ref("/root/node-0"), n, done)


ours = partial(on_dispatcher, "shared")
pinned = partial(on_dispatcher, "pinned")


def with_pykka(n: int) -> float:
    """Microseconds a hop between ThreadingActors."""
    done = threading.Event()
    refs = [PykkaNode.start(done) for _ in range(RING)]
    for number, ref in enumerate(refs):
        ref.ask(refs[(number + 1) % RING])
    took = _hop(refs[0], n, done)
    for ref in refs:
        ref.stop()
    return took


def _hop(first: pykka.ActorRef[Any], n: int, done: threading.Event) -> float:
    began = perf_counter()
    first.tell(n)
    done.wait()
    return (perf_counter() - began) / n * 1e6
