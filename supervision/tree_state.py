"""The state of the tree as a fold of its events, and nothing else."""

import enum
from collections.abc import Iterable, Iterator

import attrs

from .events import Decision, EventKind, SupervisionEvent
from .runtime.exit_reason import ORDERLY, ExitKind


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
    `restarts` counts the failures of this place that were answered by a restart,
    `last_exit` is how it last ended of its own accord.
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
    killed: int = 0
    hung: int = 0
    _restarting: set[str] = attrs.field(factory=set[str], eq=False, repr=False)

    def apply(self, event: SupervisionEvent) -> None:
        """Become the state that follows from one more event."""
        self.seq = event.seq
        self.restarts += event.decision is Decision.RESTART
        self.escalations += event.kind is EventKind.ESCALATED
        self.killed += event.exit_kind == ExitKind.KILLED
        self.hung += event.exit_kind == ExitKind.HUNG
        node = self.nodes.get(event.path)
        exited = event.kind is EventKind.EXITED
        if event.kind is EventKind.REMOVED:
            self.nodes.pop(event.path, None)
            self._restarting.discard(event.path)
        elif exited and (node is None or event.incarnation < node.incarnation):
            pass  # a straggler: its place is gone, or has a newer incarnation
        else:
            changed = _changed(node or NodeState(event.path), event)
            self._put(changed)
            if exited and changed.is_supervisor:
                self._stop_below(event)

    def copy(self) -> "TreeState":
        """Return a state that later events do not change."""
        return attrs.evolve(
            self, nodes=dict(self.nodes), restarting=set(self._restarting)
        )

    def below(self, path: str) -> Iterator[NodeState]:
        """Yield the place at `path` and all places below it."""
        inside = _inside(path)
        for node in self.nodes.values():
            if node.path == path or node.path.startswith(inside):
                yield node

    def _put(self, node: NodeState) -> None:
        self.nodes[node.path] = node
        if node.phase is Phase.RESTARTING:
            self._restarting.add(node.path)
        else:
            self._restarting.discard(node.path)

    def _stop_below(self, event: SupervisionEvent) -> None:
        """Note that no restart is due any more where a supervisor has ended."""
        inside = _inside(event.path)
        for path in list(self._restarting):
            if path != event.path and path.startswith(inside):
                node = self.nodes[path]
                self._put(attrs.evolve(node, phase=Phase.STOPPED, since=event.time))


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
                phase=_phase_after_exit(event),
                since=event.time,
                last_exit=event.reason if _ended_by_itself(event) else node.last_exit,
                restarts=node.restarts + (event.decision is Decision.RESTART),
            )
        case EventKind.COMMANDED if event.decision is not Decision.NONE:
            return attrs.evolve(node, phase=Phase.STOPPED, since=event.time)
        case EventKind.STARTING | EventKind.READY | EventKind.STOPPING:
            return attrs.evolve(
                node,
                phase=_phase(event),
                incarnation=event.incarnation,
                since=event.time,
            )
        case _:
            return node


def _phase_after_exit(event: SupervisionEvent) -> Phase:
    """Tell a place that was stopped from one that failed and is not started again."""
    failed = event.exit_kind not in (*ORDERLY, ExitKind.KILLED)
    if event.decision is Decision.LEAVE_STOPPED and failed:
        return Phase.FAILED
    return _PHASE_AFTER_EXIT[event.decision]


def _inside(path: str) -> str:
    """Return what the paths of all places below this one begin with."""
    return path if path.endswith("/") else f"{path}/"


def _ended_by_itself(event: SupervisionEvent) -> bool:
    """Say whether a place ended by itself, not because somebody stopped it."""
    stopped = (Decision.RESTART_WITH_SIBLING, Decision.SHUT_DOWN)
    return event.kind is EventKind.EXITED and event.decision not in stopped


def _phase(event: SupervisionEvent) -> Phase:
    if event.kind is EventKind.READY:
        return Phase.RUNNING
    if event.kind is EventKind.STOPPING:
        return Phase.STOPPING
    return Phase.STARTING if event.incarnation <= 1 else Phase.RESTARTING
