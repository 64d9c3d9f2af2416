"""Which exit code a run ends with when it could not start."""

import pytest

from holdfast.app import exit_code_of
from holdfast.supervision import ExitKind, ExitReason, StartFailed
from holdfast.web.server import PortUnavailable


class OddError(Exception):
    """Of somebody else, who may mean something else by an exit code."""

    def __init__(self, exit_code: object) -> None:
        self.exit_code = exit_code


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (None, 70),
        (ValueError(), 70),
        (PortUnavailable(), 69),
        (OddError("E42"), 70),
        (OddError(0), 70),
    ],
)
def test_the_exit_code_is_that_of_the_cause_if_it_is_one(
    cause: Exception | None, code: int
) -> None:
    reason = ExitReason(ExitKind.START_FAILED, "", cause)

    assert exit_code_of(StartFailed(reason)) == code
