"""The state of the tree as a fold of its events, and nothing else."""

import enum
from collections.abc import Iterable, Iterator

import attrs

from .events import Decision, EventKind, SupervisionEvent


class Phase(enum.StrEnum):
    """Where a place is in its life."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    RESTARTING = "restarting"
    FAILED = "failed"


@attrs.frozen
class NodeState:
    """What is known of one place; times are wall seconds.

    `about` says what it is, as "worker permanent" or "supervisor one_for_one 3/60".
    `restarts` counts the failures of this place that were answered by a restart.
    """

    path: str
    about: str = ""
    phase: Phase = Phase.STOPPED
    incarnation: int = 0
    since: float = 0.0
    restarts: int = 0
    last_exit: str = ""

    @property
    def is_supervisor(self) -> bool:
        """Whether it has children of its own."""
        return self.about.startswith("supervisor")


_PHASE_AFTER_EXIT = {
    Decision.NONE: Phase.STOPPED,
    Decision.RESTART: Phase.RESTARTING,
    Decision.RESTART_WITH_SIBLING: Phase.RESTARTING,
    Decision.LEAVE_STOPPED: Phase.STOPPED,
    Decision.FORGET: Phase.STOPPED,
    Decision.ESCALATE: Phase.FAILED,
    Decision.SHUT_DOWN: Phase.STOPPED,
}


@attrs.define
class TreeState:
    """All places by path, in the order in which they were added."""

    nodes: dict[str, NodeState] = attrs.field(factory=dict[str, NodeState])
    seq: int = 0
    restarts: int = 0
    escalations: int = 0

    def apply(self, event: SupervisionEvent) -> None:
        """Become the state that follows from one more event."""
        self.seq = event.seq
        self.restarts += event.decision is Decision.RESTART
        self.escalations += event.kind is EventKind.ESCALATED
        if event.kind is EventKind.REMOVED:
            self.nodes.pop(event.path, None)
        else:
            node = self.nodes.get(event.path) or NodeState(event.path)
            self.nodes[event.path] = _changed(node, event)

    def copy(self) -> "TreeState":
        """Return a state that later events do not change."""
        return attrs.evolve(self, nodes=dict(self.nodes))

    def below(self, path: str) -> Iterator[NodeState]:
        """Yield the place at `path` and all places below it."""
        for node in self.nodes.values():
            if node.path == path or node.path.startswith(f"{path}/"):
                yield node


def fold(events: Iterable[SupervisionEvent]) -> TreeState:
    """Return the state that the events add up to."""
    state = TreeState()
    for event in events:
        state.apply(event)
    return state


def _changed(node: NodeState, event: SupervisionEvent) -> NodeState:
    match event.kind:
        case EventKind.ADDED:
            return attrs.evolve(node, about=event.reason, since=event.time)
        case EventKind.EXITED:
            return attrs.evolve(
                node,
                phase=_PHASE_AFTER_EXIT[event.decision],
                since=event.time,
                last_exit=event.reason,
                restarts=node.restarts + (event.decision is Decision.RESTART),
            )
        case EventKind.STARTING | EventKind.READY | EventKind.STOPPING:
            return attrs.evolve(
                node,
                phase=_phase(event),
                incarnation=event.incarnation,
                since=event.time,
            )
        case _:
            return node


def _phase(event: SupervisionEvent) -> Phase:
    if event.kind is EventKind.READY:
        return Phase.RUNNING
    if event.kind is EventKind.STOPPING:
        return Phase.STOPPING
    return Phase.STARTING if event.incarnation <= 1 else Phase.RESTARTING
