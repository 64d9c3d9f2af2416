"""Which next steps the states of the children allow."""

from collections.abc import Callable

import pytest

from holdfast.supervision import (
    ActorSystem,
    ChildCounts,
    ChildError,
    ChildSpec,
    ChildState,
    Future,
    ManualClock,
    Ref,
    Refusal,
    Strategy,
    SupervisorSpec,
)
from holdfast.supervision.children import Child, Children
from holdfast.supervision.specs import Spec

DOWN = ChildState.DOWN
STARTING = ChildState.STARTING
UP = ChildState.UP
STOPPING = ChildState.STOPPING

AT_ONCE = Strategy.SIMPLE_ONE_FOR_ONE

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Family = Callable[..., Children]


@pytest.fixture
def family(grow: Grow, child: Specify) -> Family:
    """Bring up children named a, b, c in these states, of a system that never runs."""

    def grown(
        *states: ChildState, strategy: Strategy = Strategy.ONE_FOR_ALL
    ) -> Children:
        specs = [child(name) for name, _ in zip("abc", states, strict=False)]
        system = grow(*specs, start=False)
        children = Children(strategy)
        for spec, state in zip(specs, states, strict=True):
            place = system.cell(f"/root/{spec.id}")
            children.add(Child(spec, place, state=state))
        return children

    return grown


def nothing() -> None:
    pass


def names(children: list[Child]) -> str:
    return "".join(each.id for each in children)


@pytest.mark.parametrize(
    ("states", "one_by_one", "at_once"),
    [
        ((DOWN, DOWN, DOWN), "a", "abc"),
        ((STARTING, DOWN, DOWN), "", "bc"),
        ((UP, DOWN, DOWN), "b", "bc"),
        ((UP, STOPPING, DOWN), "", "c"),
        ((UP, UP, DOWN), "c", "c"),
        ((DOWN, UP, UP), "a", "a"),
        ((UP, UP, UP), "", ""),
    ],
)
def test_one_by_one_means_each_after_all_before_it_are_ready(
    family: Family, states: tuple[ChildState, ...], one_by_one: str, at_once: str
) -> None:
    assert names(family(*states).to_start()) == one_by_one
    assert names(family(*states, strategy=AT_ONCE).to_start()) == at_once


@pytest.mark.parametrize(
    ("strategy", "booting", "booted"),
    [
        (Strategy.ONE_FOR_ONE, "a", "abc"),
        (Strategy.ONE_FOR_ALL, "a", "a"),
        (Strategy.REST_FOR_ONE, "a", "a"),
        (Strategy.SIMPLE_ONE_FOR_ONE, "abc", "abc"),
    ],
)
def test_the_first_start_is_one_by_one_and_later_ones_where_order_matters(
    family: Family, strategy: Strategy, booting: str, booted: str
) -> None:
    fresh, old = (family(DOWN, DOWN, DOWN, strategy=strategy) for _ in range(2))
    old.end_boot()

    assert [names(fresh.to_start()), names(old.to_start())] == [booting, booted]


def test_what_nobody_wants_is_not_started_and_holds_nobody_up(family: Family) -> None:
    for strategy, started in ((Strategy.ONE_FOR_ALL, "b"), (AT_ONCE, "bc")):
        children = family(DOWN, DOWN, DOWN, strategy=strategy)
        children.by_id["a"].wanted = False

        assert names(children.to_start()) == started


def test_a_child_that_backs_off_holds_up_those_after_it_only_one_by_one(
    family: Family, clock: ManualClock
) -> None:
    for strategy, started in ((Strategy.ONE_FOR_ALL, ""), (AT_ONCE, "c")):
        children = family(UP, DOWN, DOWN, strategy=strategy)
        children.by_id["b"].delay = clock.call_later(1, nothing)

        assert names(children.to_start()) == started


def test_a_child_whose_delay_is_over_is_started(
    family: Family, clock: ManualClock
) -> None:
    for strategy in (Strategy.ONE_FOR_ALL, AT_ONCE):
        children = family(UP, DOWN, UP, strategy=strategy)
        children.by_id["b"].delay = clock.call_later(1, nothing)
        before = names(children.to_start())
        children.by_id["b"].cancel_delay()

        assert (before, names(children.to_start())) == ("", "b")


def test_nobody_is_started_in_order_while_a_condemned_one_still_runs(
    family: Family,
) -> None:
    for strategy, started in ((Strategy.ONE_FOR_ALL, ""), (AT_ONCE, "a")):
        children = family(DOWN, UP, UP, strategy=strategy)
        children.by_id["c"].condemned = True

        assert names(children.to_start()) == started


