"""Turns settings into the specs that the supervisors work with."""

import pkgutil
from typing import Any

from msgspec.structs import asdict

from ..supervision import specs
from ..supervision.budget import BudgetSpec
from ..supervision.runtime.mailbox import MailboxSpec
from . import nodes
from .settings import Settings


def build(settings: Settings) -> specs.SupervisorSpec:
    """Return the tree of settings that `load` has checked, its classes imported."""
    return _supervisor(settings.tree)


def _supervisor(node: nodes.Supervisor) -> specs.SupervisorSpec:
    changed: dict[str, Any] = {
        "children": tuple(map(_child, node.children)),
        "backoff": _backoff(node.backoff),
    }
    return specs.SupervisorSpec(**(asdict(node) | changed))


def _child(node: nodes.Worker | nodes.Supervisor) -> specs.Spec:
    if isinstance(node, nodes.Supervisor):
        return _supervisor(node)
    changed: dict[str, Any] = {
        "start": pkgutil.resolve_name(node.start),
        "mailbox": MailboxSpec(**asdict(node.mailbox)),
        "backoff": _backoff(node.backoff),
    }
    return specs.ChildSpec(**(asdict(node) | changed))


def _backoff(node: nodes.Backoff | None) -> specs.Backoff | None:
    return specs.Backoff(**asdict(node)) if node else None


def budgets(settings: Settings) -> dict[str, BudgetSpec]:
    """Return how many restarts each dependency bears."""
    return {
        name: BudgetSpec(**asdict(budget)) for name, budget in settings.budgets.items()
    }
