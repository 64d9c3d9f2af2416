"""What is told of a system, made from the fold of its events alone."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    ManualClock,
    NodeState,
    StartChild,
    Strategy,
    SupervisorSpec,
    TreeState,
    crash,
)
from holdfast.web import view

Serve = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Wait = Callable[[ActorSystem, str], None]

PATIENCE = 20.0


def node(path: str) -> NodeState:
    return NodeState(path)


def test_a_component_is_what_its_events_add_up_to(
    serve: Serve, part: Specify, clock: ManualClock, wait_for: Wait
) -> None:
    system = serve(part("a"))
    clock.advance(12.5)
    crash(system.cell("/root/a"), "a test")
    wait_for(system, "/root/a ready #2")
    clock.advance(1.0)

    status = view.status(system, "production", answers=True)

    assert {name: status[name] for name in status if name != "components"} == {
        "verdict": "ok",
        "environment": "production",
        "time": 1_700_000_013.5,
        "seq": system.events.state().seq,
        "restarts": 1,
        "escalations": 0,
        "dead_letters": 0,
        "counts": {"running": 4},
        "risk": [],
    }
    assert status["components"][-1] == {
        "path": "/root/a",
        "state": "running",
        "about": "worker permanent",
        "incarnation": 2,
        "restarts": 1,
        "since": 1_700_000_012.5,
        "last_exit": "crashed: InjectedCrash: injected by a test",
        "waiting": 0,
    }


@pytest.mark.parametrize(
    ("level", "gates", "verdict"),
    [
        ("active", {}, "ok"),
        ("active", {"venue": "the breaker is open"}, "degraded"),
        ("reducing", {}, "degraded"),
        ("halted", {"venue": "the breaker is open"}, "halted"),
    ],
)
def test_it_is_not_fine_while_no_new_risk_is_taken(
    level: str, gates: dict[str, str], verdict: str, serve: Serve, part: Specify
) -> None:
    told = {"path": "/root/risk", "level": level, "why": "", "gates": gates}
    risk: list[dict[str, Any]] = [{**told, "limits": []}]

    status = view.status(serve(part("a")), "testing", answers=True, risk=risk)

    assert (status["verdict"], status["risk"]) == (verdict, risk)


def test_when_supervisors_are_silent_the_verdict_is_unknown(
    serve: Serve, part: Specify
) -> None:
    system = serve(part("a"))

    assert view.status(system, "testing", answers=False)["verdict"] == "unknown"


def test_it_is_told_how_many_messages_wait(serve: Serve, part: Specify) -> None:
    system = serve(part("a", slow=True), start=False)
    for message in range(3):
        system.ref("/root/a").tell(message)

    waiting = {
        each["path"]: each["waiting"]
        for each in view.status(system, "testing", answers=True)["components"]
    }

    assert waiting == {"/system": 0, "/system/web": 0, "/root": 0, "/root/a": 3}


def test_a_place_that_is_gone_has_nothing_waiting(serve: Serve, part: Specify) -> None:
    system = serve(part("a"))

    assert view.component(system, node("/root/z"))["waiting"] == 0


def test_an_actor_that_hangs_is_told_of_from_outside(
    serve: Serve, part: Specify, clock: ManualClock, gate: threading.Event
) -> None:
    entered = threading.Event()

    def hang(actor: Actor) -> None:
        actor.watch(actor.system.ref("/root/b"))
        entered.set()
        gate.wait(PATIENCE)

    system = serve(part("a", dispatcher="pinned"), part("b"))
    system.ref("/root/a").tell(hang)
    assert entered.wait(PATIENCE)
    clock.advance(0.0)
    clock.advance(3.0)

    told = view.inside(system, "/root/a")

    assert told == {
        "class": "Part",
        "lifecycle": "ready",
        "dispatcher": "pinned",
        "urgent": 0,
        "steps": told["steps"],
        "at": ({"what": "function", "seconds": 3.0},),
        "links": (),
        "watchers": (),
        "watching": ("/root/b",),
    }
    assert view.inside(system, "/root/b")["watchers"] == ("/root/a",)
    assert view.inside(system, "/root/z") == {}


def test_children_that_came_later_stand_below_their_supervisor(
    serve: Serve, part: Specify
) -> None:
    pool = SupervisorSpec(
        id="pool", strategy=Strategy.SIMPLE_ONE_FOR_ONE, children=(part("x"),)
    )
    system = serve(pool, part("z"))
    for _ in range(2):
        started = system.ref("/root/pool").command(StartChild())
        started.get(timeout=PATIENCE)

    components = view.status(system, "testing", answers=True)["components"]

    assert [each["path"] for each in components] == [
        "/system",
        "/system/web",
        "/root",
        "/root/pool",
        "/root/pool/1",
        "/root/pool/2",
        "/root/z",
    ]


paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map(
    lambda names: "/" + "/".join(names)
)


@given(st.lists(paths, unique=True))
def test_every_place_stands_below_its_supervisor_and_behind_earlier_siblings(
    wanted: list[str],
) -> None:
    known = dict.fromkeys(
        "/".join(path.split("/")[: depth + 1])
        for path in wanted
        for depth in range(1, path.count("/") + 1)
    )

    order = [each.path for each in view.by_branch([node(path) for path in known])]

    assert sorted(order) == sorted(known)
    for place, path in enumerate(order):
        above, name = view.parent_of(path)
        if above == "/":
            continue
        before = order[:place]
        assert above in before
        between = before[before.index(above) + 1 :]
        assert all(each.startswith(f"{above}/") for each in between), name


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/root/a", ("/root", "a")), ("/root", ("/", "root")), ("/a/b/c", ("/a/b", "c"))],
)
def test_a_path_is_its_supervisor_and_its_name(
    path: str, expected: tuple[str, str]
) -> None:
    assert view.parent_of(path) == expected


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/root/a", "/root/a"),
        ("root/a", "/root/a"),
        ("/root/a/", "/root/a"),
        ("/root/b", None),
        ("", None),
    ],
)
def test_a_place_is_known_with_and_without_its_slash(
    path: str, found: str | None
) -> None:
    state = TreeState({each: node(each) for each in ("/root", "/root/a")})

    known = view.known(state, path)

    assert (known and known.path) == found
