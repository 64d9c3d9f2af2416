"""What the state of the tree means for somebody who looks: a word for each place."""

import enum
from collections.abc import Iterable

from .tree_state import NodeState, Phase, TreeState


class Word(enum.StrEnum):
    """The states that people are shown, one for each place."""

    RUNNING = "running"
    STARTING = "starting"
    DEGRADED = "degraded"
    RESTARTING = "restarting"
    FAILED = "failed"
    PAUSED = "paused"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class Verdict(enum.StrEnum):
    """One word for the whole system; HALTED: it runs, and trades no more."""

    OK = "ok"
    DEGRADED = "degraded"
    CRITICAL = "critical"
    HALTED = "halted"
    UNKNOWN = "unknown"


_WORDS = {
    Phase.RUNNING: Word.RUNNING,
    Phase.STARTING: Word.STARTING,
    Phase.STOPPING: Word.RESTARTING,
    Phase.RESTARTING: Word.RESTARTING,
    Phase.FAILED: Word.FAILED,
    Phase.STOPPED: Word.STOPPED,
}

# What serves the operator, not the orders: its failure never makes trading critical.
OPERATIONS = "/system/"


def word(node: NodeState) -> Word:
    """Name the state of a place; what is on its way down comes back or goes soon."""
    return _WORDS[node.phase]


def worst(*verdicts: Verdict) -> Verdict:
    """Return the worst; UNKNOWN if there is none."""
    return max(verdicts, key=list(Verdict).index, default=Verdict.UNKNOWN)


def verdict(state: TreeState) -> Verdict:
    """Judge the whole tree by its worst place.

    A failed place is critical, one that starts or restarts is degraded. Places of the
    operations branch are never worse than degraded.
    """
    return worst(*(_verdict_of(node) for node in state.nodes.values()))


def count_by_word(nodes: Iterable[NodeState]) -> dict[str, int]:
    """Count places by word, leaving out words that no place has."""
    words = [word(node) for node in nodes]
    return {str(each): words.count(each) for each in Word if each in words}


def _verdict_of(node: NodeState) -> Verdict:
    match word(node):
        case Word.RUNNING | Word.STOPPED:
            return Verdict.OK
        case Word.FAILED if not f"{node.path}/".startswith(OPERATIONS):
            return Verdict.CRITICAL
        case _:
            return Verdict.DEGRADED
