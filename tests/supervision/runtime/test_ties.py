"""Links: whoever is linked ends together, unless the end is in order or trapped."""

import threading
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Down,
    EventKind,
    ExitKind,
    ExitReason,
    LinkDown,
    LinkedExit,
    SupervisorSpec,
    TerminateChild,
)

PATIENCE = 20.0
KILLED = ExitReason(ExitKind.KILLED, "by a test")
NOBODY = ExitReason(ExitKind.NOPROC, "nobody lives there")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Said = list[Any]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned", "loop"])


class Trapping(Actor):
    """Obeys what can be called, and says what it hears."""

    traps_exits: ClassVar[bool] = True

    def __init__(self, say: Callable[[Any], object]) -> None:
        self._say = say

    def on_receive(self, message: Any) -> object:
        return message(self) if callable(message) else self._say(message)


def link(*paths: str) -> Callable[[Actor], None]:
    def act(actor: Actor) -> None:
        for path in paths:
            actor.link(actor.system.ref(path))

    return act


def unlink(path: str) -> Callable[[Actor], None]:
    return lambda actor: actor.unlink(actor.system.ref(path))


def fail(_: object) -> NoReturn:
    raise ValueError("boom")


def terminate(system: ActorSystem, name: str) -> None:
    system.ref("/root").command(TerminateChild(name)).get()


def exits(system: ActorSystem) -> list[str]:
    return [
        f"{event.path}#{event.incarnation} {event.reason}"
        for event in system.events.since(0)
        if event.kind is EventKind.EXITED
    ]


