"""OTP's cases on counting children and on telling which there are."""

from collections.abc import Callable
from typing import Any

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Backoff,
    ChildSpec,
    DeleteChild,
    ManualClock,
    StartChild,
    Strategy,
    SupervisorSpec,
    TerminateChild,
    WhichChild,
    WhichChildren,
)

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Order = Callable[..., Any]
Refused = Callable[..., str]
Counts = Callable[..., list[int]]
Settle = Callable[[ActorSystem], None]
WaitFor = Callable[..., None]

PATIENCE = 30.0
SIMPLE = Strategy.SIMPLE_ONE_FOR_ONE
MANY = 1000


def together(system: ActorSystem, commands: list[Any]) -> list[Any]:
    """Give all the orders, then wait for every answer."""
    root = system.ref("/root")
    answers = [root.command(each, timeout=PATIENCE) for each in commands]
    return [answer.get() for answer in answers]


# -- counting --


def test_count_children(
    grow: Grow, child: Specify, order: Order, counts: Counts, settle: Settle
) -> None:
    system = grow(child("x", restart="temporary"), strategy=SIMPLE)

    seen: list[tuple[list[int], int]] = []
    for _ in range(2):
        together(system, [StartChild()] * MANY)
        seen.append((counts(system), len(order(system, WhichChildren()))))
    for info in order(system, WhichChildren()):
        info.ref.tell(Actor.stop)
    settle(system)

    assert seen == [
        ([1, MANY, 0, MANY], MANY),
        ([1, 2 * MANY, 0, 2 * MANY], 2 * MANY),
    ]
    assert counts(system) == [1, 0, 0, 0]


def test_count_children_supervisor(grow: Grow, order: Order, counts: Counts) -> None:
    """Adapted: a template is a worker, so supervisors are added one by one."""
    system = grow()

    seen: list[tuple[list[int], int]] = []
    for first in (0, MANY):
        names = [f"s{number}" for number in range(first, first + MANY)]
        specs = [SupervisorSpec(id=name, restart="temporary") for name in names]
        together(system, [StartChild(spec) for spec in specs])
        seen.append((counts(system), len(order(system, WhichChildren()))))
    infos = order(system, WhichChildren())
    together(system, [TerminateChild(info.id) for info in infos])

    assert seen == [
        ([MANY, MANY, MANY, 0], MANY),
        ([2 * MANY, 2 * MANY, 2 * MANY, 0], 2 * MANY),
    ]
    assert counts(system) == [0, 0, 0, 0]


def test_count_restarting_children(
    grow: Grow,
    child: Specify,
    order: Order,
    counts: Counts,
    settle: Settle,
    clock: ManualClock,
    wait_for: WaitFor,
) -> None:
    """Adapted: they wait for their back-off, where OTP's are slow to fail a start."""
    wait = Backoff(minimum=2, factor=1, jitter=0)
    system = grow(child("x"), strategy=SIMPLE, intensity=20, backoff=wait)
    seen = [counts(system)]
    for _ in range(3):
        order(system, StartChild())
        seen.append(counts(system))

    for name in ("1", "2"):
        system.cell(f"/root/{name}").ref.tell(_die)
        wait_for(system, f"/root/{name} backing_off")
    seen.append(counts(system))
    clock.advance(2)
    settle(system)
    seen.append(counts(system))
    for name in ("3", "1", "2"):
        order(system, TerminateChild(name))
        seen.append(counts(system))

    assert seen == [
        [1, 0, 0, 0],
        [1, 1, 0, 1],
        [1, 2, 0, 2],
        [1, 3, 0, 3],
        [1, 1, 0, 3],
        [1, 3, 0, 3],
        [1, 2, 0, 2],
        [1, 1, 0, 1],
        [1, 0, 0, 0],
    ]


def _die(_: Actor) -> None:
    raise ValueError("died")


def test_which_children(
    grow: Grow, child: Specify, order: Order, refused: Refused
) -> None:
    system = grow()

    def both(*ids: str) -> list[tuple[str, str, str]]:
        """Return what is told of all, after comparing it with what is told of each."""
        infos = order(system, WhichChildren())
        assert [order(system, WhichChild(name)) for name in ids] == list(infos)
        assert refused(system, WhichChild("childx")) == "not_found"
        return [(info.id, str(info.state), info.about) for info in infos]

    assert both() == []
    for name in ("child1", "child2"):
        order(system, StartChild(child(name)))
    up = [(name, "up", "worker permanent") for name in ("child1", "child2")]
    assert both("child1", "child2") == up
    assert order(system, WhichChild("child1")).ref is system.ref("/root/child1")
    order(system, TerminateChild("child1"))
    assert both("child1", "child2") == [("child1", "down", "worker permanent"), up[1]]
    order(system, DeleteChild("child1"))
    assert both("child2") == up[1:]
    assert refused(system, WhichChild("child1")) == "not_found"


def test_which_children_simple_one_for_one(
    grow: Grow, child: Specify, order: Order, refused: Refused
) -> None:
    """Adapted: OTP asks for an instance by its process, we by its number."""
    system = grow(child("x", restart="temporary"), strategy=SIMPLE)
    before = order(system, WhichChildren())
    for _ in range(2):
        order(system, StartChild())

    infos = order(system, WhichChildren())
    each = tuple(order(system, WhichChild(name)) for name in ("1", "2"))
    order(system, TerminateChild("1"))

    assert before == ()
    assert infos == each
    assert [info.ref.path for info in infos] == ["/root/1", "/root/2"]
    assert order(system, WhichChildren()) == infos[1:]
    assert refused(system, WhichChild("1")) == "not_found"
    assert refused(system, WhichChild("x")) == "not_found"
