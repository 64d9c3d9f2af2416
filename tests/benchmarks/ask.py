"""Questions and answers: from a thread that waits, and between actors that do not."""

import threading
from collections.abc import Callable
from time import perf_counter
from typing import Any

import pykka

from holdfast.supervision import Actor, ChildSpec, RefTo

from .echo import ECHO, PykkaEcho
from .figures import percentile
from .supervised import supervised


def ours(n: int) -> float:
    """Microseconds of a blocking ask, p50."""
    with supervised(ECHO) as system:
        return _median(system.ref("/root/echo").ask, n)


def with_pykka(n: int) -> float:
    """Microseconds of a blocking ask, p50."""
    ref = PykkaEcho.start()
    took = _median(ref.ask, n)
    ref.stop()
    return took


def our_proxy(n: int) -> float:
    """Microseconds of a call through an unmodified Pykka proxy, p50."""
    with supervised(ECHO) as system:
        return _proxy_call(system.ref("/root/echo"), n)


def pykka_proxy(n: int) -> float:
    """Microseconds of a call through a proxy, p50."""
    ref = PykkaEcho.start()
    took = _proxy_call(ref, n)
    ref.stop()
    return took


def _proxy_call(ref: pykka.ActorRef[Any], n: int) -> float:
    proxy: Any = ref.proxy()
    return _median(lambda number: proxy.echo(number).get(), n)


def _median(call: Callable[[int], object], n: int) -> float:
    took: list[float] = []
    for number in range(n):
        began = perf_counter()
        call(number)
        took.append(perf_counter() - began)
    return percentile(took, 0.5) * 1e6


class Asking(pykka.Actor):
    """Asks again when the answer has come; the same code on every side."""

    def __init__(self, other: Any, done: threading.Event) -> None:
        super().__init__()
        self.other = other
        self.done = done

    def on_receive(self, message: Any) -> Any:
        if message:
            self.other.tell((self.actor_ref, message - 1))
        else:
            self.done.set()


class Replying:
    """Replies with a message of its own: nobody waits for it."""

    def on_receive(self, message: Any) -> Any:
        asker, number = message
        asker.tell(number)


class OurAsker(Asking, Actor):
    """Under supervision."""


class OurReplier(Replying, Actor):
    """Under supervision."""


class PykkaAsker(Asking, pykka.ThreadingActor):
    """On a thread of its own."""


class PykkaReplier(Replying, pykka.ThreadingActor):
    """On a thread of its own."""


def ours_between_actors(n: int) -> float:
    """Microseconds from a question to its answer, both as messages."""
    done = threading.Event()
    replier = ChildSpec(id="replier", start=OurReplier)
    other = RefTo(path="/root/replier")
    asker = ChildSpec(id="asker", start=OurAsker, args={"other": other, "done": done})
    with supervised(replier, asker) as system:
        return _to_and_fro(system.ref("/root/asker"), n, done)


def pykka_between_actors(n: int) -> float:
    """Microseconds from a question to its answer, both as messages."""
    done = threading.Event()
    replier = PykkaReplier.start()
    asker = PykkaAsker.start(replier, done)
    took = _to_and_fro(asker, n, done)
    asker.stop()
    replier.stop()
    return took


def _to_and_fro(asker: pykka.ActorRef[Any], n: int, done: threading.Event) -> float:
    began = perf_counter()
    asker.tell(n)
    done.wait()
    return (perf_counter() - began) / n * 1e6