@dispatchers
@pytest.mark.parametrize("linker", ["a", "b"])
def test_whoever_linked_both_end_when_one_fails_and_the_reason_names_it(
    dispatcher: str, linker: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    other = child("b", dispatcher=dispatcher, say=said.append)
    system = grow(child("a", dispatcher=dispatcher), other)
    to = {"a": "/root/b", "b": "/root/a"}[linker]

    system.ref(f"/root/{linker}").ask(link(to, to))
    system.ref("/root/a").tell(fail)
    settle(system)

    cause = "/root/a (incarnation 1) ended: crashed: ValueError: boom"
    assert exits(system) == [
        "/root/a#1 crashed: ValueError: boom",
        f"/root/b#1 crashed: LinkedExit: {cause}",
    ]
    assert [repr(each) for each in said] == [
        f'"on_failure LinkedExit({cause!r})"',
    ]
    assert system.info("/root/a").links == system.info("/root/b").links == ()


@dispatchers
def test_a_kill_goes_through_links_and_names_the_first_one_all_the_way(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    names = ("a", "b", "c", "d")
    specs = (child(each, dispatcher=dispatcher) for each in names)
    system = grow(*specs, intensity=9)

    for name, to in zip("abc", "bcd", strict=True):
        system.ref(f"/root/{name}").ask(link(f"/root/{to}"))
    system.cell("/root/b").kill(KILLED)
    settle(system)

    cause = "/root/b (incarnation 1) ended: killed: by a test"
    assert sorted(exits(system)) == [
        f"/root/a#1 crashed: LinkedExit: {cause}",
        "/root/b#1 killed: by a test",
        f"/root/c#1 crashed: LinkedExit: {cause}",
        f"/root/d#1 crashed: LinkedExit: {cause}",
    ]


@pytest.mark.parametrize("end", ["stop", "terminate"])
def test_an_end_in_order_ends_the_link_and_nobody_else(
    end: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), child("b"))
    system.ref("/root/b").ask(link("/root/a"))
    before = system.info("/root/a").links, system.info("/root/b").links

    if end == "stop":
        system.ref("/root/a").tell(Actor.stop)
    else:
        terminate(system, "a")
    settle(system)

    assert before == (("/root/b",), ("/root/a",))
    assert system.info("/root/b").links == ()
    assert system.cell("/root/b").incarnation == 1


def test_who_traps_exits_hears_of_every_end_and_lives_on(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    trapping = ChildSpec(id="t", start=Trapping, args={"say": said.append})
    system = grow(trapping, child("a"))

    for act in (fail, Actor.stop):
        system.ref("/root/t").ask(link("/root/a"))
        system.ref("/root/a").tell(act)
        settle(system)
    terminate(system, "a")
    system.ref("/root/t").ask(link("/root/a"))
    settle(system)

    assert said == [
        LinkDown("/root/a", 1, ExitReason(ExitKind.CRASHED, "ValueError: boom")),
        LinkDown("/root/a", 2, ExitReason(ExitKind.NORMAL)),
        LinkDown("/root/a", 0, NOBODY),
    ]
    assert system.cell("/root/t").incarnation == 1


def test_who_traps_exits_still_takes_the_others_with_it(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    trapping = ChildSpec(id="t", start=Trapping, args={"say": said.append})
    system = grow(trapping, child("a"))

    system.ref("/root/t").ask(link("/root/a"))
    system.ref("/root/t").tell(fail)
    settle(system)

    assert said == []
    assert [line.split(" ")[0] for line in exits(system)] == ["/root/t#1", "/root/a#1"]


def test_who_links_where_nobody_lives_ends_after_the_message_at_hand(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system = grow(child("a"), child("b", say=said.append))
    terminate(system, "a")

    def link_and_go_on(actor: Actor) -> None:
        link("/root/a")(actor)
        said.append("went on")

    system.ref("/root/b").tell(link_and_go_on)
    system.ref("/root/b").tell("the next message")
    settle(system)

    cause = "/root/a: noproc: nobody lives there"
    assert exits(system)[1:] == [f"/root/b#1 crashed: LinkedExit: {cause}"]
    assert said == [
        "went on",
        f"on_failure {LinkedExit('/root/a', 0, NOBODY)!r}",
        "the next message",
    ]


@pytest.mark.parametrize("unlinker", ["a", "b"])
def test_either_side_undoes_a_link(
    unlinker: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), child("b"), child("c"))
    to = {"a": "/root/b", "b": "/root/a"}[unlinker]

    system.ref("/root/a").ask(link("/root/b", "/root/c"))
    system.ref(f"/root/{unlinker}").ask(unlink(to))
    links = {name: system.info(f"/root/{name}").links for name in "abc"}
    system.cell("/root/b").kill(KILLED)
    settle(system)

    assert links == {"a": ("/root/c",), "b": (), "c": ("/root/a",)}
    assert exits(system) == ["/root/b#1 killed: by a test"]


@pytest.mark.parametrize("traps", [True, False])
def test_what_is_unlinked_is_not_heard_of_even_if_it_is_on_its_way(
    grow: Grow, child: Specify, settle: Settle, *, traps: bool
) -> None:
    said: Said = []
    trapping = ChildSpec(id="b", start=Trapping, args={"say": said.append})
    system = grow(child("a"), trapping if traps else child("b", say=said.append))

    def unlink_too_late(actor: Actor) -> None:
        link("/root/a")(actor)
        actor.system.cell("/root/a").kill(KILLED)
        unlink("/root/a")(actor)

    system.ref("/root/b").ask(unlink_too_late)
    settle(system)

    assert said == []
    assert exits(system) == ["/root/a#1 killed: by a test"]


def test_a_link_ends_with_either_incarnation_and_binds_no_successor(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    system = grow(child("a"), child("b"))

    system.ref("/root/b").ask(link("/root/a"))
    for _ in range(2):
        system.cell("/root/b").kill(KILLED)
        settle(system)

    lives = {name: system.cell(f"/root/{name}").incarnation for name in "ab"}
    assert lives == {"a": 2, "b": 3}


def test_a_link_to_oneself_is_none(grow: Grow, child: Specify, settle: Settle) -> None:
    system = grow(child("a"))

    system.ref("/root/a").ask(link("/root/a"))
    links = system.info("/root/a").links
    system.cell("/root/a").kill(KILLED)
    settle(system)

    assert links == ()
    assert exits(system) == ["/root/a#1 killed: by a test"]


def test_links_and_watches_of_the_same_actor_are_heard_of_apart(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    said: Said = []
    trapping = ChildSpec(id="t", start=Trapping, args={"say": said.append})
    system = grow(trapping, child("a"))

    def both(actor: Actor) -> None:
        link("/root/a")(actor)
        actor.watch(actor.system.ref("/root/a"))

    system.ref("/root/t").ask(both)
    system.cell("/root/a").kill(KILLED)
    settle(system)

    assert said == [Down("/root/a", 1, KILLED), LinkDown("/root/a", 1, KILLED)]


def test_a_supervisor_is_not_taken_down_by_a_link(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    """Supervisors trap exits, as in OTP; they have no use for what they hear."""
    system = grow(SupervisorSpec(id="b", children=(child("x"),)), child("a"))

    system.ref("/root/a").ask(link("/root/b"))
    system.cell("/root/a").kill(KILLED)
    settle(system)

    assert exits(system) == ["/root/a#1 killed: by a test"]
    assert system.dead_letters.counts() == {("/root/b", "unhandled"): 1}


def test_the_end_of_a_supervisor_goes_through_links(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    branch = SupervisorSpec(id="b", children=(child("x"),), intensity=0)
    system = grow(branch, child("a"))

    system.ref("/root/a").ask(link("/root/b"))
    system.ref("/root/b/x").tell(fail)
    settle(system)

    assert [line.partition(":")[0] for line in exits(system)] == [
        "/root/b/x#1 crashed",
        "/root/b#1 escalated",
        "/root/a#1 crashed",
    ]


def test_who_is_at_a_message_when_the_other_one_ends_finishes_it_first(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    said: Said = []
    entered = threading.Event()

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)
        said.append("finished")

    linked = child("b", dispatcher="pinned", say=said.append, starting=link("/root/a"))
    system = grow(child("a"), linked)
    system.ref("/root/b").tell(hold)
    assert entered.wait(PATIENCE)
    system.cell("/root/a").kill(KILLED)
    gate.set()
    settle(system)

    failed = LinkedExit("/root/a", 1, KILLED)
    assert said == ["finished", f"on_failure {failed!r}"]
    assert system.dead_letters.count() == 0
