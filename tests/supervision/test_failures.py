"""Which failure is of which class, and what helps against it."""

from typing import ClassVar

import pytest

from holdfast.supervision import ActorCrashed, ExitKind, ExitReason, LinkedExit
from holdfast.supervision.failures import (
    Directive,
    FailureClass,
    failure_class,
    what_helps,
)

BUG, NETWORK = FailureClass.BUG, FailureClass.NETWORK
RATE_LIMIT, AUTHENTICATION = FailureClass.RATE_LIMIT, FailureClass.AUTHENTICATION


class WrongKey(Exception):
    failure_class: ClassVar[FailureClass] = AUTHENTICATION


class WrongScope(WrongKey):
    pass


class SlowDown(Exception):
    def __init__(self, retry_after: object = None) -> None:
        self.retry_after = retry_after


class Odd(Exception):
    failure_class: ClassVar[str] = "who knows"


HERE = WrongKey.__module__


def of(error: BaseException, kind: ExitKind = ExitKind.CRASHED) -> ExitReason:
    return ExitReason.of(kind, error)


@pytest.mark.parametrize(
    ("reason", "named", "expected"),
    [
        (of(ValueError("x")), {}, BUG),
        (of(ConnectionResetError()), {}, NETWORK),
        (of(TimeoutError()), {}, NETWORK),
        (of(ConnectionRefusedError(), ExitKind.START_FAILED), {}, NETWORK),
        (of(WrongKey()), {}, AUTHENTICATION),
        (of(WrongScope()), {}, AUTHENTICATION),
        (of(Odd()), {}, BUG),
        (of(ActorCrashed("/a", 1, "x")), {}, BUG),
        (of(PermissionError()), {}, BUG),
        # what the specification names comes first, the nearest ancestor of all
        (of(SlowDown()), {f"{HERE}:SlowDown": RATE_LIMIT}, RATE_LIMIT),
        (of(WrongScope()), {f"{HERE}:WrongKey": NETWORK}, NETWORK),
        (
            of(WrongScope()),
            {f"{HERE}:WrongKey": NETWORK, f"{HERE}:WrongScope": BUG},
            BUG,
        ),
        (of(ConnectionError()), {"builtins:OSError": BUG}, BUG),
        (of(ValueError("x")), {"builtins:OSError": NETWORK}, BUG),
        # taken along by a link
        (of(LinkedExit("/root/a", 1, of(ConnectionError()))), {}, NETWORK),
        (of(LinkedExit("/root/a", 1, of(WrongKey()))), {}, AUTHENTICATION),
        (
            of(LinkedExit("/root/a", 1, of(ValueError("x")))),
            {"builtins:ValueError": RATE_LIMIT},
            RATE_LIMIT,
        ),
        (of(LinkedExit("/root/a", 0, ExitReason(ExitKind.NOPROC))), {}, BUG),
        # no exception of the child's own
        (ExitReason(ExitKind.HUNG), {}, BUG),
        (ExitReason(ExitKind.KILLED), {}, BUG),
        (of(ConnectionError(), ExitKind.ESCALATED), {}, BUG),
        (of(ConnectionError(), ExitKind.CLEANUP_FAILED), {}, BUG),
    ],
)
def test_a_failure_is_classified_by_the_exception_behind_it(
    reason: ExitReason, named: dict[str, FailureClass], expected: FailureClass
) -> None:
    assert failure_class(reason, named) is expected


@pytest.mark.parametrize(
    ("kind", "error", "expected"),
    [
        (BUG, ValueError(), Directive()),
        (NETWORK, ConnectionError(), Directive(counts=False)),
        (RATE_LIMIT, SlowDown(7), Directive(counts=False, wait=7.0)),
        (RATE_LIMIT, SlowDown("soon"), Directive(counts=False)),
        (RATE_LIMIT, SlowDown(-1), Directive(counts=False)),
        (RATE_LIMIT, SlowDown(float("inf")), Directive(counts=False, wait=86_400.0)),
        (RATE_LIMIT, SlowDown(float("nan")), Directive(counts=False)),
        (
            RATE_LIMIT,
            LinkedExit("/a", 1, of(SlowDown(7))),
            Directive(counts=False, wait=7.0),
        ),
        (RATE_LIMIT, None, Directive(counts=False)),
        (AUTHENTICATION, WrongKey(), Directive(restarts=False)),
    ],
)
def test_each_class_has_what_helps_against_it(
    kind: FailureClass, error: BaseException | None, expected: Directive
) -> None:
    assert what_helps(kind, error) == expected
