"""How an ending is described."""

import pytest

from holdfast.supervision import ActorCrashed, ExitKind, ExitReason


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("even this fails")


class Plain(Exception):
    """An error for people, who need no class name."""

    exit_code = 73


@pytest.mark.parametrize("kind", ExitKind)
def test_only_normal_shutdown_and_ignored_are_orderly(kind: ExitKind) -> None:
    orderly = kind in {ExitKind.NORMAL, ExitKind.SHUTDOWN, ExitKind.IGNORED}

    assert ExitReason(kind).orderly is orderly


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("boom"), "crashed: ValueError: boom"),
        (KeyboardInterrupt(), "crashed: KeyboardInterrupt"),
        (Plain("the disk is full"), "crashed: the disk is full"),
        (Plain(), "crashed: Plain"),
        (Unspeakable(), "crashed: Unspeakable: its message can't be shown"),
    ],
)
def test_an_exception_describes_the_ending_that_it_caused(
    error: BaseException, said: str
) -> None:
    reason = ExitReason.of(ExitKind.CRASHED, error)

    assert str(reason) == said
    assert reason.error is error


def test_an_ending_without_a_story_is_named_by_its_kind() -> None:
    assert str(ExitReason(ExitKind.SHUTDOWN)) == "shutdown"


def test_whoever_asked_is_told_that_the_outcome_is_unknown() -> None:
    error = ActorCrashed("/root/a", 3, "killed: hung")

    assert (error.path, error.incarnation) == ("/root/a", 3)
    assert str(error) == (
        "/root/a (incarnation 3) ended while it handled the message: killed: hung;"
        " its outcome is unknown"
    )
