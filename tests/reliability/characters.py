"""Actors that talk to each other and get into trouble, as plain data says."""

import enum
import threading
from collections.abc import Sequence
from typing import Any, ClassVar

import attrs
import pykka

from holdfast.supervision import (
    Actor,
    ActorCrashed,
    AskCycle,
    Future,
    Ignore,
    MailboxFull,
    Ref,
)


class Objection(Exception):
    """What every rogue may answer without being at fault."""


ANSWERS = (
    Objection,
    pykka.Timeout,
    pykka.ActorDeadError,
    ActorCrashed,
    AskCycle,
    MailboxFull,
    OSError,
)
"""What asking a rogue may bring; who is careful lives through it."""


CALM_EVERY = 5.0
"""Seconds between two messages of an actor that is calm."""


class Manner(enum.StrEnum):
    """How an actor speaks to its friends."""

    TELL = "tell"
    ASK = "ask"
    BLOCK = "block"


class Trouble(enum.StrEnum):
    """What becomes of a message that an actor gets into trouble with."""

    NONE = "none"
    CRASH = "crash"
    EXIT = "exit"
    OBJECT = "object"
    STOP = "stop"
    HANG = "hang"
    DEFER = "defer"
    FORGET = "forget"


@attrs.frozen(kw_only=True)
class Character:
    """How an actor behaves; times are seconds.

    It speaks every `every`, and what it says is passed on `hops` times. The `nth`
    message of each of its lives brings `trouble`. A start takes `slow_start`, fails in
    the lives `bad_starts`, and is declined in the life `declines`; a stop takes
    `slow_stop` and fails if `bad_stop`. From `calm_from` on it is
    faultless, and seldom speaks.
    """

    every: float = 1.0
    manner: Manner = Manner.TELL
    hops: int = 0
    patience: float = 1.0
    careful: bool = True
    trouble: Trouble = Trouble.NONE
    nth: int = 1
    bad_starts: tuple[int, ...] = ()
    declines: int = 0
    slow_start: float = 0.0
    slow_stop: float = 0.0
    bad_stop: bool = False
    calm_from: float = 0.0


@attrs.frozen
class Word:
    """What actors say to each other; `key` is what a mailbox may conflate by."""

    key: int
    hops: int


class Rogue(Actor):
    """See `Character`."""

    replies_with: ClassVar[tuple[type[Exception], ...]] = (Objection,)

    def __init__(self, character: Character, friends: Sequence[Ref]) -> None:
        self._is = character
        self._friends = friends
        self._chance = self.random("rogue", self.incarnation)
        self._heard = 0

    def on_start(self) -> None:
        if not self._is_calm:
            if self.incarnation == self._is.declines:
                raise Ignore("not today")
            if self.incarnation in self._is.bad_starts:
                raise OSError("no line")
        self._be_slow()
        if self._friends:
            self.after(self._is.every, self._talk)

    def on_receive(self, message: Any) -> Any:
        self._heard += 1
        if self._heard == self._is.nth and not self._is_calm:
            answer = self._get_into_trouble()
            if answer is not None:
                return answer
        if message.hops > 0:
            self._speak(message.hops - 1)
        return message.key

    def on_stop(self) -> None:
        self._wait(self._is.slow_stop)
        if self._is.bad_stop and not self._is_calm:
            raise OSError("can't let go")

    @property
    def _is_calm(self) -> bool:
        return self.clock.now() >= self._is.calm_from

    def _be_slow(self) -> None:
        self._wait(self._is.slow_start)

    def _wait(self, seconds: float) -> None:
        if seconds > 0 and not self._is_calm:
            self.clock.wait(threading.Event(), seconds)

    def _talk(self) -> None:
        self.after(CALM_EVERY if self._is_calm else self._is.every, self._talk)
        self._speak(self._is.hops)

    def _speak(self, hops: int) -> None:
        friend = self._chance.choice(self._friends) if self._friends else self.me
        word = Word(self._chance.randrange(3), hops)
        try:
            self._address(friend, word)
        except ANSWERS:
            if not (self._is.careful or self._is_calm):
                raise

    def _address(self, friend: Ref, word: Word) -> None:
        manner = self._is.manner
        if manner is Manner.TELL:
            friend.tell(word)
        elif manner is Manner.BLOCK:
            friend.ask(word, timeout=self._is.patience)
        else:
            asked = friend.ask(word, block=False, timeout=self._is.patience)
            self.pipe(asked, _nothing, self._disappointed)

    def _disappointed(self, error: BaseException) -> None:
        forgiven = self._is.careful or self._is_calm
        if not (forgiven and isinstance(error, ANSWERS)):
            raise error

    def _get_into_trouble(self) -> Any:
        match self._is.trouble:
            case Trouble.CRASH:
                raise OSError("the line broke")
            case Trouble.EXIT:
                raise SystemExit("enough")
            case Trouble.OBJECT:
                raise Objection
            case Trouble.STOP:
                self.stop()
            case Trouble.HANG:
                self._wait(4.0)
            case Trouble.DEFER if self._friends:
                friend = self._chance.choice(self._friends)
                return friend.ask(Word(0, 0), block=False, timeout=self._is.patience)
            case Trouble.FORGET:
                return Future[Any]()
            case _:
                pass
        return None


class LateRogue(Rogue):
    """Is ready some time after its start returned."""

    says_ready: ClassVar[bool] = True

    def _be_slow(self) -> None:
        self.after(0.0 if self._is_calm else self._is.slow_start, self.ready)


def _nothing(_: object) -> None:
    pass
