"""What the API tells of a system: plain structures made from the fold of events."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ..supervision.status import Verdict, count_by_word, verdict, word, worst
from ..supervision.system import ActorSystem, UnknownPath
from ..supervision.tree_state import NodeState, TreeState


def status(
    system: ActorSystem,
    environment: str,
    *,
    answers: bool,
    risk: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Describe the whole system; `answers` is whether its supervisors still do.

    `risk` is what those who guard the trading tell of it.
    """
    state = system.events.state()
    judged = verdict(state) if answers else Verdict.UNKNOWN
    judged = worst(judged, *map(_of_risk, risk))
    nodes = [node for node in state.nodes.values() if node.path != "/"]
    shown = by_branch(nodes)
    return {
        "verdict": str(judged),
        "environment": environment,
        "time": system.clock.wall(),
        "seq": state.seq,
        "restarts": state.restarts,
        "escalations": state.escalations,
        "dead_letters": system.dead_letters.count(),
        "counts": count_by_word(shown),
        "risk": [
            {
                "path": each["path"],
                "level": each["level"],
                "why": each["why"],
                "gates": each.get("gates", {}),
                "limits": each.get("limits", []),
            }
            for each in risk
        ],
        "components": [component(system, node) for node in shown],
    }


def component(system: ActorSystem, node: NodeState) -> dict[str, Any]:
    """Describe one place."""
    return {
        "path": node.path,
        "state": str(word(node)),
        "about": node.about,
        "incarnation": node.incarnation,
        "restarts": node.restarts,
        "since": node.since,
        "last_exit": node.last_exit,
        "waiting": _waiting(system, node.path),
    }


def inside(system: ActorSystem, path: str) -> dict[str, Any]:
    """Tell what is known of one actor without asking it; nothing if it is gone."""
    try:
        info = attrs.asdict(system.info(path))
    except UnknownPath:  # removed meanwhile
        return {}
    shown = ("lifecycle", "dispatcher", "urgent", "steps", "at")
    ties = ("links", "watchers", "watching")
    return {"class": info["actor_class"], **{name: info[name] for name in shown + ties}}


def by_branch(nodes: Sequence[NodeState]) -> list[NodeState]:
    """Put each place behind its supervisor, also one that was added later."""
    rank = {node.path: number for number, node in enumerate(nodes)}

    def way(node: NodeState) -> list[int]:
        names = node.path.split("/")
        above = ["/".join(names[:count]) for count in range(2, len(names) + 1)]
        return [rank[path] for path in above if path in rank]

    return sorted(nodes, key=way)


def parent_of(path: str) -> tuple[str, str]:
    """Split a path into that of its supervisor and its own name."""
    above, _, name = path.rpartition("/")
    return above or "/", name


def known(state: TreeState, path: str) -> NodeState | None:
    """Find a place by its path, which may come without the leading slash."""
    return state.nodes.get("/" + path.strip("/"))


def _of_risk(told: Mapping[str, Any]) -> Verdict:
    """Judge a risk state and its gates; what is not known its component says."""
    if told["level"] == "halted":
        return Verdict.HALTED
    is_open = told["level"] != "reducing" and not told.get("gates")
    return Verdict.OK if is_open else Verdict.DEGRADED


def _waiting(system: ActorSystem, path: str) -> int:
    try:
        return len(system.cell(path).mailbox.items)
    except UnknownPath:  # removed meanwhile
        return 0
