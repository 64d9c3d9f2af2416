"""Whether children start in the order of their specification, and stop in reverse."""

from collections.abc import Iterator

from ..events import TERMINATED, Decision, EventKind, SupervisionEvent
from ..specs import TOP, Strategy
from ..tree_state import Phase, TreeState
from .history import History

_IN_ORDER = (Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE)
_COMING = (Phase.STARTING, Phase.RESTARTING, Phase.STOPPING)
_ALIVE = (Phase.STARTING, Phase.RUNNING, Phase.STOPPING)
_NOT_WANTED = (Decision.LEAVE_STOPPED, Decision.FORGET)


class Order:
    """Follows the events of a history, and says where one comes too early."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._state = TreeState()
        self._closing: set[str] = set()
        self._causes: set[int] = set()
        self._commanded: dict[str, int] = {}
        self._settled: dict[str, set[str]] = {}
        self._siblings: dict[str, list[str]] = {}
        self._fresh: set[str] = set()

    def violations(self) -> Iterator[str]:
        """Yield a sentence for each event that comes too early."""
        for happened in self._history.events:
            event = happened.event
            parent = event.path.rpartition("/")[0] or "/"
            spec = self._history.supervisors.get(parent)
            if spec is not None and event.path in self._siblings.get(parent, ()):
                yield from self._too_early(event, parent, spec.strategy)
            self._take_note(event, parent)

    def _phase(self, path: str) -> Phase:
        node = self._state.nodes.get(path)
        return Phase.STOPPED if node is None else node.phase

    def _too_early(
        self, event: SupervisionEvent, parent: str, strategy: Strategy
    ) -> Iterator[str]:
        if strategy is Strategy.SIMPLE_ONE_FOR_ONE:
            return  # its children have no order
        if event.kind is EventKind.STARTING:
            yield from self._started(event, parent, strategy)
        elif event.kind is EventKind.STOPPING:
            yield from self._stopped(event, parent, strategy)

    def _started(
        self, event: SupervisionEvent, parent: str, strategy: Strategy
    ) -> Iterator[str]:
        siblings = self._siblings[parent]
        booting = self._phase(parent) is not Phase.RUNNING
        for path in siblings[: siblings.index(event.path)]:
            missing = booting and path not in self._settled.get(parent, ())
            coming = strategy in _IN_ORDER and self._phase(path) in _COMING
            if missing or coming:
                yield f"I3: {event.path} was started before {path} was ready"
        for path in siblings[siblings.index(event.path) + 1 :]:
            if strategy in _IN_ORDER and self._phase(path) is Phase.STOPPING:
                yield f"I3: {event.path} was started before {path} was down"

    def _stopped(
        self, event: SupervisionEvent, parent: str, strategy: Strategy
    ) -> Iterator[str]:
        """Judge a stop that is one of several: of a group, or of all.

        Who is stopped by command is stopped alone, whenever that is, unless others
        depend on it.
        """
        if event.reason == TERMINATED:
            return
        in_order = strategy in _IN_ORDER
        by_command = self._commanded.get(event.path) == event.cause_seq
        if by_command and not in_order:
            return
        siblings = self._siblings[parent]
        in_group = in_order and event.cause_seq in self._causes
        together = in_group or parent in self._closing
        for path in siblings[siblings.index(event.path) + 1 :] if together else ():
            if self._phase(path) in _ALIVE:
                yield f"I3: {event.path} was stopped before {path} was down"

    def _take_note(self, event: SupervisionEvent, parent: str) -> None:
        path = event.path
        match event.kind:
            case EventKind.STARTING:
                self._closing.discard(path)
                self._settled[path] = set()
                self._fresh.discard(parent)
                self._commanded.pop(path, None)
                self._begin(path)
            case EventKind.ADDED | EventKind.REMOVED:
                self._change(path, parent, here=event.kind is EventKind.ADDED)
            case EventKind.READY:
                self._settled.setdefault(parent, set()).add(path)
            case EventKind.STOPPING | EventKind.ESCALATED:
                self._closing.add(path)
            case EventKind.EXITED | EventKind.COMMANDED:
                self._closing.discard(path)
                self._causes.add(event.seq)
                if event.kind is EventKind.COMMANDED:
                    self._commanded[path] = event.seq
                if event.decision in _NOT_WANTED:  # it declined to start, for example
                    self._settled.setdefault(parent, set()).add(path)
            case _:
                pass
        self._state.apply(event)

    def _begin(self, path: str) -> None:
        """Put the children of a supervisor that starts in their first order."""
        spec = self._history.supervisors.get(path)
        if spec is not None:
            self._siblings[path] = [
                f"{path.rstrip(TOP)}/{child.id}" for child in spec.children
            ]
            self._fresh.add(path)

    def _change(self, path: str, parent: str, *, here: bool) -> None:
        """Take note of who comes last, or goes; until one has started all is fresh."""
        siblings = self._siblings.get(parent)
        if siblings is None or parent in self._fresh:
            return
        if here and path not in siblings:
            siblings.append(path)
        elif not here and path in siblings:
            siblings.remove(path)
