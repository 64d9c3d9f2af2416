"""A watch that begins while its target ends is heard of exactly once."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    DeadLetter,
    Down,
    ExitKind,
    ExitReason,
    Ref,
)
from holdfast.supervision.runtime.incarnation import Incarnation
from holdfast.supervision.runtime.ties import Ties

PATIENCE = 20.0
UNLIMITED = 1_000_000
KILLED = ExitReason(ExitKind.KILLED, "by a test")
NOBODY = ExitReason(ExitKind.NOPROC, "nobody lives there")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]
Said = list[Any]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


# -- each interleaving, one after the other --


class MeddledLock:
    """Makes a call before it is taken, or after it was released, for the n-th time."""

    def __init__(self, moment: int, meddle: Callable[[], object]) -> None:
        self._lock = threading.Lock()
        self._left = moment
        self._meddle = meddle

    def __enter__(self) -> None:
        self._count()
        self._lock.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lock.release()
        self._count()

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._meddle()


class MeddledTies(Ties):
    """Ties with a lock that a test has its hand on."""

    def __init__(self) -> None:
        super().__init__()
        self.before_the_end: list[Callable[[], object]] = []

    def meddle_at(self, moment: int, meddle: Callable[[], object]) -> None:
        """Meddle when the lock is taken or released, or 0: when somebody ends."""
        if moment:
            self._lock = MeddledLock(moment, meddle)  # type: ignore[assignment] # as good
        else:
            self.before_the_end.append(meddle)

    def ended(self, life: Incarnation, reason: ExitReason) -> list[Callable[[], None]]:
        while self.before_the_end:
            self.before_the_end.pop()()
        return super().ended(life, reason)

    @property
    def is_empty(self) -> bool:
        return not self._incoming and not self._outgoing


@pytest.fixture
def meddled(grow: Grow) -> Callable[..., tuple[ActorSystem, MeddledTies]]:
    def grown(*specs: ChildSpec) -> tuple[ActorSystem, MeddledTies]:
        system = grow(*specs, intensity=UNLIMITED, start=False)
        system.ties = ties = MeddledTies()
        system.start().get(timeout=PATIENCE)
        return system, ties

    return grown


Meddled = Callable[..., tuple[ActorSystem, MeddledTies]]


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        (1, NOBODY),  # it was seen alive, and is gone before the watch is kept
        (2, KILLED),  # the watch is kept, and it ends before it is looked at again
    ],
)
def test_wherever_its_target_ends_while_a_watch_begins_there_is_one_down(
    moment: int, reason: ExitReason, meddled: Meddled, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system, ties = meddled(child("a"), child("w", say=said.append))
    target = system.cell("/root/a")

    def watch(actor: Actor) -> None:
        ties.meddle_at(moment, partial(target.kill, KILLED))
        actor.watch(target.ref)

    system.ref("/root/w").ask(watch)
    settle(system)

    assert said == [Down("/root/a", 1, reason)]
    assert ties.is_empty


@pytest.mark.parametrize("moment", range(7))
def test_wherever_a_watch_begins_while_its_target_ends_there_is_one_down(
    moment: int, meddled: Meddled, child: Specify, settle: Settle
) -> None:
    """Before the end is looked at, or as the lock is taken or released for it."""
    said: Said = []
    system, ties = meddled(child("a"))
    for _ in range(2):
        system.watch("/root/a", lambda _: None)
    ties.meddle_at(moment, partial(system.watch, "/root/a", said.append))

    system.cell("/root/a").kill(KILLED)
    settle(system)

    assert said == [Down("/root/a", 0, NOBODY)]
    assert ties.is_empty


def test_a_watch_that_begins_between_the_end_and_its_report_hears_the_true_reason(
    grow: Grow, child: Specify, settle: Settle, gate: threading.Event
) -> None:
    """The message in flight is let go of when it is over, before it is reported."""
    said: Said = []
    entered = threading.Event()
    system = grow(child("a", dispatcher="pinned"))

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    def watch(_: DeadLetter) -> None:
        system.watch("/root/a", said.append)

    system.dead_letters.subscribe(watch)
    system.ref("/root/a").tell(hold)
    assert entered.wait(PATIENCE)
    system.cell("/root/a").kill(KILLED)
    gate.set()
    settle(system)

    assert said == [Down("/root/a", 1, KILLED)]


@pytest.mark.parametrize("moment", [1, 2])
@pytest.mark.parametrize("what", ["watch", "link"])
def test_who_is_killed_while_it_begins_leaves_nothing_behind(
    what: str, moment: int, meddled: Meddled, child: Specify, settle: Settle
) -> None:
    system, ties = meddled(child("a"), child("w"))
    watcher = system.cell("/root/w")

    def begin(actor: Actor) -> None:
        ties.meddle_at(moment, partial(watcher.kill, KILLED))
        getattr(actor, what)(actor.system.ref("/root/a"))

    system.ref("/root/w").tell(begin)
    settle(system)

    # Only who was killed once the link was kept takes the other one with it.
    taken = what == "link" and moment == 2
    assert system.cell("/root/a").incarnation == (2 if taken else 1)
    assert system.cell("/root/w").incarnation == 2
    assert ties.is_empty


@pytest.mark.parametrize("moment", [1, 2])
def test_a_link_that_begins_while_the_other_one_ends_ends_who_links(
    moment: int, meddled: Meddled, child: Specify, settle: Settle
) -> None:
    system, ties = meddled(child("a"), child("b"))
    other = system.cell("/root/a")

    def begin(actor: Actor) -> None:
        ties.meddle_at(moment, partial(other.kill, KILLED))
        actor.link(other.ref)

    system.ref("/root/b").tell(begin)
    settle(system)

    lives = {name: system.cell(f"/root/{name}").incarnation for name in "ab"}
    assert lives == {"a": 2, "b": 2}
    assert ties.is_empty


@pytest.mark.parametrize("moment", range(5))
def test_wherever_a_watch_is_undone_while_its_target_ends_nobody_hears_later(
    moment: int, meddled: Meddled, child: Specify, settle: Settle
) -> None:
    said: Said = []
    system, ties = meddled(child("a"), child("w", say=said.append))

    def watch_and_unwatch(actor: Actor) -> None:
        begun = actor.watch(actor.system.ref("/root/a"))

        ties.meddle_at(moment, partial(actor.unwatch, begun))
        actor.system.cell("/root/a").kill(KILLED)

    system.ref("/root/w").ask(watch_and_unwatch)
    settle(system)

    # The fourth time the lock is released so that it can be heard of.
    assert said == ([] if moment < 4 else [Down("/root/a", 1, KILLED)])
    assert ties.is_empty


# -- and all of them at full speed --


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Have the interpreter change threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def at_once(*calls: Callable[[], object]) -> None:
    """Make all calls at the same moment, each on a thread of its own."""
    begin = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> None:
        begin.wait(PATIENCE)
        call()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Watcher(Actor):
    """Watches much, undoes some of it, and counts what it hears of each."""

    def __init__(self) -> None:
        self.begun = 0
        self.wanted: Counter[int] = Counter()
        self.heard: Counter[int] = Counter()

    def on_receive(self, message: Any) -> object:
        if isinstance(message, Down):
            self.heard[message.incarnation] += 1
            return None
        return message(self)

    def watch_many(self) -> None:
        ref = self.system.ref("/root/a")
        for number in range(20):
            watch = self.watch(ref)
            self.begun += 1
            if number % 3:
                self.wanted[watch.incarnation] += 1
            else:
                self.unwatch(watch)


def itself(ref: Ref) -> Watcher:
    def tell(actor: Watcher) -> list[Watcher]:
        return [actor]

    (watcher,) = ref.ask(tell, block=True)
    assert isinstance(watcher, Watcher)
    return watcher


@dispatchers
@pytest.mark.usefixtures("hasty_threads")
def test_at_full_speed_each_watch_of_who_is_killed_all_the_time_is_heard_of_once(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    watchers = [
        ChildSpec(id=name, start=Watcher, dispatcher="pinned") for name in ("v", "w")
    ]
    target = child("a", dispatcher=dispatcher)
    system = grow(*watchers, target, intensity=UNLIMITED)
    refs = [system.ref(f"/root/{name}") for name in ("v", "w")]

    for _ in range(200):
        at_once(
            *(partial(ref.ask, Watcher.watch_many) for ref in refs),
            partial(system.cell("/root/a").kill, KILLED),
        )
        settle(system)
    system.cell("/root/a").kill(KILLED)
    settle(system)

    for ref in refs:
        watcher = itself(ref)
        assert watcher.begun == 200 * 20
        assert watcher.heard == watcher.wanted
    assert system.info("/root/a").watchers == ()


@dispatchers
@pytest.mark.usefixtures("hasty_threads")
def test_at_full_speed_who_is_linked_ends_with_the_other_or_was_linked_too_late(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    linker = child("b", dispatcher="pinned")
    system = grow(child("a", dispatcher=dispatcher), linker, intensity=UNLIMITED)

    def link(actor: Actor) -> None:
        actor.link(actor.system.ref("/root/a"))

    for _ in range(200):
        before = system.cell("/root/b").incarnation
        at_once(
            partial(system.ref("/root/b").ask, link),
            partial(system.cell("/root/a").kill, KILLED),
        )
        settle(system)
        links = [*system.info("/root/a").links, *system.info("/root/b").links]
        assert links in ([], ["/root/b", "/root/a"])
        # It was linked with who was killed or with nobody, or else with the successor.
        assert system.cell("/root/b").incarnation == before + (0 if links else 1)
        if links:
            system.cell("/root/b").kill(KILLED)
            settle(system)
