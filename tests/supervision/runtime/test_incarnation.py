"""The endings of a Pykka actor: each is told once, and nobody waits for ever.

Pykka tells one of its eleven endings to `on_failure`; here every one is a report.

| ending | test |
|---|---|
| stop() | test_a_message_that_ends_its_actor, `stop` |
| exception in a tell, in an ask | test_a_message_that_ends_its_actor, `error` |
| exception in a proxy call | test_an_error_in_a_proxy_call |
| SystemExit, KeyboardInterrupt, CancelledError | test_a_message_that_ends_its_actor |
| on_stop raises | test_a_clean_up_that_fails_is_reported_as_such |
| on_failure raises | test_a_failure_hook_that_fails_changes_no_report |
| on_start or __init__ raises | test_a_start_that_fails_keeps_what_is_queued |
| Ignore in on_start or __init__ | test_an_actor_that_declines_to_start |
| a thread that cannot start, a kill | test_incarnation_kill.py |
"""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

import pykka
import pytest

from holdfast.supervision import (
    Actor,
    ActorCrashed,
    ActorSystem,
    ChildSpec,
    EventKind,
    ExitReason,
    Future,
    Ignore,
)

PATIENCE = 20.0
IN_FLIGHT = "in flight when its actor ended"

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Said = list[Any]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])

ERRORS: dict[str, BaseException] = {
    "error": ValueError("boom"),
    "exit": SystemExit(3),
    "interrupt": KeyboardInterrupt(),
    "cancelled": asyncio.CancelledError(),
}


