"""A venue that does as it is told, a breaker before it, and who asks, in a world."""

from collections.abc import Callable
from typing import Any, ClassVar

import attrs

from holdfast.supervision import (
    UNLIMITED,
    Actor,
    ActorSystem,
    ChildSpec,
    EventKind,
    Future,
    Randomness,
    RefTo,
    SupervisorSpec,
)
from holdfast.supervision.breaker import BreakerReport, CircuitBreaker, QueryBreaker
from holdfast.supervision.outcome import CallClass, CallFailed
from holdfast.supervision.simulation import World


@attrs.frozen
class Order:
    """May add risk."""

    call_class: ClassVar[CallClass] = CallClass.NEW
    id: str = "o1"


@attrs.frozen
class Reduce:
    """Can only lower it."""

    call_class: ClassVar[CallClass] = CallClass.REDUCE
    id: str = "r1"


@attrs.frozen
class Cancel:
    """Takes an order back."""

    call_class: ClassVar[CallClass] = CallClass.CANCEL
    id: str = "o1"


@attrs.frozen
class Read:
    """Asks with the key."""

    call_class: ClassVar[CallClass] = CallClass.QUERY
    id: str = ""


@attrs.frozen
class Ping:
    """Asks what is public."""

    call_class: ClassVar[CallClass] = CallClass.DATA
    id: str = ""


class Hang:
    """No answer, ever."""


class Venue(Actor):
    """Answers each kind of message as `mood` says, and remembers all it got.

    A value is the answer, an exception fails, `Hang` never answers, a number of seconds
    is answered by itself after as many.
    """

    replies_with: ClassVar[tuple[type[Exception], ...]] = (CallFailed,)

    def __init__(self, say: Callable[[Any], object], mood: Callable[..., Any]) -> None:
        self._say, self._mood = say, mood

    def on_receive(self, message: Any) -> Any:
        self._say((self.clock.now(), message))
        answer = self._mood(type(message), "fine")
        if isinstance(answer, Exception):
            raise answer
        if answer is Hang:
            return Future[Any](self.clock)
        if isinstance(answer, float):
            later = Future[Any](self.clock)
            self.after(answer, lambda: _settle(later, answer))
            return later
        return answer


def _settle(future: Future[Any], answer: float) -> None:
    future.settle(answer)


class Probing(CircuitBreaker):
    """Finds out by itself whether the venue answers."""

    def probes(self) -> tuple[Any, ...]:
        return (Ping("probe"), Read("probe"))


class Desk:
    """See the module."""

    def __init__(
        self,
        world: World,
        breaker: type[CircuitBreaker] = CircuitBreaker,
        *,
        others: tuple[ChildSpec, ...] = (),
        **args: Any,
    ) -> None:
        self.world = world
        self.got: list[tuple[float, Any]] = []
        self.mood: dict[type, Any] = {}
        asked = {"say": self.got.append, "mood": self.mood.get}
        venue = ChildSpec(id="venue", start=Venue, args=asked)
        given = {"to": RefTo(path="/root/venue"), "jitter": 0.0, "key": "id", **args}
        guard = ChildSpec(id="breaker", start=breaker, args=given)
        self.system = ActorSystem(
            SupervisorSpec(
                children=[venue, *others, guard], backoff=None, intensity=UNLIMITED
            ),
            clock=world.clock,
            randomness=Randomness(world.seed),
            dispatchers=world.dispatchers,
        )
        self.system.start().get()
        self.breaker = self.system.ref("/root/breaker")

    def ask(self, message: Any, timeout: float = 60.0) -> Future[Any]:
        """Ask the breaker, and don't wait."""
        return self.breaker.ask(message, block=False, timeout=timeout)

    def run(self, seconds: float = 0.0) -> None:
        """Let time pass, and all that happens in it."""
        self.world.run(until=self.world.clock.now() + seconds)

    def fail(self, message: object, error: Exception, times: int = 1) -> None:
        """Have the venue fail some calls, one after the other."""
        kind = type(message)
        before = self.mood.get(kind, "fine")
        self.mood[kind] = error
        for _ in range(times):
            self.ask(message)
            self.run()
        self.mood[kind] = before

    def report(self) -> BreakerReport:
        """Ask the breaker how it is."""
        return self.say(QueryBreaker())

    def say(self, command: Any) -> BreakerReport:
        """Say something to the breaker, and hear how it is afterwards."""
        report: BreakerReport = self.breaker.ask(command, block=True)
        return report

    def told(self) -> list[str]:
        """Return what the breaker has told of itself."""
        return [
            event.reason
            for event in self.system.events.since(0)
            if event.kind is EventKind.BREAKER
        ]

    def messages(self) -> list[Any]:
        """Return what the venue got, in order."""
        return [message for _, message in self.got]


def ended(future: Future[Any]) -> Any:
    """Return how an ask has ended: its answer, its error, or None if it waits."""
    if not future.done:
        return None
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001 - whatever it is, the test looks at it
        return error


Grow = Callable[..., Desk]
