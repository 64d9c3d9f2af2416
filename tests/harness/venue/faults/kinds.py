"""The kinds of faults, and what each can be told."""

import enum
from collections.abc import Mapping
from typing import Any

ANYWHERE = "*"


class FaultKind(enum.StrEnum):
    """What goes wrong; the README says of each what a client sees."""

    STATUS = "status"
    THROTTLED = "throttled"
    BANNED = "banned"
    WAF = "waf"
    TIMEOUT_BEFORE_EXECUTION = "timeout_before_execution"
    TIMEOUT_AFTER_EXECUTION = "timeout_after_execution"
    EXECUTED_NO_ANSWER = "executed_no_answer"
    RESET = "reset"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"
    CODE = "code"
    TRICKLE = "trickle"
    LATE_EXECUTION = "late_execution"
    MAINTENANCE = "maintenance"

    ORDER_INVISIBLE = "order_invisible"
    PARTIAL_FILL = "partial_fill"
    FILL_RACES_CANCEL = "fill_races_cancel"
    ENDED_BY_VENUE = "ended_by_venue"
    BALANCE_LAG = "balance_lag"

    REFUSED = "refused"
    HALF_OPEN = "half_open"
    CLOCK_SKEW = "clock_skew"
    DISCONNECT = "disconnect"
    TERMINATED = "terminated"
    EXTERNAL_ORDER = "external_order"
    LIQUIDATION = "liquidation"

    LOST_FRAME = "lost_frame"
    DUPLICATED_FRAME = "duplicated_frame"
    REORDERED_FRAME = "reordered_frame"
    BAD_FRAME = "bad_frame"
    SILENT = "silent"
    LOST_ACK = "lost_ack"
    ACCEPT_THEN_CLOSE = "accept_then_close"


_K = FaultKind

ANSWERS = frozenset(
    {_K.STATUS, _K.THROTTLED, _K.BANNED, _K.WAF, _K.TIMEOUT_BEFORE_EXECUTION}
    | {_K.TIMEOUT_AFTER_EXECUTION, _K.EXECUTED_NO_ANSWER, _K.RESET, _K.TRUNCATED}
    | {_K.GARBAGE, _K.CODE, _K.TRICKLE, _K.LATE_EXECUTION, _K.MAINTENANCE}
)
"""They change how a call is answered; one call is struck by one of them at most."""

ORDER_EFFECTS = frozenset(
    {_K.ORDER_INVISIBLE, _K.PARTIAL_FILL, _K.FILL_RACES_CANCEL, _K.ENDED_BY_VENUE}
    | {_K.BALANCE_LAG}
)
"""They change what a call does to its order or shows of the account."""

CONDITIONS = frozenset(
    {_K.REFUSED, _K.HALF_OPEN, _K.CLOCK_SKEW, _K.DISCONNECT, _K.TERMINATED}
    | {_K.EXTERNAL_ORDER, _K.LIQUIDATION}
)
"""They begin at a time, or before the call that they wait for, and last `for`."""

FRAMES = frozenset(
    {_K.LOST_FRAME, _K.DUPLICATED_FRAME, _K.REORDERED_FRAME, _K.BAD_FRAME, _K.SILENT}
)
"""They change what a stream says."""

LASTING = frozenset({_K.SILENT, _K.MAINTENANCE, _K.BALANCE_LAG})
"""Without a limit they strike until they are healed."""

DEFAULTS: Mapping[FaultKind, Mapping[str, Any]] = {
    _K.STATUS: {"status": 503, "executed": False},
    _K.THROTTLED: {"retry_after": 10},
    _K.BANNED: {"retry_after": 120},
    _K.WAF: {},
    _K.TIMEOUT_BEFORE_EXECUTION: {},
    _K.TIMEOUT_AFTER_EXECUTION: {},
    _K.EXECUTED_NO_ANSWER: {},
    _K.RESET: {"executed": False},
    _K.TRUNCATED: {"executed": True},
    _K.GARBAGE: {"body": "<html>maintenance</html>", "executed": True},
    _K.CODE: {"code": -1000, "message": None, "status": None, "executed": False},
    _K.TRICKLE: {"seconds": 1.0, "pieces": 10},
    _K.LATE_EXECUTION: {"seconds": 1.0},
    _K.MAINTENANCE: {"status": 503},
    _K.ORDER_INVISIBLE: {"seconds": 1.0},
    _K.PARTIAL_FILL: {"share": "0.5"},
    _K.FILL_RACES_CANCEL: {"share": "1"},
    _K.ENDED_BY_VENUE: {"status": "EXPIRED"},
    _K.BALANCE_LAG: {"seconds": 1.0},
    _K.REFUSED: {},
    _K.HALF_OPEN: {},
    _K.CLOCK_SKEW: {"seconds": -5.0},
    _K.DISCONNECT: {},
    _K.TERMINATED: {
        "text": '{"subscriptionId":0,"event":{"e":"eventStreamTerminated","E":1}}'
    },
    _K.EXTERNAL_ORDER: {"side": "buy", "quantity": "0.1", "price": None},
    _K.LIQUIDATION: {"share": "1"},
    _K.LOST_FRAME: {},
    _K.DUPLICATED_FRAME: {},
    _K.REORDERED_FRAME: {},
    _K.BAD_FRAME: {"text": '{"e":"trade","s":"BTC'},
    _K.SILENT: {},
    _K.LOST_ACK: {"subscribes": False},
    _K.ACCEPT_THEN_CLOSE: {},
}
