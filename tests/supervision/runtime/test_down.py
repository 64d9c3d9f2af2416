"""What is said of an end, and how it is passed on through links."""

import pytest

from holdfast.supervision import Down, ExitKind, ExitReason, LinkDown, LinkedExit
from holdfast.supervision.runtime.down import NOBODY, passed_on

KILLED = ExitReason(ExitKind.KILLED, "by a test")


def test_a_link_that_broke_is_no_watch_that_ended() -> None:
    assert LinkDown("/root/a", 1, KILLED) != Down("/root/a", 1, KILLED)
    assert isinstance(LinkDown("/root/a", 1, KILLED), Down)


def test_that_nobody_lives_there_is_no_end_in_order() -> None:
    assert (NOBODY.kind, NOBODY.orderly) == ("noproc", False)


@pytest.mark.parametrize(
    ("incarnation", "reason", "told"),
    [
        (3, KILLED, "/root/a (incarnation 3) ended: killed: by a test"),
        (0, NOBODY, "/root/a: noproc: nobody lives there"),
    ],
)
def test_an_exit_through_a_link_names_who_was_first(
    incarnation: int, reason: ExitReason, told: str
) -> None:
    first = passed_on("/root/a", incarnation, reason)
    ended = ExitReason.of(ExitKind.CRASHED, first)
    second = passed_on("/root/b", 7, ended)

    assert isinstance(second, LinkedExit)
    assert second is not first
    assert str(second) == str(first) == told
    assert (second.path, second.incarnation, second.reason) == (
        "/root/a",
        incarnation,
        reason,
    )
