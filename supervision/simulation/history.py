"""What is recorded of a run, so that it can be judged when it is over."""

import attrs

from ..budget import BudgetSpec
from ..events import SupervisionEvent
from ..specs import SupervisorSpec
from ..tree_state import TreeState
from .watch_history import Record


@attrs.frozen
class Happened:
    """An event, and the virtual time at which it was emitted."""

    at: float
    event: SupervisionEvent


@attrs.frozen
class Life:
    """An incarnation began; `unfenced` are others of its place that had not ended."""

    at: float
    path: str
    number: int
    unfenced: tuple[int, ...] = ()


@attrs.frozen
class Asked:
    """A question; `ended_at` is None while it is open."""

    path: str
    deadline: float
    ended_at: float | None


@attrs.frozen
class Probe:
    """A supervisor was asked for its children; `excuse` is why it need not answer."""

    at: float
    path: str
    answered: bool
    excuse: str = ""


@attrs.frozen
class Stopped:
    """A shutdown; `ended_at` is None if it never came to its end."""

    began: float
    deadline: float
    ended_at: float | None


@attrs.define
class Flow:
    """How many messages came to a mailbox, and what became of them.

    `put_back` came a second time, `redelivered` of these because an actor crashed over
    them. What was `taken` was discarded, expired, given back or `begun`. What was begun
    `finished` or was `cut_short` by the end of its actor, or is `open` still; what was
    cut short is redelivered, a dead letter, or an ask that `failed`.
    """

    path: str
    accepted: int = 0
    put_back: int = 0
    redelivered: int = 0
    discarded_unseen: int = 0
    waiting: int = 0
    taken: int = 0
    discarded: int = 0
    expired: int = 0
    given_back: int = 0
    in_hand: int = 0
    begun: int = 0
    finished: int = 0
    cut_short: int = 0
    open: int = 0
    dead: int = 0
    failed: int = 0


@attrs.define
class History:
    """One run of one system.

    `borne` is when each dependency bore a restart, `budgets` what it bears.
    """

    supervisors: dict[str, SupervisorSpec] = attrs.field(
        factory=dict[str, SupervisorSpec]
    )
    borne: dict[str, list[float]] = attrs.field(factory=dict[str, list[float]])
    budgets: dict[str, BudgetSpec] = attrs.field(factory=dict[str, BudgetSpec])
    events: list[Happened] = attrs.field(factory=list[Happened])
    lives: list[Life] = attrs.field(factory=list[Life])
    asks: list[Asked] = attrs.field(factory=list[Asked])
    probes: list[Probe] = attrs.field(factory=list[Probe])
    flows: list[Flow] = attrs.field(factory=list[Flow])
    watches: list[Record] = attrs.field(factory=list[Record])
    shutdown: Stopped | None = None
    state: TreeState = attrs.field(factory=TreeState)
