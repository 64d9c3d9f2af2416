"""A place keeps its address, its mailbox and its word over all who live there."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    EventKind,
    ExitKind,
    ExitReason,
    RestartChild,
    SupervisorSpec,
    TerminateChild,
)
from holdfast.supervision.runtime.cell import BecameReady, Exited
from holdfast.supervision.runtime.dispatcher import PinnedDispatcher, Submit, Turns
from holdfast.supervision.runtime.mailbox import Envelope

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Said = list[Any]


def test_paths_are_made_of_the_names_on_the_way(grow: Grow, child: Specify) -> None:
    branch = SupervisorSpec(id="branch", children=(child("leaf"),))

    below_root = grow(branch, start=False).cells()
    below_top = grow(branch, start=False, id="/").cells()

    assert [cell.path for cell in below_root] == [
        "/root",
        "/root/branch",
        "/root/branch/leaf",
    ]
    assert [cell.path for cell in below_top] == ["/", "/branch", "/branch/leaf"]


def test_a_place_is_ready_and_quiet_only_while_somebody_lives_there_in_peace(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    system = grow(child("a", dispatcher="pinned"))
    cell, entered = system.cell("/root/a"), threading.Event()

    def look() -> tuple[bool, bool]:
        return cell.ready, cell.quiet

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    seen = [look()]
    cell.ref.tell(hold)
    assert entered.wait(PATIENCE)
    seen.append(look())
    gate.set()
    settle(system)
    seen.append(look())
    system.ref("/root").command(TerminateChild("a")).get()
    seen.append(look())

    assert seen == [(True, True), (True, False), (True, True), (False, True)]


def test_a_place_that_waits_for_its_next_incarnation_is_unready(
    grow: Grow, child: Specify
) -> None:
    cell = grow(child("a"), start=False).cell("/root/a")
    seen = [cell.unready]
    cell.expected = True
    seen.append(cell.unready)
    cell.expected = False
    cell.ref.tell("early")
    seen.append(cell.unready)

    assert seen == [False, True, True]


def test_closing_a_place_closes_all_below_it_and_expects_nobody(
    grow: Grow, child: Specify
) -> None:
    branch = SupervisorSpec(id="branch", children=(child("leaf"),))
    system = grow(branch, start=False)
    leaf = system.cell("/root/branch/leaf")
    leaf.expected = True
    leaf.ref.tell("early")

    system.cell("/root/branch").close("removed")

    assert (leaf.expected, leaf.ref.is_alive()) == (False, False)
    assert system.dead_letters.counts() == {("/root/branch/leaf", "removed"): 1}


def test_a_place_is_opened_again_by_a_start(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a", say=said.append))
    root, ref = system.ref("/root"), system.ref("/root/a")

    root.command(TerminateChild("a")).get()
    ref.tell("lost")
    root.command(RestartChild("a")).get()
    ref.tell("kept")
    settle(system)

    assert said == ["on_stop", "kept"]
    assert system.dead_letters.counts() == {("/root/a", "stopped"): 1}


def test_what_is_put_back_is_handled_though_nobody_sends_anything_more(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a", dispatcher="pinned", say=said.append))
    settle(system)

    system.cell("/root/a").put_back("left over")
    settle(system)

    assert said == ["left over"]


@pytest.mark.parametrize("late", ["put_urgent", "put_back"])
def test_a_report_that_comes_when_nobody_will_hear_it_is_told_as_an_event(
    late: str, child: Specify
) -> None:
    branch = SupervisorSpec(id="branch", children=(child("leaf"),))
    system = ActorSystem(SupervisorSpec(children=(branch,)))
    supervisor, leaf = system.cell("/root/branch"), system.cell("/root/branch/leaf")
    supervisor.close("stopped")
    report = Exited(leaf, 1, ExitReason(ExitKind.KILLED, "late"))

    getattr(supervisor, late)(Envelope(report))
    getattr(supervisor, late)(Envelope(BecameReady(leaf, 1)))

    last = system.events.since(0)[-1]
    assert (last.path, last.kind) == ("/root/branch/leaf", EventKind.EXITED)
    assert (last.incarnation, last.reason) == (1, "killed: late")
    assert not supervisor.urgent
    assert system.dead_letters.count() == 0


def test_commands_wait_in_their_order_while_reports_are_taken_note_of(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    """A killed supervisor leaves commands to its successor, and no report."""
    entered = threading.Event()

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    branch = SupervisorSpec(id="b", children=(child("x", dispatcher="pinned"),))
    system = grow(child("a"), branch)
    system.ref("/root/a").tell(hold)  # so that the shared thread stands still
    assert entered.wait(PATIENCE)
    ref = system.ref("/root/b")
    first = ref.command(TerminateChild("x"))
    system.cell("/root/b/x").kill(ExitReason(ExitKind.KILLED))
    second = ref.command(RestartChild("x"))

    system.cell("/root/b").kill(ExitReason(ExitKind.KILLED))
    gate.set()
    answers = (first.get(), second.get())
    settle(system)

    assert answers == (None, system.ref("/root/b/x"))
    assert system.cell("/root/b/x").ready


class MeddledDispatcher(PinnedDispatcher):
    """A sender sends at the worst moment, before the thread is there."""

    def __init__(self) -> None:
        super().__init__()
        self.meddle: list[Callable[[], None]] = []

    def attach(self, life: Turns) -> Submit:
        for meddle in self.meddle:
            meddle()
        return super().attach(life)


def test_a_message_sent_while_a_thread_is_made_does_not_cost_the_first_turn(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    threads = MeddledDispatcher()
    spec = child("a", dispatcher="pinned", say=said.append)
    system = grow(spec, dispatchers={"pinned": threads}, start=False)
    threads.meddle.append(lambda: system.ref("/root/a").tell("meddling"))

    system.start().get(timeout=PATIENCE)
    settle(system)

    assert said == ["meddling"]


def test_a_start_ends_whoever_lives_there_still(child: Specify, settle: Settle) -> None:
    """So that there are never two, whatever went wrong before."""
    system = ActorSystem(SupervisorSpec(children=(child("a"),)))
    system.start().get(timeout=PATIENCE)
    cell = system.cell("/root/a")
    first = cell.life
    assert first is not None

    cell.start()  # as no supervisor would
    settle(system)
    lives = (first.ended, cell.life is not None and cell.life.accepting)
    system.stop().get(timeout=PATIENCE)
    system.close()

    assert lives == (True, True)
    assert [
        (event.incarnation, event.reason)
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED and event.path == "/root/a"
    ] == [(1, "killed: its supervisor had ended"), (2, "shutdown")]
