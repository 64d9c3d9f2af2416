"""Actors that behave as their character says."""

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from holdfast.supervision import Actor, Down, Future, Ignore, Ref

from .characters import (
    ANSWERS,
    FAILURES,
    Character,
    Manner,
    Objection,
    Tie,
    Trouble,
    Word,
)

TIED_LIVES = 3
"""Lives in which an actor links itself: a dead friend would end each of them."""

CALM_EVERY = 5.0
"""Seconds between two messages of an actor that is calm."""


class Rogue(Actor):
    """See `Character`."""

    replies_with: ClassVar[tuple[type[Exception], ...]] = (Objection,)
    _may_block: ClassVar[bool] = True

    def __init__(self, character: Character, friends: Sequence[Ref]) -> None:
        self._is = character
        self._friends = list(dict.fromkeys(friends))
        self._chance = self.random("rogue", self.incarnation)
        self._heard = 0

    def on_start(self) -> Any:
        self._dare_to_start()
        self._be_slow()
        self._begin()

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, Down):
            return self._mourn(message)
        self._heard += 1
        if self._heard == self._is.nth and not self._is_calm:
            answer = self._get_into_trouble()
            if answer is not None:
                return answer
        if message.hops > 0:
            self._speak(message.hops - 1)
        return message.key

    def on_stop(self) -> Any:
        self._wait(self._is.slow_stop)
        self._let_go()

    @property
    def _is_calm(self) -> bool:
        return self.clock.now() >= self._is.calm_from

    @property
    def _failure(self) -> Exception:
        return FAILURES[self._is.failure]("as its character is")

    def _dare_to_start(self) -> None:
        if self._is_calm:
            return
        if self.incarnation == self._is.declines:
            raise Ignore("not today")
        if self.incarnation in self._is.bad_starts:
            raise self._failure

    @property
    def _may_link(self) -> bool:
        return self.incarnation <= TIED_LIVES and not self._is_calm

    def _begin(self) -> None:
        for friend in self._friends:
            if self._is.tie is Tie.WATCH:
                self.watch(friend)
            elif self._is.tie is Tie.LINK and self._may_link:
                self.link(friend)
        if self._friends:
            self.after(self._is.every, self._talk)

    def _let_go(self) -> None:
        if self._is.bad_stop and not self._is_calm:
            raise self._failure

    def _mourn(self, down: Down) -> None:
        """Watch a friend again, but not at once: nobody may live there any more."""
        for friend in self._friends:
            if friend.path == down.path and not self._is_calm:
                self.after(self._is.every, partial(self._watch_again, friend))

    def _watch_again(self, friend: Ref) -> None:
        self.watch(friend)

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
        elif manner is Manner.BLOCK and self._may_block:
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
                raise self._failure
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


class TrappingRogue(Rogue):
    """Hears of the ends of those it is linked with, and goes on."""

    traps_exits: ClassVar[bool] = True


def _nothing(_: object) -> None:
    pass
