"""The tree as its events tell of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision import (
    Decision,
    EventKind,
    NodeState,
    Phase,
    SupervisionEvent,
    fold,
)

A = "/root/a"


def event(
    kind: EventKind,
    path: str = A,
    incarnation: int = 1,
    *,
    reason: str = "",
    decision: Decision = Decision.NONE,
    time: float = 0.0,
) -> SupervisionEvent:
    return SupervisionEvent(0, time, path, incarnation, kind, reason, decision, 0)


def added(path: str, about: str = "worker permanent") -> SupervisionEvent:
    return event(EventKind.ADDED, path, 0, reason=about)


def exited(
    decision: Decision, path: str = A, incarnation: int = 1, reason: str = "crashed"
) -> SupervisionEvent:
    return event(EventKind.EXITED, path, incarnation, reason=reason, decision=decision)


STARTING = event(EventKind.STARTING)
READY = event(EventKind.READY)


@pytest.mark.parametrize(
    ("story", "phase"),
    [
        ([], Phase.STOPPED),
        ([STARTING], Phase.STARTING),
        ([STARTING, READY], Phase.RUNNING),
        ([STARTING, READY, event(EventKind.STOPPING)], Phase.STOPPING),
        ([STARTING, READY, exited(Decision.RESTART)], Phase.RESTARTING),
        ([READY, exited(Decision.RESTART_WITH_SIBLING)], Phase.RESTARTING),
        ([READY, exited(Decision.LEAVE_STOPPED, reason="normal")], Phase.STOPPED),
        ([READY, exited(Decision.LEAVE_STOPPED, reason="shutdown")], Phase.STOPPED),
        ([READY, exited(Decision.LEAVE_STOPPED, reason="killed: x")], Phase.STOPPED),
        ([READY, exited(Decision.LEAVE_STOPPED, reason="crashed: x")], Phase.FAILED),
        ([READY, exited(Decision.FORGET)], Phase.STOPPED),
        ([READY, exited(Decision.SHUT_DOWN)], Phase.STOPPED),
        ([READY, exited(Decision.ESCALATE)], Phase.FAILED),
        ([exited(Decision.RESTART), event(EventKind.BACKING_OFF)], Phase.RESTARTING),
        ([event(EventKind.STARTING, incarnation=2)], Phase.RESTARTING),
        ([event(EventKind.READY, incarnation=2)], Phase.RUNNING),
        ([READY, event(EventKind.COMMANDED, reason="cycle")], Phase.RUNNING),
        ([READY, event(EventKind.BREAKER, reason="closed -> open")], Phase.RUNNING),
        (
            [
                exited(Decision.RESTART),
                event(EventKind.COMMANDED, decision=Decision.LEAVE_STOPPED),
            ],
            Phase.STOPPED,
        ),
        ([READY, event(EventKind.ESCALATED)], Phase.RUNNING),
    ],
)
def test_the_phase_of_a_place_follows_from_its_last_events(
    story: list[SupervisionEvent], phase: Phase
) -> None:
    state = fold([added(A), *story])

    assert state.nodes[A].phase is phase


def test_every_decision_about_an_exit_leads_to_a_phase() -> None:
    for decision in Decision:
        assert fold([added(A), READY, exited(decision)]).nodes[A].phase in Phase


def test_a_place_is_described_by_the_event_that_added_it() -> None:
    nodes = fold(
        [added("/root", "supervisor one_for_one 3/60"), added(A, "worker transient")]
    ).nodes

    assert [node.about for node in nodes.values()] == [
        "supervisor one_for_one 3/60",
        "worker transient",
    ]
    assert [node.is_supervisor for node in nodes.values()] == [True, False]


def test_restarts_are_counted_for_each_place_and_in_all() -> None:
    state = fold(
        [
            added(A),
            added("/root/b"),
            exited(Decision.RESTART),
            exited(Decision.RESTART_WITH_SIBLING, "/root/b"),
            exited(Decision.RESTART, incarnation=2),
            event(EventKind.ESCALATED, "/root"),
        ]
    )

    assert (state.nodes[A].restarts, state.nodes["/root/b"].restarts) == (2, 0)
    assert (state.restarts, state.escalations) == (2, 1)


def test_those_who_had_to_be_killed_are_counted() -> None:
    state = fold(
        [
            added(A),
            exited(Decision.SHUT_DOWN, reason="killed: did not stop in time"),
            exited(Decision.RESTART, incarnation=2, reason="crashed: killed"),
            exited(Decision.RESTART, incarnation=3, reason="killed"),
            event(EventKind.STOPPING, reason="killed"),
        ]
    )

    assert state.killed == 2


def test_the_last_exit_is_the_last_one_of_its_own_accord() -> None:
    state = fold(
        [
            added(A),
            exited(Decision.RESTART, reason="crashed: boom"),
            exited(Decision.SHUT_DOWN, incarnation=2, reason="shutdown"),
        ]
    )

    assert state.nodes[A].last_exit == "crashed: boom"


def test_times_and_incarnations_are_those_of_the_last_change() -> None:
    state = fold(
        [
            added(A),
            event(EventKind.STARTING, incarnation=2, time=5.0),
            event(EventKind.READY, incarnation=2, time=7.0),
            event(EventKind.BACKING_OFF, incarnation=2, time=9.0),
        ]
    )

    assert (state.nodes[A].since, state.nodes[A].incarnation) == (7.0, 2)


@pytest.mark.parametrize(
    "late",
    [
        exited(Decision.SHUT_DOWN),
        event(EventKind.HELD_THREAD),
        event(EventKind.BACKING_OFF),
        STARTING,
    ],
)
def test_a_removed_place_is_gone_and_a_late_word_does_not_bring_it_back(
    late: SupervisionEvent,
) -> None:
    state = fold([added(A), READY, event(EventKind.REMOVED), late])

    assert state.nodes == {}


def test_a_late_word_of_a_predecessor_changes_nothing() -> None:
    before = fold([added(A), event(EventKind.READY, incarnation=2)])
    after = before.copy()

    after.apply(exited(Decision.SHUT_DOWN, incarnation=1))

    assert after.nodes == before.nodes


@pytest.mark.parametrize("top", ["/", "/root"])
def test_where_a_supervisor_has_ended_nothing_is_restarting_any_more(top: str) -> None:
    branch = f"{top}/b".replace("//", "/")
    beside = f"{top}/ba".replace("//", "/")
    state = fold(
        [
            added(top, "supervisor one_for_one 3/60"),
            added(branch, "supervisor one_for_one 3/60"),
            added(f"{branch}/x"),
            added(beside),
            exited(Decision.RESTART, f"{branch}/x"),
            exited(Decision.RESTART, beside),
            exited(Decision.RESTART, branch),
        ]
    )
    of_branch = {path: node.phase for path, node in state.nodes.items()}
    state.apply(exited(Decision.SHUT_DOWN, top))
    at_last = {path: node.phase for path, node in state.nodes.items()}

    assert of_branch == {
        top: Phase.STOPPED,
        branch: Phase.RESTARTING,
        f"{branch}/x": Phase.STOPPED,
        beside: Phase.RESTARTING,
    }
    assert set(at_last.values()) == {Phase.STOPPED}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/", ["/", "/b", "/b/x", "/bc"]),
        ("/b", ["/b", "/b/x"]),
        ("/b/x", ["/b/x"]),
        ("/c", []),
    ],
)
def test_below_is_the_place_itself_and_what_is_under_it(
    path: str, found: list[str]
) -> None:
    state = fold([added(each) for each in ("/", "/b", "/b/x", "/bc")])

    assert [node.path for node in state.below(path)] == found


def test_a_copy_does_not_follow_the_original() -> None:
    state = fold([added(A), exited(Decision.RESTART)])
    copy = state.copy()

    state.apply(event(EventKind.READY, incarnation=2))
    state.apply(event(EventKind.ADDED, "/root/b"))

    assert copy == fold([added(A), exited(Decision.RESTART)])
    assert copy.nodes == {
        A: NodeState(
            path=A,
            about="worker permanent",
            phase=Phase.RESTARTING,
            restarts=1,
            last_exit="crashed",
        )
    }


events = st.builds(
    SupervisionEvent,
    seq=st.integers(1, 100),
    time=st.floats(0, 100),
    path=st.sampled_from(["/root", "/root/a", "/root/b", "/root/b/x"]),
    incarnation=st.integers(0, 3),
    kind=st.sampled_from(EventKind),
    reason=st.sampled_from(["", "supervisor one_for_one 3/60", "worker permanent"]),
    decision=st.sampled_from(Decision),
    cause_seq=st.just(0),
)


@given(story=st.lists(events, max_size=30), cut=st.integers(0, 30))
def test_a_state_taken_up_where_it_was_left_becomes_the_same(
    story: list[SupervisionEvent], cut: int
) -> None:
    resumed = fold(story[:cut]).copy()
    for each in story[cut:]:
        resumed.apply(each)

    assert resumed == fold(story)
