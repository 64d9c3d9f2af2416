"""Where messages wait for an actor, over the lives of all its incarnations."""

import contextlib
import enum
import threading
from collections import deque
from typing import Any, Protocol

import attrs
from attrs import validators as must

from .dead_letters import DeadLetterReason
from .future import Future


class Overflow(enum.StrEnum):
    """What happens to a message that comes when the mailbox is full."""

    FAIL = "fail"
    DROP_OLD = "drop_old"
    DROP_NEW = "drop_new"
    CONFLATE = "conflate"


class OnRestart(enum.StrEnum):
    """What happens to the waiting messages when the actor is restarted."""

    KEEP = "keep"
    PURGE = "purge"
    CONFLATE = "conflate"


def _needs_key(spec: "MailboxSpec", _field: object, key: str | None) -> None:
    conflates = (
        spec.overflow is Overflow.CONFLATE or spec.on_restart is OnRestart.CONFLATE
    )
    if conflates and not key:
        raise ValueError(
            "a mailbox that conflates needs `key`: the attribute of a message by which"
            " a newer one replaces an older one"
        )


@attrs.frozen(kw_only=True)
class MailboxSpec:
    """How many messages may wait, and what gives way.

    Keep orders over a restart, purge or conflate quotes. `conflate` lets a message
    replace the waiting one with the same value of the attribute `key`; messages without
    that attribute are never replaced. Several senders at once may exceed `capacity` by
    their number.
    """

    capacity: int = attrs.field(default=10_000, validator=must.gt(0))
    overflow: Overflow = attrs.field(default=Overflow.FAIL, converter=Overflow)
    on_restart: OnRestart = attrs.field(default=OnRestart.KEEP, converter=OnRestart)
    key: str | None = attrs.field(default=None, validator=_needs_key)


class MailboxFull(Exception):
    """The mailbox has no room and its policy is to tell the sender so."""

    def __init__(self, path: str, capacity: int) -> None:
        self.path = path
        self.capacity = capacity
        super().__init__(
            f"{path} has {capacity} messages waiting and takes no more: slow the sender"
            " down, raise mailbox.capacity, or choose another mailbox.overflow"
        )


class Envelope:
    """A message with something to know about it; a plain tell travels without."""

    __slots__ = ("message", "redelivered", "reply_to")

    def __init__(
        self,
        message: Any,
        reply_to: Future[Any] | None = None,
        *,
        redelivered: bool = False,
    ) -> None:
        self.message = message
        self.reply_to = reply_to
        self.redelivered = redelivered


def kind_of(item: Any) -> str:
    """Name the class of a message, whether it waits in an envelope or without."""
    return type(item.message if type(item) is Envelope else item).__name__


class Owner(Protocol):
    """Whose mailbox it is."""

    @property
    def path(self) -> str:
        """Where it stands in the tree."""
        ...

    def discard(self, item: Any, reason: str) -> None:
        """Let go of an item that nobody will take."""
        ...


class _Place:
    """Where an item waits that a newer one with the same key may replace."""

    __slots__ = ("item", "key")

    def __init__(self, item: Any, key: Any) -> None:
        self.item = item
        self.key = key


_UNKEYED = object()
_CONFLATE = Overflow.CONFLATE