def exits(system: ActorSystem) -> list[tuple[str, int, str]]:
    return [
        (event.path, event.incarnation, event.reason.split(":")[0])
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


def letters(system: ActorSystem) -> dict[str, int]:
    return {reason: n for (_, reason), n in system.dead_letters.counts().items()}


def raiser(error: BaseException) -> Callable[[object], NoReturn]:
    def fail(_: object) -> NoReturn:
        raise error

    return fail


class Held:
    """A message that keeps its actor busy until the gate opens, then acts."""

    def __init__(self, gate: threading.Event, act: Callable[[Actor], object]) -> None:
        self.entered = threading.Event()
        self._gate, self._act = gate, act

    def __call__(self, actor: Actor) -> object:
        self.entered.set()
        self._gate.wait(PATIENCE)
        return self._act(actor)


class Obliging(Actor):
    """Says what it is told, and which hook ended it."""

    def __init__(self, say: Callable[[Any], object]) -> None:
        self._say = say

    def on_receive(self, message: Any) -> Any:
        self._say(message)

    def on_stop(self) -> None:
        self._say("on_stop")

    def on_failure(
        self,
        exception_type: type[BaseException] | None,
        exception_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._say("on_failure")


def outcome(future: Future[Any]) -> object:
    try:
        return future.get(timeout=PATIENCE)
    except (pykka.ActorDeadError, ActorCrashed, ValueError) as error:
        return type(error)


@dispatchers
@pytest.mark.parametrize("restart", ["permanent", "temporary"])
@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("ending", ["stop", *ERRORS])
def test_a_message_that_ends_its_actor(
    dispatcher: str,
    restart: str,
    ending: str,
    *,
    asked: bool,
    grow: Grow,
    child: Specify,
    settle: Settle,
    gate: threading.Event,
) -> None:
    said: Said = []
    place = child("a", dispatcher=dispatcher, restart=restart, say=said.append)
    system = grow(child("before"), place, child("after", dispatcher="pinned"))
    act = raiser(ERRORS[ending]) if ending in ERRORS else Actor.stop
    held, ref = Held(gate, act), system.ref("/root/a")

    current = ref.ask(held, block=False) if asked else None
    if current is None:
        ref.tell(held)
    assert held.entered.wait(PATIENCE)
    ref.tell("queued tell")
    queued = ref.ask("queued ask", block=False)
    gate.set()
    settle(system)

    stops = ending == "stop"
    hook = "on_stop" if stops else f"on_failure {ERRORS[ending]!r}"
    lives_on = restart == "permanent"
    assert said == [hook, *(["queued tell", "queued ask"] if lives_on else [])]
    assert exits(system) == [("/root/a", 1, "normal" if stops else "crashed")]
    assert outcome(queued) == ("queued ask" if lives_on else pykka.ActorDeadError)
    if current is not None:
        answers = {"stop": None, "error": ValueError}
        assert outcome(current) == answers.get(ending, ActorCrashed)
    lost = {} if stops or asked else {IN_FLIGHT: 1}
    assert letters(system) == (lost if lives_on else {**lost, "stopped": 2})
    for sibling in ("before", "after"):
        assert system.ref(f"/root/{sibling}").ask("alive?") == "alive?"
        assert system.cell(f"/root/{sibling}").incarnation == 1


@dispatchers
def test_an_error_among_the_replies_is_only_a_reply(
    dispatcher: str, grow: Grow, settle: Settle
) -> None:
    class Teller(Actor):
        replies_with = (LookupError,)

        def on_receive(self, message: type[Exception]) -> None:
            raise message("so it is")

    system = grow(ChildSpec(id="a", start=Teller, dispatcher=dispatcher))
    ref = system.ref("/root/a")

    for error in (KeyError, IndexError):
        with pytest.raises(error):
            ref.ask(error)
    ref.tell(KeyError)  # an answer that nobody asked for
    settle(system)
    before = exits(system)
    with pytest.raises(ValueError, match="so it is"):
        ref.ask(ValueError)
    settle(system)

    assert before == []
    assert exits(system) == [("/root/a", 1, "crashed")]
    assert letters(system) == {}


@dispatchers
def test_an_error_in_a_proxy_call_is_replied_and_crashes_too(
    dispatcher: str, grow: Grow, settle: Settle
) -> None:
    class Divider(Actor):
        def divide(self, one: int, other: int) -> float:
            return one / other

    system = grow(ChildSpec(id="a", start=Divider, dispatcher=dispatcher))
    proxy: Any = system.ref("/root/a").proxy()

    with pytest.raises(ZeroDivisionError):
        proxy.divide(1, 0).get()
    settle(system)

    assert exits(system) == [("/root/a", 1, "crashed")]
    assert proxy.divide(1, 2).get() == 0.5


@dispatchers
@pytest.mark.parametrize("error", ERRORS.values())
def test_a_clean_up_that_fails_is_reported_as_such(
    dispatcher: str, error: BaseException, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    spec = child("a", dispatcher=dispatcher, say=said.append, stopping=raiser(error))
    system = grow(spec, child("b"))

    system.ref("/root/a").tell(Actor.stop)
    system.ref("/root/a").tell("queued")
    settle(system)

    assert said == ["on_stop", "queued"]
    assert exits(system) == [("/root/a", 1, "cleanup_failed")]


@dispatchers
@pytest.mark.parametrize("fault", ERRORS.values())
def test_a_failure_hook_that_fails_changes_no_report(
    dispatcher: str, fault: BaseException, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    spec = child("a", dispatcher=dispatcher, say=said.append, failing=raiser(fault))
    system = grow(spec, child("b"))
    ref = system.ref("/root/a")

    ref.tell(raiser(KeyError("first")))
    queued = ref.ask("queued", block=False)
    settle(system)

    assert said == ["on_failure KeyError('first')", "queued"]
    assert exits(system) == [("/root/a", 1, "crashed")]
    assert outcome(queued) == "queued"
    assert system.ref("/root/b").ask("alive?") == "alive?"


@dispatchers
@pytest.mark.parametrize("where", ["__init__", "on_start"])
def test_an_actor_that_declines_to_start_has_ended_and_no_hook_is_called(
    dispatcher: str, where: str, grow: Grow
) -> None:
    said: Said = []

    class Declining(Obliging):
        def __init__(self) -> None:
            super().__init__(said.append)
            self._decline_in("__init__")

        def on_start(self) -> None:
            self._decline_in("on_start")

        def _decline_in(self, hook: str) -> None:
            if where == hook:
                raise Ignore("no key")

    system = grow(
        ChildSpec(id="a", start=Declining, dispatcher=dispatcher), start=False
    )
    ref = system.ref("/root/a")
    ref.tell("queued tell")
    queued = ref.ask("queued ask", block=False)

    system.start().get(timeout=PATIENCE)

    assert said == []
    assert exits(system) == [("/root/a", 1, "ignored")]
    assert outcome(queued) is pykka.ActorDeadError
    assert letters(system) == {"stopped": 2}


def test_to_decline_later_is_a_crash(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"))

    system.ref("/root/a").tell(raiser(Ignore("too late")))
    settle(system)

    assert exits(system) == [("/root/a", 1, "crashed")]


@dispatchers
@pytest.mark.parametrize("error", ERRORS.values())
@pytest.mark.parametrize("where", ["__init__", "on_start"])
def test_a_start_that_fails_keeps_what_is_queued(
    dispatcher: str, error: BaseException, where: str, grow: Grow, settle: Settle
) -> None:
    said: Said = []

    class Sickly(Actor):
        """Fails to start the second and the third time."""

        def __init__(self) -> None:
            self._fail_in("__init__")

        def on_start(self) -> None:
            self._fail_in("on_start")

        def on_receive(self, message: Any) -> Any:
            if message == "die":
                raise ValueError(message)
            said.append(message)
            return message

        def on_stop(self) -> None:
            said.append("on_stop")

        def on_failure(
            self,
            exception_type: type[BaseException] | None,
            exception_value: BaseException | None,
            traceback: TracebackType | None,
        ) -> None:
            said.append(f"on_failure {self.incarnation}")

        def _fail_in(self, hook: str) -> None:
            if where == hook and self.incarnation in {2, 3}:
                raise error

    system = grow(ChildSpec(id="a", start=Sickly, dispatcher=dispatcher))
    ref = system.ref("/root/a")

    ref.tell("die")
    ref.tell("queued tell")
    queued = ref.ask("queued ask", block=False)
    settle(system)

    undone = ["on_failure 2", "on_failure 3"] if where == "on_start" else []
    assert said == ["on_failure 1", *undone, "queued tell", "queued ask"]
    assert outcome(queued) == "queued ask"
    assert exits(system) == [
        ("/root/a", 1, "crashed"),
        ("/root/a", 2, "start_failed"),
        ("/root/a", 3, "start_failed"),
    ]


@dispatchers
def test_an_error_that_can_not_even_be_shown_is_contained(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    class Unspeakable(Exception):
        def __str__(self) -> str:
            raise RuntimeError("even this fails")

    system = grow(child("a", dispatcher=dispatcher), child("b"))

    system.ref("/root/a").tell(raiser(Unspeakable()))
    settle(system)

    assert exits(system) == [("/root/a", 1, "crashed")]
    assert system.ref("/root/b").ask("alive?") == "alive?"


@dispatchers
def test_an_actor_that_fails_to_say_whether_it_may_end_ends_at_once(
    dispatcher: str, grow: Grow, settle: Settle
) -> None:
    said: Said = []

    class Stubborn(Actor):
        def ending(self, reason: ExitReason, deadline: float | None) -> bool:
            raise KeyError(str(reason))

        def on_receive(self, message: Callable[[Actor], object]) -> object:
            return message(self)

        def on_stop(self) -> None:
            said.append("on_stop")

    system = grow(ChildSpec(id="a", start=Stubborn, dispatcher=dispatcher))

    system.ref("/root/a").tell(Actor.stop)
    system.ref("/root/a").tell(raiser(ValueError("boom")))
    settle(system)

    assert said == []
    assert exits(system) == [("/root/a", 1, "crashed"), ("/root/a", 2, "crashed")]
