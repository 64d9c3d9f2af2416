"""Decides what becomes of a call that a fault has struck."""

import enum
from collections.abc import Callable

import attrs

from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.kinds import FaultKind
from holdfast.testing.venue.rest import Reply

HTML = "text/html"


class Delivery(enum.Enum):
    """What happens on the wire instead of an answer."""

    ANSWER = enum.auto()
    HANG = enum.auto()
    CLOSE = enum.auto()
    RESET = enum.auto()
    TRUNCATE = enum.auto()
    TRICKLE = enum.auto()


@attrs.frozen(kw_only=True)
class Plan:
    """Whether the call is executed, when, and what is said.

    `instead` is said in place of the venue's own answer. After `late_by` seconds it is
    executed although nobody waits. `shut_out_for`: nobody is listened to so long.
    """

    executes: bool = True
    delivery: Delivery = Delivery.ANSWER
    instead: Reply | None = None
    late_by: float = 0.0
    seconds: float = 0.0
    pieces: int = 1
    shut_out_for: float = 0.0
    shut_out_status: int = 418


UNTOUCHED = Plan()

Refusal = Callable[[int, str | None, int | None], Reply]
"""How the protocol says a code: the code, its text and status if the fault has them."""


_ON_THE_WIRE = {
    FaultKind.TIMEOUT_BEFORE_EXECUTION: (False, Delivery.HANG),
    FaultKind.TIMEOUT_AFTER_EXECUTION: (True, Delivery.HANG),
    FaultKind.EXECUTED_NO_ANSWER: (True, Delivery.CLOSE),
}


def plan_of(fault: Fault | None, refusal: Refusal) -> Plan:
    """Say what a fault makes of a call."""
    if fault is None:
        return UNTOUCHED
    if fault.kind in _ON_THE_WIRE:
        executes, delivery = _ON_THE_WIRE[fault.kind]
        return Plan(executes=executes, delivery=delivery)
    match fault.kind:
        case FaultKind.RESET | FaultKind.TRUNCATED:
            is_reset = fault.kind is FaultKind.RESET
            delivery = Delivery.RESET if is_reset else Delivery.TRUNCATE
            return Plan(executes=bool(fault.param("executed")), delivery=delivery)
        case FaultKind.LATE_EXECUTION:
            late_by = float(fault.param("seconds"))
            return Plan(executes=False, delivery=Delivery.HANG, late_by=late_by)
        case FaultKind.TRICKLE:
            return Plan(
                delivery=Delivery.TRICKLE,
                seconds=float(fault.param("seconds")),
                pieces=int(fault.param("pieces")),
            )
        case _:
            return _said(fault, refusal)


def _said(fault: Fault, refusal: Refusal) -> Plan:
    """Let the fault say something else than the venue does."""
    match fault.kind:
        case FaultKind.STATUS:
            instead = page(int(fault.param("status")))
        case FaultKind.WAF:
            return Plan(executes=False, instead=page(403))
        case FaultKind.GARBAGE:
            body: str = fault.param("body")
            kind = HTML if body.startswith("<") else "application/json"
            instead = Reply(body=body.encode(), content_type=kind)
        case FaultKind.CODE:
            code, told = int(fault.param("code")), fault.param("message")
            instead = refusal(code, told, fault.param("status"))
        case FaultKind.MAINTENANCE:
            status = int(fault.param("status"))
            told = "System is under maintenance."
            return Plan(executes=False, instead=refusal(1, told, status))
        case FaultKind.THROTTLED | FaultKind.BANNED:
            return _shut_out(fault)
        case _:
            raise ValueError(f"{fault.kind} is no answer to a call")
    return Plan(executes=bool(fault.param("executed")), instead=instead)


def _shut_out(fault: Fault) -> Plan:
    """Leave the answer to the venue, which from now on listens to nobody."""
    status = 418 if fault.kind is FaultKind.BANNED else 429
    seconds = float(fault.param("retry_after"))
    return Plan(shut_out_for=seconds, shut_out_status=status)


def page(status: int) -> Reply:
    """Say it as what stands in front of a venue does."""
    return Reply(
        status=status,
        body=f"<html><h1>{status}</h1></html>".encode(),
        content_type=HTML,
    )