class Mailbox:
    """The lane of user messages: bounded, many senders, one taker.

    Items are messages or envelopes. Each accepted item is taken exactly once: by the
    actor, or by whoever discards it with a reason. That needs no lock: a sender appends
    first and then looks whether the mailbox was closed meanwhile, and each removal is
    one atomic `popleft`. Only one that conflates has a lock: its items wait in places,
    and the newest place of each key is known.
    """

    __slots__ = ("_conflating", "_places", "closed", "items", "owner", "spec")

    def __init__(self, spec: MailboxSpec, owner: Owner) -> None:
        self.spec = spec
        self.owner = owner
        self.items: deque[Any] = deque()
        self.closed = False
        self._conflating: threading.Lock | None = None
        if spec.overflow is _CONFLATE:
            self._conflating = threading.Lock()
            self._places: dict[Any, _Place] = {}

    def put(self, item: Any) -> None:
        """Accept an item.

        Raises:
            MailboxFull: there is no room and the policy is `fail`.

        """
        if self._conflating is not None:
            self._put_conflated(item)
        elif len(self.items) >= self.spec.capacity:
            self._overflow(item)
        else:
            self.items.append(item)
        if self.closed:
            self.discard_all(DeadLetterReason.STOPPED)

    def take(self) -> Any:
        """Remove and return the oldest item.

        Raises:
            IndexError: there is none.

        """
        if self._conflating is None:
            return self.items.popleft()
        with self._conflating:
            place: _Place = self.items.popleft()
            if self._places.get(place.key) is place:
                del self._places[place.key]
            return place.item

    def put_back(self, item: Any) -> None:
        """Put an item in front of all others, whatever the capacity."""
        self._put_first(item)
        if self.closed:
            self.discard_all(DeadLetterReason.STOPPED)

    def close(self, reason: str) -> None:
        """Discard what waits and whatever still comes, until `open`."""
        self.closed = True
        self.discard_all(reason)

    def open(self) -> None:
        """Accept messages again."""
        self.closed = False

    def discard_all(self, reason: str) -> None:
        """Take out every item and discard it."""
        while True:
            try:
                item = self.take()
            except IndexError:
                return
            self.owner.discard(item, reason)

    def restarted(self) -> None:
        """Apply the restart policy; only while nobody takes."""
        if self.spec.on_restart is OnRestart.PURGE:
            self.discard_all(DeadLetterReason.PURGED)
        elif self.spec.on_restart is OnRestart.CONFLATE:
            self._conflate_waiting()

    def _overflow(self, item: Any) -> None:
        match self.spec.overflow:
            case Overflow.DROP_NEW:
                self.owner.discard(item, DeadLetterReason.MAILBOX_FULL)
            case Overflow.DROP_OLD:
                self.items.append(item)
                self._drop_oldest()
            case _:
                raise MailboxFull(self.owner.path, self.spec.capacity)

    def _drop_oldest(self) -> None:
        try:
            oldest = self.take()
        except IndexError:
            return
        self.owner.discard(oldest, DeadLetterReason.MAILBOX_FULL)

    def _put_conflated(self, item: Any) -> None:
        assert self._conflating is not None  # noqa: S101 - for the type checker
        key = self._key(item)
        with self._conflating:
            place = self._places.get(key)
            if place is None:
                if len(self.items) >= self.spec.capacity:
                    raise MailboxFull(self.owner.path, self.spec.capacity)
                self.items.append(self._place(item, key))
                return
            replaced, place.item = place.item, item
        self.owner.discard(replaced, DeadLetterReason.CONFLATED)

    def _put_first(self, item: Any) -> None:
        if self._conflating is None:
            self.items.appendleft(item)
            return
        key = self._key(item)
        with self._conflating:
            newer = self._places.get(key)
            self.items.appendleft(self._place(item, key))
            if newer is not None:
                self._places[key] = newer

    def _place(self, item: Any, key: Any) -> _Place:
        place = _Place(item, key)
        if key is not _UNKEYED:
            self._places[key] = place
        return place

    def _conflate_waiting(self) -> None:
        waiting: list[Any] = []
        for _ in range(len(self.items)):
            with contextlib.suppress(IndexError):  # a full mailbox may drop its oldest
                waiting.append(self.take())
        kept: list[Any] = []
        seen: set[Any] = set()
        for item in reversed(waiting):
            if self._is_replaced(item, seen):
                self.owner.discard(item, DeadLetterReason.CONFLATED)
            else:
                kept.append(item)
        for item in kept:
            self._put_first(item)

    def _is_replaced(self, item: Any, seen: set[Any]) -> bool:
        """Say whether a newer item had this item's key; such keys are in `seen`."""
        key = self._key(item)
        if key is _UNKEYED:
            return False
        replaced = key in seen
        seen.add(key)
        return replaced

    def _key(self, item: Any) -> Any:
        """Return what the item is conflated by; asks never are."""
        if type(item) is Envelope:
            return _UNKEYED
        key = getattr(item, self.spec.key or "", _UNKEYED)
        try:
            hash(key)
        except TypeError:  # not hashable: then it is like no key
            return _UNKEYED
        return key
