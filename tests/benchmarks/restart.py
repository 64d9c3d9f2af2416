"""From the crash of a supervised actor until its successor answers.

An actor crashes another one and asks it at once; the answer comes as a message. So it
is the restart that is measured, not how the kernel wakes a thread.
"""

from functools import partial
from time import perf_counter
from typing import Any

from holdfast.supervision import Actor, ChildSpec, Future, RefTo, crash

from .figures import percentile
from .supervised import PATIENCE, supervised


class Victim(Actor):
    """Answers whoever asks, with a message."""

    def on_receive(self, message: Any) -> Any:
        message.tell("here again")


class Killer(Actor):
    """Crashes the victim so many times, each time when it has answered."""

    def __init__(self, victim: Any, times: int, took: "Future[list[float]]") -> None:
        self.victim = victim
        self.times = times
        self.all_took = took
        self.took: list[float] = []
        self.began = 0.0

    def on_receive(self, message: Any) -> Any:
        if message == "here again":
            self.took.append(perf_counter() - self.began)
        if len(self.took) == self.times:
            self.all_took.settle(self.took)
        else:
            self.began = perf_counter()
            crash(self.victim.cell, "the benchmark")
            self.victim.tell(self.me)


def ours(share: float, n: int) -> float:
    """Microseconds, at a percentile, without back-off."""
    took: Future[list[float]] = Future()
    victim = ChildSpec(id="victim", start=Victim)
    killer = ChildSpec(
        id="killer",
        start=Killer,
        args={"victim": RefTo(path="/root/victim"), "times": n, "took": took},
    )
    with supervised(victim, killer) as system:
        system.ref("/root/killer").tell("begin")
        values = took.get(timeout=PATIENCE)
        assert system.cell("/root/victim").incarnation == n + 1
        return percentile(values, share) * 1e6


our_p50 = partial(ours, 0.50)
our_p99 = partial(ours, 0.99)