@pytest.mark.parametrize(
    ("states", "one_by_one", "at_once"),
    [
        ((UP, UP, UP), "c", "cba"),
        ((UP, UP, STOPPING), "", "ba"),
        ((UP, UP, DOWN), "b", "ba"),
        ((STARTING, UP, DOWN), "b", "ba"),
        ((DOWN, DOWN, DOWN), "", ""),
    ],
)
def test_condemned_children_are_stopped_in_reverse_start_order(
    family: Family, states: tuple[ChildState, ...], one_by_one: str, at_once: str
) -> None:
    for strategy, stopped in ((Strategy.ONE_FOR_ONE, one_by_one), (AT_ONCE, at_once)):
        children = family(*states, strategy=strategy)
        for each in children:
            each.condemned = True

        assert names(children.to_stop()) == stopped


def test_only_condemned_children_are_stopped(family: Family) -> None:
    children = family(UP, UP, UP)
    children.by_id["b"].condemned = True

    assert names(children.to_stop()) == "b"


def test_alive_is_whoever_has_an_incarnation_last_started_first(
    family: Family,
) -> None:
    children = family(STARTING, DOWN, STOPPING)

    assert names(children.alive()) == "ca"
    assert children.running == 2


@pytest.mark.parametrize(
    ("state", "wanted", "all_up"),
    [
        (UP, True, True),
        (DOWN, False, True),
        (DOWN, True, False),
        (STARTING, True, False),
        (STOPPING, True, False),
    ],
)
def test_all_up_asks_for_the_wanted_ones_only(
    family: Family, state: ChildState, *, wanted: bool, all_up: bool
) -> None:
    children = family(UP, state)
    children.by_id["b"].wanted = wanted

    assert children.all_up() is all_up


def test_a_child_that_is_down_but_wanted_is_shown_as_restarting(
    family: Family,
) -> None:
    child = family(DOWN).by_id["a"]
    shown = [child.info().state]
    child.wanted = False
    shown.append(child.info().state)

    assert shown == [ChildState.RESTARTING, DOWN]


def test_children_are_counted_as_otp_counts_them(grow: Grow, child: Specify) -> None:
    specs: list[Spec] = [*map(child, "abc"), SupervisorSpec(id="d")]
    system = grow(*specs, start=False)
    children = Children(Strategy.ONE_FOR_ONE)
    for spec, state in zip(specs, (UP, STARTING, DOWN, STOPPING), strict=True):
        children.add(Child(spec, system.cell(f"/root/{spec.id}"), state=state))

    counts = children.counts()

    assert counts == ChildCounts(specs=4, active=2, supervisors=1, workers=3)


def test_a_namesake_in_another_place_is_not_the_child(
    family: Family, grow: Grow, child: Specify
) -> None:
    children = family(UP)
    mine = children.by_id["a"].cell
    other = grow(child("a"), start=False).cell("/root/a")

    assert children.at(mine) is children.by_id["a"]
    assert children.at(other) is None


def test_whoever_wanted_a_start_is_told_once_that_it_is_refused(
    family: Family,
) -> None:
    child = family(DOWN).by_id["a"]
    wanted: Future[Ref | None] = Future()
    child.starting = wanted

    child.refuse_start(Refusal.START_FAILED, "no luck")
    child.refuse_start(Refusal.SHUTTING_DOWN)

    with pytest.raises(ChildError, match="/root/a: no luck"):
        wanted.get()
    assert child.starting is None


@pytest.mark.parametrize("declined", [False, True])
def test_whoever_wanted_a_start_is_told_once_how_it_went(
    *, declined: bool, family: Family
) -> None:
    child = family(DOWN).by_id["a"]
    wanted: Future[Ref | None] = Future()
    child.starting = wanted
    answer = None if declined else child.cell.ref

    child.answer_start(answer)
    child.answer_start(child.cell.ref)

    assert wanted.get() is answer
    assert child.starting is None


def test_cancelled_timers_do_nothing_any_more(
    family: Family, clock: ManualClock
) -> None:
    child = family(DOWN).by_id["a"]
    rung: list[str] = []
    child.delay = clock.call_later(1, lambda: rung.append("delay"))
    child.deadline = clock.call_later(1, lambda: rung.append("deadline"))

    child.cancel_timers()
    clock.advance(2)

    assert rung == []
    assert [child.delay, child.deadline] == [None, None]
