"""What risk tells of how it stands: to an operator, and as facts."""

from collections.abc import Mapping
from typing import Any

from .guard import Guard
from .risk_memory import RiskMemory
from .risk_words import Halted, RiskReport


def report(
    symbol: str, memory: RiskMemory, guard: Guard, halt: Halted | None
) -> RiskReport:
    """Describe it to an operator; `halt` is how far a halt has come."""
    state = memory.states.for_symbol()
    return RiskReport(
        symbol=symbol,
        level=state.level,
        why=state.why,
        states=memory.states.tightened(),
        limits=guard.uses,
        gates={str(gate): why for gate, why in memory.gates.items()},
        halt=halt,
    )


def facts(memory: RiskMemory, guard: Guard) -> Mapping[str, Any]:
    """Tell the risk state, and what was refused, over all incarnations."""
    state = memory.states.for_symbol()
    return {
        "rejects": memory.refused,
        "risk": str(state.level),
        "why": state.why,
        "tightened": {
            each.scope: f"{each.level}: {each.why}"
            for each in memory.states.tightened()
        },
        "risk_gates": dict(memory.gates),
        "limits": [str(use) for use in guard.uses],
    }
