"""The state of the tree as a fold of its events, and nothing else."""

import enum
from collections.abc import Iterable, Iterator

import attrs
from msgspec import Struct
from msgspec.structs import replace

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


# `gc=False`: it refers to nothing that could refer back, and there may be many.
class NodeState(Struct, frozen=True, gc=False):
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


# Looked up once: in Python 3.11 to find a member costs more than all else in `apply`.
_ADDED, _REMOVED = EventKind.ADDED, EventKind.REMOVED
_STARTING, _EXITED = EventKind.STARTING, EventKind.EXITED
_ESCALATED = EventKind.ESCALATED
_RESTARTS = frozenset({Decision.RESTART, Decision.RETRY})
_RESTARTING = Phase.RESTARTING

_PHASE_ON = {
    _STARTING: Phase.STARTING,
    EventKind.READY: Phase.RUNNING,
    EventKind.STOPPING: Phase.STOPPING,
}
_PHASE_AFTER_EXIT = {
    Decision.NONE: Phase.STOPPED,
    Decision.RESTART: Phase.RESTARTING,
    Decision.RETRY: Phase.RESTARTING,
    Decision.RESTART_WITH_SIBLING: Phase.RESTARTING,
    Decision.LEAVE_STOPPED: Phase.STOPPED,
    Decision.FORGET: Phase.STOPPED,
    Decision.ESCALATE: Phase.FAILED,
    Decision.SHUT_DOWN: Phase.STOPPED,
}
# What says that a place did not end by itself, but because somebody stopped it.
_STOPPED = frozenset({Decision.RESTART_WITH_SIBLING, Decision.SHUT_DOWN})
_NO_FAILURE = ORDERLY | {ExitKind.KILLED}


@attrs.define
class TreeState:
    """All places by path, in the order in which they were added."""

    nodes: dict[str, NodeState] = attrs.field(factory=dict[str, NodeState])
    seq: int = 0
    restarts: int = 0
    escalations: int = 0
    killed: int = 0
    hung: int = 0
    # For each path, the restarting places below it.
    _restarting: dict[str, set[str]] = attrs.field(
        factory=dict[str, set[str]], eq=False, repr=False
    )

    def apply(self, event: SupervisionEvent) -> None:
        """Become the state that follows from one more event."""
        kind = event.kind
        self.seq = event.seq
        self.restarts += event.decision in _RESTARTS
        node = self.nodes.get(event.path)
        if kind is _EXITED:
            self._apply_exit(node, event)
        elif kind is _REMOVED:
            self._remove(node)
        else:
            self.escalations += kind is _ESCALATED
            if kind is _ADDED:
                self._put(node, _changed(node or NodeState(event.path), event))
            elif node is not None:  # else a straggler: its place is gone
                self._put(node, _changed(node, event))

    def copy(self) -> "TreeState":
        """Return a state that later events do not change."""
        restarting = {path: set(below) for path, below in self._restarting.items()}
        return attrs.evolve(self, nodes=dict(self.nodes), restarting=restarting)

    def below(self, path: str) -> Iterator[NodeState]:
        """Yield the place at `path` and all places below it."""
        inside = _inside(path)
        for node in self.nodes.values():
            if node.path == path or node.path.startswith(inside):
                yield node

    def _apply_exit(self, node: NodeState | None, event: SupervisionEvent) -> None:
        how = event.exit_kind
        self.killed += how == ExitKind.KILLED
        self.hung += how == ExitKind.HUNG
        if node is None or event.incarnation < node.incarnation:
            return  # a straggler: its place is gone, or has a newer incarnation
        ended = _ended(node, event)
        self._put(node, ended)
        if ended.is_supervisor:
            self._stop_below(event)

    def _put(self, before: NodeState | None, node: NodeState) -> None:
        self.nodes[node.path] = node
        was_restarting = before is not None and before.phase is _RESTARTING
        if was_restarting is not (node.phase is _RESTARTING):
            self._note_restarting(node.path, begins=not was_restarting)

    def _remove(self, node: NodeState | None) -> None:
        if node is None:
            return
        del self.nodes[node.path]
        if node.phase is _RESTARTING:
            self._note_restarting(node.path, begins=False)

    def _note_restarting(self, path: str, *, begins: bool) -> None:
        """Keep what is restarting below each place above this one."""
        for above in _above(path):
            below = self._restarting.setdefault(above, set())
            if begins:
                below.add(path)
                continue
            below.discard(path)
            if not below:
                del self._restarting[above]

    def _stop_below(self, event: SupervisionEvent) -> None:
        """Note that no restart is due any more where a supervisor has ended."""
        for path in list(self._restarting.get(event.path, ())):
            node = self.nodes[path]
            self._put(node, replace(node, phase=Phase.STOPPED, since=event.time))


def fold(events: Iterable[SupervisionEvent]) -> TreeState:
    """Return the state that the events add up to."""
    state = TreeState()
    for event in events:
        state.apply(event)
    return state


def _changed(node: NodeState, event: SupervisionEvent) -> NodeState:
    kind, time = event.kind, event.time
    if kind is _ADDED:
        return replace(node, about=event.reason, since=time)
    phase = _PHASE_ON.get(kind)
    if phase is not None:
        number = event.incarnation
        if kind is _STARTING and number > 1:
            phase = _RESTARTING
        return replace(node, phase=phase, incarnation=number, since=time)
    if kind is EventKind.COMMANDED and event.decision is not Decision.NONE:
        return replace(node, phase=Phase.STOPPED, since=time)
    return node


def _ended(node: NodeState, event: SupervisionEvent) -> NodeState:
    return replace(
        node,
        phase=_phase_after_exit(event),
        since=event.time,
        last_exit=node.last_exit if event.decision in _STOPPED else event.reason,
        restarts=node.restarts + (event.decision in _RESTARTS),
    )


def _phase_after_exit(event: SupervisionEvent) -> Phase:
    """Tell a place that was stopped from one that failed and is not started again."""
    left = event.decision is Decision.LEAVE_STOPPED
    if left and event.exit_kind not in _NO_FAILURE:
        return Phase.FAILED
    return _PHASE_AFTER_EXIT[event.decision]


def _inside(path: str) -> str:
    """Return what the paths of all places below this one begin with."""
    return path if path.endswith("/") else f"{path}/"


def _above(path: str) -> Iterator[str]:
    """Yield the paths of all places above this one, the nearest first."""
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        yield path
