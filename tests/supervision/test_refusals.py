"""What a supervisor refuses, without a supervisor."""

from collections.abc import Callable

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildError,
    ChildSpec,
    ChildState,
    Refusal,
    StartChild,
    SupervisorSpec,
)
from holdfast.supervision.children import Child
from holdfast.supervision.refusals import check_new, check_unwanted, named

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Family = Callable[..., dict[str, Child]]

UP = ChildState.UP
DOWN = ChildState.DOWN
NEVER = SupervisorSpec()
ALL = SupervisorSpec(auto_shutdown="all_significant")


@pytest.fixture
def family(grow: Grow, child: Specify) -> Family:
    """Make the only child `a` of a supervisor that does nothing."""

    def made(state: ChildState, *, wanted: bool) -> dict[str, Child]:
        spec = child("a")
        cell = grow(spec, start=False).cell("/root/a")
        made = Child(spec, cell, state=state)
        made.wanted = wanted
        return {"a": made}

    return made


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ChildError) as caught:
        call()
    return f"{caught.value.code} {caught.value}"


def test_only_who_is_there_is_found_by_name(family: Family) -> None:
    children = family(UP, wanted=True)

    assert named(children, "/root", "a") is children["a"]
    assert refusal(lambda: named(children, "/root", "b")) == (
        "not_found /root/b: not found"
    )


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (UP, Refusal.RUNNING),
        (DOWN, Refusal.RESTARTING),
        (ChildState.STARTING, Refusal.RESTARTING),
        (ChildState.STOPPING, Refusal.RESTARTING),
    ],
)
def test_who_shall_run_is_neither_started_nor_deleted(
    state: ChildState, code: Refusal, family: Family
) -> None:
    child = family(state, wanted=True)["a"]

    assert refusal(lambda: check_unwanted(child)).startswith(f"{code} ")


def test_who_was_stopped_may_be_started_or_deleted(family: Family) -> None:
    for state in (DOWN, ChildState.STOPPING):
        child = family(state, wanted=False)["a"]

        assert check_unwanted(child) is child


@pytest.mark.parametrize(
    ("state", "wanted", "code"),
    [
        (UP, True, Refusal.ALREADY_STARTED),
        (ChildState.STARTING, True, Refusal.ALREADY_STARTED),
        (ChildState.STOPPING, False, Refusal.ALREADY_PRESENT),
        (DOWN, False, Refusal.ALREADY_PRESENT),
        (DOWN, True, Refusal.ALREADY_PRESENT),
    ],
)
def test_a_name_is_given_once(
    state: ChildState, code: Refusal, *, wanted: bool, family: Family, child: Specify
) -> None:
    children = family(state, wanted=wanted)

    told = refusal(lambda: check_new(child("a"), children, NEVER, "/root"))

    assert told.startswith(f"{code} /root/a")


def test_a_significant_child_needs_a_supervisor_that_may_end(
    child: Specify,
) -> None:
    spec = child("a", restart="temporary", significant=True)

    assert check_new(spec, {}, ALL, "/root") is spec
    assert refusal(lambda: check_new(spec, {}, NEVER, "/root")) == (
        "bad_combination /root: 'a' is significant, but auto_shutdown is never"
    )


def test_nothing_is_no_specification() -> None:
    assert refusal(lambda: check_new(None, {}, NEVER, "/root")) == (
        "not_found /root: StartChild without a spec"
    )


@pytest.mark.parametrize("spec", ["a", Actor, {"id": "a"}])
def test_what_is_no_specification_is_refused_before_it_is_sent(spec: object) -> None:
    with pytest.raises(TypeError, match="'spec' must be"):
        StartChild(spec)  # type: ignore[arg-type]
