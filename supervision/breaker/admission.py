"""Which calls pass in which state: what each class of calls may do, as a table."""

import enum
from collections.abc import Iterable, Mapping

from ..outcome import CallClass
from .states import HoldKind, State


class Verdict(enum.IntEnum):
    """What becomes of a call; of several that apply, the smallest counts.

    LIMITED: it passes within a small side budget. RESERVE: it passes, and whoever keeps
    the rate budget behind may spend its reserve on it. TRIAL: with one of the permits;
    ORDER_TRIAL: only once reads have shown that the venue answers.
    """

    NO = 0
    LIMITED = 1
    RESERVE = 2
    YES = 3
    TRIAL = 4
    ORDER_TRIAL = 5


Row = Mapping[CallClass, Verdict]

_CLASSES = (
    CallClass.NEW,
    CallClass.REDUCE,
    CallClass.CANCEL,
    CallClass.QUERY,
    CallClass.ACCOUNT,
    CallClass.DATA,
)
_NO, _LIM, _RSV = Verdict.NO, Verdict.LIMITED, Verdict.RESERVE
_YES, _TRY, _ORD = Verdict.YES, Verdict.TRIAL, Verdict.ORDER_TRIAL


def _row(*verdicts: Verdict) -> dict[CallClass, Verdict]:
    return dict(zip(_CLASSES, verdicts, strict=True))


#                     NEW   REDUCE CANCEL QUERY ACCOUNT DATA
BY_STATE: Mapping[State, Row] = {
    State.CLOSED: _row(_YES, _YES, _YES, _YES, _YES, _YES),
    State.OPEN: _row(_YES, _YES, _YES, _YES, _YES, _YES),  # its holds decide
    State.HALF_OPEN: _row(_ORD, _ORD, _YES, _TRY, _TRY, _TRY),
    State.FORCED_OPEN: _row(_NO, _LIM, _YES, _LIM, _LIM, _NO),
    State.DISABLED: _row(_YES, _YES, _YES, _YES, _YES, _YES),
    State.METRICS_ONLY: _row(_YES, _YES, _YES, _YES, _YES, _YES),
}
BY_HOLD: Mapping[HoldKind, Row] = {
    HoldKind.TIMER: _row(_NO, _LIM, _YES, _LIM, _LIM, _NO),
    HoldKind.UNTIL: _row(_NO, _NO, _RSV, _RSV, _NO, _NO),
    HoldKind.BAN: _row(_NO, _NO, _NO, _NO, _NO, _NO),
    HoldKind.RECONCILE: _row(_NO, _LIM, _YES, _YES, _LIM, _YES),
    HoldKind.OPERATOR: _row(_NO, _NO, _NO, _NO, _NO, _NO),
}
_HELD = frozenset({State.OPEN, State.FORCED_OPEN})

DEPTH: Mapping[CallClass, int] = {
    CallClass.DATA: 1,
    CallClass.QUERY: 2,
    CallClass.ACCOUNT: 2,
    CallClass.REDUCE: 3,
    CallClass.NEW: 3,
    CallClass.CANCEL: 3,
}
"""How much a success proves: what is public, what needs the key, or an order."""


def admission(state: State, holds: Iterable[HoldKind]) -> Row:
    """Return what becomes of each class of calls now: the strictest that applies."""
    row = BY_STATE[state]
    if state not in _HELD:
        return row
    rows = [row, *(BY_HOLD[kind] for kind in holds)]
    return {each: min(row[each] for row in rows) for each in _CLASSES}
