"""What a supervisor is told about each child: how to start, restart and stop it.

Words and defaults are OTP's (`supervisor:child_spec/0`, `supervisor:sup_flags/0`);
durations are seconds.
"""

import enum
import math
from collections.abc import Iterable, Mapping
from typing import Any

import attrs
from attrs import validators as must

from .failures import FailureClass
from .runtime.actor import Actor
from .runtime.mailbox import MailboxSpec

NAME_PATTERN = r"[A-Za-z0-9_.-]+"

TOP = "/"
"""The id of a supervisor above all others; its children are `/a`, `/b` and so on."""


class Strategy(enum.StrEnum):
    """Who is restarted together with a child that failed."""

    ONE_FOR_ONE = "one_for_one"
    ONE_FOR_ALL = "one_for_all"
    REST_FOR_ONE = "rest_for_one"
    SIMPLE_ONE_FOR_ONE = "simple_one_for_one"


class Restart(enum.StrEnum):
    """Which endings of a child are answered by a restart."""

    PERMANENT = "permanent"
    TRANSIENT = "transient"
    TEMPORARY = "temporary"


class AutoShutdown(enum.StrEnum):
    """When a supervisor stops by itself because significant children ended."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    ALL_SIGNIFICANT = "all_significant"


class InFlight(enum.StrEnum):
    """What becomes of the message that an actor was handling when it crashed."""

    DEAD_LETTER = "dead_letter"
    REDELIVER = "redeliver"


BRUTAL = "brutal"
"""Shutdown without a chance to clean up (OTP: `brutal_kill`)."""

UNLIMITED = 1_000_000_000
"""An intensity that is never reached: the supervisor never gives up."""

INFINITY = "infinity"
"""Shutdown without a deadline of its own; the total deadline still holds."""


_PLAIN_MAILBOX = MailboxSpec()


def _check_shutdown(_spec: object, _field: object, value: float | str) -> None:
    if value in (BRUTAL, INFINITY):
        return
    if not isinstance(value, float | int) or not value >= 0:  # nor is it a NaN
        raise ValueError(
            f"shutdown must be seconds >= 0, {BRUTAL!r} or {INFINITY!r}, was {value!r}"
        )


def _check_hang_after(_spec: object, _field: object, value: float | None) -> None:
    if value is not None and value <= 0:
        raise ValueError(f"hang_after must be seconds > 0, or None, was {value!r}")


def _check_start(_spec: object, _field: object, value: Any) -> None:
    if not isinstance(value, type) or not issubclass(value, Actor):
        raise TypeError(f"start must be a subclass of Actor, was {value!r}")


def _check_args(_spec: object, _field: object, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"args must be a mapping by name, was {value!r}")


def _check_children(_spec: object, _field: object, value: Iterable[object]) -> None:
    for child in value:
        if not isinstance(child, Spec):
            raise TypeError(
                f"children must be ChildSpec or SupervisorSpec, one was {child!r}"
            )


@attrs.frozen(kw_only=True)
class RefTo:
    """A place in `args` where the reference to the actor at `path` will stand."""

    path: str


@attrs.frozen(kw_only=True)
class Backoff:
    """How long to wait before a restart (Akka's `restartWithBackoff`).

    The n-th wait in a row is `min(maximum, minimum * factor ** n)`, spread evenly by
    the share `jitter` in both directions. A child that ran for `stable_for` seconds
    starts again at n = 0.
    """

    minimum: float = attrs.field(default=0.2, validator=must.gt(0))
    maximum: float = attrs.field(default=30.0, validator=must.gt(0))
    factor: float = attrs.field(
        default=2.0, validator=must.and_(must.ge(1), must.le(1000))
    )
    jitter: float = attrs.field(
        default=0.2, validator=must.and_(must.ge(0), must.lt(1))
    )
    stable_for: float = attrs.field(default=60.0, validator=must.gt(0))


_NOTHING_NAMED: Mapping[str, FailureClass] = {}


def _classes(failures: Mapping[str, str]) -> Mapping[str, FailureClass]:
    return {name: FailureClass(meant) for name, meant in failures.items()} or (
        _NOTHING_NAMED
    )


_BACKOFF = must.optional(must.instance_of(Backoff))
_YES_OR_NO = must.instance_of(bool)


@attrs.frozen(kw_only=True)
class ChildSpec:
    """A worker: the actor class to start and what to do when it ends.

    `concurrency` is how many messages an actor on an asyncio loop handles side by side.
    `hang_after` is how many seconds one message may take before the actor counts as
    hung and is replaced, None for any. `backoff` None means the supervisor's; `intake`
    marks what brings work in from outside, so that a shutdown can stop it first.
    `failures` says of exceptions, as "module:Class", what they mean; `dependency` names
    what its restarts burden, so that a budget limits them.
    """

    id: str = attrs.field(validator=must.matches_re(NAME_PATTERN))
    start: type[Actor] = attrs.field(validator=_check_start)
    args: Mapping[str, Any] = attrs.field(factory=dict[str, Any], validator=_check_args)
    restart: Restart = attrs.field(default=Restart.PERMANENT, converter=Restart)
    shutdown: float | str = attrs.field(default=5.0, validator=_check_shutdown)
    start_timeout: float = attrs.field(default=10.0, validator=must.gt(0))
    hang_after: float | None = attrs.field(default=10.0, validator=_check_hang_after)
    dispatcher: str = attrs.field(
        default="shared", validator=must.in_(("shared", "pinned", "loop"))
    )
    concurrency: int = attrs.field(default=1, validator=must.ge(1))
    mailbox: MailboxSpec = attrs.field(
        default=_PLAIN_MAILBOX, validator=must.instance_of(MailboxSpec)
    )
    in_flight: InFlight = attrs.field(default=InFlight.DEAD_LETTER, converter=InFlight)
    backoff: Backoff | None = attrs.field(default=None, validator=_BACKOFF)
    failures: Mapping[str, FailureClass] = attrs.field(
        default=_NOTHING_NAMED, converter=_classes
    )
    dependency: str | None = attrs.field(
        default=None, validator=must.optional(must.instance_of(str))
    )
    significant: bool = attrs.field(default=False, validator=_YES_OR_NO)
    intake: bool = attrs.field(default=False, validator=_YES_OR_NO)

    def __attrs_post_init__(self) -> None:
        _check_significant(self.id, self.restart, significant=self.significant)
        if self.concurrency > 1 and self.dispatcher != "loop":
            raise ValueError(
                f"{self.id!r} has concurrency {self.concurrency}, but only coroutines"
                ' run side by side: set dispatcher to "loop"'
            )

    @property
    def redelivers(self) -> bool:
        """Whether a message in flight when the actor crashed is delivered again."""
        return self.in_flight is InFlight.REDELIVER

    @property
    def about(self) -> str:
        """What the place is, in a few words."""
        return f"worker {self.restart}"


def _in_order(
    children: Iterable["ChildSpec | SupervisorSpec"],
) -> tuple["ChildSpec | SupervisorSpec", ...]:
    return tuple(children)


@attrs.frozen(kw_only=True)
class SupervisorSpec:
    """A supervisor and its children, in start order.

    More than `intensity` restarts within `period` seconds end the supervisor. With
    `simple_one_for_one` the only child is a template, started by `StartChild`, and
    auto_shutdown is never.
    """

    id: str = attrs.field(
        default="root", validator=must.matches_re(f"{TOP}|{NAME_PATTERN}")
    )
    children: tuple["ChildSpec | SupervisorSpec", ...] = attrs.field(
        default=(), converter=_in_order, validator=_check_children
    )
    strategy: Strategy = attrs.field(default=Strategy.ONE_FOR_ONE, converter=Strategy)
    intensity: int = attrs.field(
        default=3, validator=[must.instance_of(int), must.ge(0)]
    )
    period: float = attrs.field(default=60.0, validator=[must.gt(0), must.lt(math.inf)])
    backoff: Backoff | None = attrs.field(factory=Backoff, validator=_BACKOFF)
    auto_shutdown: AutoShutdown = attrs.field(
        default=AutoShutdown.NEVER, converter=AutoShutdown
    )
    restart: Restart = attrs.field(default=Restart.PERMANENT, converter=Restart)
    shutdown: float | str = attrs.field(default=INFINITY, validator=_check_shutdown)
    significant: bool = attrs.field(default=False, validator=_YES_OR_NO)

    def __attrs_post_init__(self) -> None:
        _check_significant(self.id, self.restart, significant=self.significant)
        seen: set[str] = set()
        for child in self.children:
            if child.id in seen:
                raise ValueError(f"two children of {self.id!r} are named {child.id!r}")
            seen.add(child.id)
            if child.significant and self.auto_shutdown is AutoShutdown.NEVER:
                raise ValueError(
                    f"{child.id!r} is significant, but {self.id!r} has auto_shutdown"
                    " never: set auto_shutdown, or significant to false"
                )
        if self.strategy is Strategy.SIMPLE_ONE_FOR_ONE:
            _check_template(self)

    @property
    def dispatcher(self) -> str:
        """Supervisors share a thread: they never block."""
        return "shared"

    @property
    def mailbox(self) -> MailboxSpec:
        """Supervisors have the ordinary mailbox."""
        return _PLAIN_MAILBOX

    @property
    def redelivers(self) -> bool:
        """A command that crashed a supervisor is not tried again."""
        return False

    @property
    def concurrency(self) -> int:
        """Supervisors do one thing after the other."""
        return 1

    @property
    def hang_after(self) -> None:
        """Supervisors handle nothing but short calls of their own."""
        return

    @property
    def start_timeout(self) -> float | None:
        """A supervisor takes as long as its children may."""
        return None

    @property
    def about(self) -> str:
        """What the place is, in a few words."""
        limit = f"{self.intensity}/{self.period:g}"
        if self.intensity >= UNLIMITED:
            limit = "unlimited"
        return f"supervisor {self.strategy} {limit}"


Spec = ChildSpec | SupervisorSpec


def _check_significant(name: str, restart: Restart, *, significant: bool) -> None:
    if significant and restart is Restart.PERMANENT:
        raise ValueError(
            f"{name!r} is permanent, so it can't be significant: a permanent child"
            " is always restarted (use transient or temporary)"
        )


def _check_template(spec: SupervisorSpec) -> None:
    if len(spec.children) != 1 or not isinstance(spec.children[0], ChildSpec):
        raise ValueError(
            f"{spec.id!r} is simple_one_for_one: it needs exactly one worker as"
            " template"
        )
    if spec.auto_shutdown is not AutoShutdown.NEVER:
        raise ValueError(
            f"{spec.id!r} is simple_one_for_one: it can't have auto_shutdown"
            f" {spec.auto_shutdown}, its children come and go"
        )
