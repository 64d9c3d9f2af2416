"""Whatever happens to the children, what is next is what a look at all would find."""

from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildCounts,
    ChildSpec,
    ChildState,
    ManualClock,
    Strategy,
    SupervisorSpec,
)
from holdfast.supervision.children import Child, Children
from holdfast.supervision.specs import Spec

DOWN = ChildState.DOWN
STARTING = ChildState.STARTING
UP = ChildState.UP
STOPPING = ChildState.STOPPING

Doing = tuple[str, Any]

IDS = "abcdef"


SPECS: dict[str, Spec] = {
    name: SupervisorSpec(id=name)
    if name == "d"
    else ChildSpec(id=name, start=Actor, restart="temporary", significant=name in "bc")
    for name in IDS
}
TREE = SupervisorSpec(children=SPECS.values(), auto_shutdown="all_significant")


@attrs.define
class Scan:
    """What is next, found the slow way."""

    children: Children
    starts_one_by_one: bool
    stops_one_by_one: bool

    def alive(self) -> list[Child]:
        return [
            each for each in reversed(list(self.children)) if each.state is not DOWN
        ]

    def to_stop(self) -> list[Child]:
        condemned = [each for each in self.alive() if each.condemned]
        if self.stops_one_by_one:
            condemned = condemned[:1]
        return [each for each in condemned if each.state is not STOPPING]

    def to_start(self) -> list[Child]:
        missing = [
            each for each in self.children if each.wanted and each.state is not UP
        ]
        if self.starts_one_by_one:
            if any(each.condemned for each in self.alive()):
                return []
            missing = missing[:1]
        return [each for each in missing if each.state is DOWN and each.delay is None]

    def all_up(self) -> bool:
        return all(each.state is UP for each in self.children if each.wanted)

    def significant(self) -> int:
        return sum(each.wanted and each.spec.significant for each in self.children)

    def counts(self) -> ChildCounts:
        supervisors = sum(
            isinstance(each.spec, SupervisorSpec) for each in self.children
        )
        active = sum(each.state in (UP, STOPPING) for each in self.children)
        total = len(self.children.by_id)
        return ChildCounts(total, active, supervisors, total - supervisors)

    def finds_the_same(self) -> bool:
        children = self.children
        return (
            (children.alive(), children.running, children.all_up())
            == (self.alive(), len(self.alive()), self.all_up())
            and children.wanted_significant == self.significant()
            and children.counts() == self.counts()
        )


def change(children: Children, places: ActorSystem, name: str, doing: Doing) -> None:
    """Do one thing to one child, if that can be done to it."""
    what, value = doing
    child = children.by_id.get(name)
    if child is None:
        if what == "add":
            children.add(Child(SPECS[name], places.cell(f"/root/{name}")))
    elif what == "remove" and child.is_down and not child.wanted:
        children.remove(child)
    elif what == "delay":
        child.delay = places.clock.call_later(1, places.clock.close) if value else None
    elif what in ("state", "wanted", "condemned"):
        setattr(child, what, value)


doings = st.one_of(
    st.tuples(st.just("state"), st.sampled_from([DOWN, STARTING, UP, STOPPING])),
    st.tuples(st.sampled_from(["wanted", "condemned", "delay"]), st.booleans()),
    st.tuples(st.sampled_from(["add", "remove", "take the steps"]), st.none()),
)


@given(
    strategy=st.sampled_from(Strategy),
    booted=st.booleans(),
    first=st.sampled_from([DOWN, UP]),
    story=st.lists(st.tuples(st.sampled_from(IDS), doings), min_size=5, max_size=40),
)
def test_what_is_next_is_what_a_look_at_all_children_would_find(
    strategy: Strategy,
    first: ChildState,
    story: list[tuple[str, Doing]],
    *,
    booted: bool,
) -> None:
    places = ActorSystem(TREE, clock=ManualClock())
    children = Children(strategy)
    if booted:
        children.end_boot()
    for name in IDS:
        change(children, places, name, ("add", None))
        change(children, places, name, ("state", first))
    simple = strategy is Strategy.SIMPLE_ONE_FOR_ONE
    alone = simple or (strategy is Strategy.ONE_FOR_ONE and booted)
    scan = Scan(children, starts_one_by_one=not alone, stops_one_by_one=not simple)

    for name, doing in story:
        change(children, places, name, doing)
        stops, starts = scan.to_stop(), scan.to_start()

        assert (children.to_stop(), children.to_start()) == (stops, starts)
        assert scan.finds_the_same()
        steps = doing[0] == "take the steps"
        for each in starts if steps or alone else []:
            each.state = STARTING
        for each in stops if steps or simple else []:
            each.state = STOPPING
