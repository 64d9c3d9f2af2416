"""What a supervisor can be told and asked; the names and answers are OTP's.

Send them with `ref.command(message)`: they overtake ordinary messages, and a supervisor
answers at once in every state. The answer of what starts or stops a child comes when
the child is ready or gone.
"""

import enum
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import validators as must

from .runtime.reference import Ref
from .specs import Spec


class Refusal(enum.StrEnum):
    """Why a supervisor does not do what it was told."""

    ALREADY_STARTED = "already_started"
    ALREADY_PRESENT = "already_present"
    RUNNING = "running"
    RESTARTING = "restarting"
    NOT_FOUND = "not_found"
    BAD_COMBINATION = "bad_combination"
    SIMPLE_ONE_FOR_ONE = "simple_one_for_one"
    START_FAILED = "start_failed"
    SHUTTING_DOWN = "shutting_down"


class ChildError(Exception):
    """The command was refused, or the child did not start; `code` says which."""

    def __init__(self, code: Refusal, path: str, detail: str = "") -> None:
        self.code = code
        self.path = path
        super().__init__(f"{path}: {detail or code.replace('_', ' ')}")


@attrs.frozen
class StartChild:
    """Add a child and start it; the answer is its `Ref`, or None if it declined.

    A `simple_one_for_one` supervisor takes `args`, added to those of its template.
    """

    spec: Spec | None = attrs.field(
        default=None, validator=must.optional(must.instance_of(Spec))
    )
    args: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


@attrs.frozen
class TerminateChild:
    """Stop a child and leave it stopped.

    A temporary one is forgotten, and so is one of a `simple_one_for_one` supervisor.
    """

    id: str


@attrs.frozen
class RestartChild:
    """Start a child that is stopped; the answer is as that to `StartChild`."""

    id: str


@attrs.frozen
class DeleteChild:
    """Forget a child that is stopped."""

    id: str


@attrs.frozen
class CycleChild:
    """Stop a running child, and those its strategy takes with it, and start them anew.

    It spends nothing of the restart intensity and waits for no back-off: somebody
    wants it. The answer is as that to `StartChild`.
    """

    id: str
    reason: str


@attrs.frozen
class WhichChildren:
    """Answered by a tuple of `ChildInfo`, in start order."""


@attrs.frozen
class WhichChild:
    """Answered by the `ChildInfo` of one child."""

    id: str


@attrs.frozen
class GetChildSpec:
    """Answered by the specification of one child, defaults filled in."""

    id: str


@attrs.frozen
class CountChildren:
    """Answered by `ChildCounts`."""


class ChildState(enum.StrEnum):
    """Where a supervisor has got to with a child."""

    DOWN = "down"
    RESTARTING = "restarting"
    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"


@attrs.frozen
class ChildInfo:
    """One child as `WhichChildren` tells of it."""

    id: str
    ref: Ref
    state: ChildState
    about: str


@attrs.frozen
class ChildCounts:
    """How many children are specified, how many run, and how many are of which kind.

    All children of a `simple_one_for_one` supervisor have the one specification.
    """

    specs: int
    active: int
    supervisors: int
    workers: int
