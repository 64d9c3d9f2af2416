"""What actors are like that talk to each other and get into trouble, as plain data."""

import enum

import attrs
import pykka

from holdfast.supervision import ActorCrashed, AskCycle, FailureClass, MailboxFull


class Objection(Exception):
    """What every rogue may answer without being at fault."""


class Busy(Exception):
    """Its venue wants to be left alone for some time."""

    failure_class = FailureClass.RATE_LIMIT
    retry_after = 2.5


class Refused(Exception):
    """Its key is wrong."""

    failure_class = FailureClass.AUTHENTICATION


FAILURES: dict[str, type[Exception]] = {
    "bug": ArithmeticError,
    "network": ConnectionError,
    "rate limit": Busy,
    "authentication": Refused,
}
"""What a rogue may fail with, by the class of the failure."""

ANSWERS: tuple[type[Exception], ...] = (
    Objection,
    pykka.Timeout,
    pykka.ActorDeadError,
    ActorCrashed,
    AskCycle,
    MailboxFull,
    *FAILURES.values(),
)
"""What asking a rogue may bring; who is careful lives through it."""


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


class Tie(enum.StrEnum):
    """What an actor has to do with the lives of its friends."""

    NONE = "none"
    WATCH = "watch"
    LINK = "link"


@attrs.frozen(kw_only=True)
class Character:
    """How an actor behaves; times are seconds.

    It speaks every `every`, and what it says is passed on `hops` times. The `nth`
    message of each of its lives brings `trouble`. A start takes `slow_start`, fails in
    the lives `bad_starts`, and is declined in the life `declines`; a stop takes
    `slow_stop` and fails if `bad_stop`. Each `failure` is of that class. It has a `tie`
    to its friends. From `calm_from` on it is faultless, and seldom speaks.
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
    failure: str = "bug"
    tie: Tie = Tie.NONE
    calm_from: float = 0.0


@attrs.frozen
class Word:
    """What actors say to each other; `key` is what a mailbox may conflate by."""

    key: int
    hops: int
