"""The parts without locks, at full speed from many threads, switched all the time."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import attrs
import pykka
import pytest

from holdfast.supervision import (
    Actor,
    ActorCrashed,
    ActorSystem,
    AskTimeout,
    ChildSpec,
    ExitKind,
    ExitReason,
    Future,
    MailboxFull,
    MailboxSpec,
    ManualClock,
    Overflow,
    Ref,
    RefTo,
    Strategy,
    SupervisorSpec,
)
from holdfast.supervision.runtime.incarnation import Incarnation
from holdfast.supervision.runtime.mailbox import Mailbox

PATIENCE = 20.0
UNLIMITED = 1_000_000
KILLED = ExitReason(ExitKind.KILLED, "by a test")

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]

dispatchers = pytest.mark.parametrize("dispatcher", ["shared", "pinned"])


@pytest.fixture(autouse=True)
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


@attrs.frozen
class Quote:
    symbol: int
    number: int


@pytest.mark.parametrize("overflow", Overflow)
def test_a_mailbox_loses_and_doubles_nothing_between_senders_taker_and_closer(
    overflow: Overflow,
) -> None:
    for _ in range(150):
        send_take_and_close(MailboxSpec(capacity=8, overflow=overflow, key="symbol"))


@attrs.frozen
class Discarding:
    """The owner of a mailbox, who remembers what it could not keep."""

    discarded: list[Quote]
    path: str = "/root/a"

    def discard(self, item: Quote, reason: str) -> None:
        self.discarded.append(item)


def send_take_and_close(spec: MailboxSpec) -> None:
    accepted: list[Quote] = []
    taken: list[Quote] = []
    discarded: list[Quote] = []
    box = Mailbox(spec, Discarding(discarded))

    def send(first: int) -> None:
        for number in range(first, first + 30):
            quote = Quote(number % 4, number)
            try:
                box.put(quote)
            except MailboxFull:
                continue
            accepted.append(quote)

    def take() -> None:
        for _ in range(60):
            try:
                item = box.take()
            except IndexError:
                continue
            if item.number % 7 == 0:
                box.put_back(item)
            else:
                taken.append(item)

    close = partial(box.close, "closed")
    at_once(partial(send, 0), partial(send, 1000), take, close)

    assert not box.items
    assert Counter(taken + discarded) == Counter(accepted)


@dispatchers
def test_no_wake_up_is_lost_though_the_actor_falls_asleep_all_the_time(
    dispatcher: str, grow: Grow, child: Specify
) -> None:
    system = grow(child("a", dispatcher=dispatcher))
    ref = system.ref("/root/a")

    def converse() -> None:
        for number in range(600):
            assert ref.ask(number) == number

    at_once(converse, converse, converse)


@dispatchers
def test_kills_at_any_moment_lose_no_message_and_double_none(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    handled: list[int] = []
    spec = child("a", dispatcher=dispatcher, say=handled.append)
    system = grow(spec, intensity=UNLIMITED)
    ref, cell = system.ref("/root/a"), system.cell("/root/a")
    sent = range(900)

    def send(numbers: range) -> None:
        for number in numbers:
            ref.tell(number)

    for first in range(0, len(sent), 3):
        at_once(partial(send, sent[first : first + 3]), partial(cell.kill, KILLED))
        settle(system)

    lost = {letter.message for letter in system.dead_letters.newest()}
    assert Counter(handled).most_common(1)[0][1] == 1
    assert {*handled, *lost} == set(sent)


@dispatchers
def test_every_ask_ends_though_its_actor_is_killed_again_and_again(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    spec = child("a", dispatcher=dispatcher)
    system = grow(spec, intensity=UNLIMITED)
    ref, cell = system.ref("/root/a"), system.cell("/root/a")
    answers: Counter[str] = Counter()
    over = threading.Event()

    def converse() -> None:
        for number in range(400):
            try:
                answers["right" if ref.ask(number) == number else "wrong"] += 1
            except ActorCrashed:
                answers["crashed"] += 1
        over.set()

    def kill() -> None:
        while not over.is_set():
            cell.kill(KILLED)

    at_once(converse, kill)
    settle(system)

    assert answers.total() == 400
    assert answers["wrong"] == 0


@dispatchers
def test_an_ending_from_inside_and_a_kill_from_outside_are_one_ending(
    dispatcher: str, grow: Grow, child: Specify, settle: Settle
) -> None:
    """That each incarnation ended once is checked when the system is taken down."""
    spec = child("a", dispatcher=dispatcher)
    system = grow(spec, intensity=UNLIMITED)
    ref, cell = system.ref("/root/a"), system.cell("/root/a")

    def fail(_: Actor) -> None:
        raise ValueError("boom")

    for act in (Actor.stop, fail) * 60:
        at_once(partial(ref.tell, act), partial(cell.kill, KILLED))
    settle(system)

    assert ref.ask("alive?") == "alive?"


@dispatchers
def test_asks_at_the_moment_of_a_stop_are_answered_or_refused(
    dispatcher: str, grow: Grow, child: Specify
) -> None:
    for _ in range(40):
        system = grow(child("a", dispatcher=dispatcher))
        ref = system.ref("/root/a")
        futures: list[Future[Any]] = []

        def ask(ref: Any = ref, futures: list[Future[Any]] = futures) -> None:
            futures.extend(ref.ask(number, block=False) for number in range(20))

        at_once(ask, ask, system.stop)
        system.ended.get(timeout=PATIENCE)
        system.close()

        assert len(futures) == 40
        assert {outcome(future) for future in futures} <= {"answered", "refused"}


def outcome(future: Future[Any]) -> str:
    if not future.done:
        return "left alone"
    try:
        future.result()
    except pykka.ActorDeadError:
        return "refused"
    return "answered"


def test_an_ask_is_either_withdrawn_or_executed_never_both() -> None:
    seen: Counter[bool | None] = Counter()
    for _ in range(400):
        clock = ManualClock()
        future: Future[str] = Future(clock, timeout=1)
        future.add_done_callback(lambda _: None)
        begun: list[bool] = []

        def begin(future: Future[str] = future, begun: list[bool] = begun) -> None:
            begun.append(future.begin())

        at_once(begin, partial(clock.advance, 1))
        with pytest.raises(AskTimeout) as caught:
            future.result()
        assert begun == [caught.value.executed is None]
        seen[caught.value.executed] += 1

    assert set(seen) <= {None, False}


class Hopper(Actor):
    """Passes a number on, one less each time, until it is zero."""

    def __init__(self, to: Ref, landed: Callable[[int], object]) -> None:
        self._to = to
        self._landed = landed

    def on_receive(self, message: int) -> None:
        if message:
            self._to.tell(message - 1)
        else:
            self._landed(message)


def test_a_system_is_settled_only_when_the_last_message_has_been_handled(
    grow: Grow, settle: Settle
) -> None:
    landed: list[int] = []
    names = ["a", "b", "c"]
    system = grow(
        *(
            ChildSpec(
                id=name,
                start=Hopper,
                dispatcher="shared" if name == "b" else "pinned",
                args={"to": RefTo(path=f"/root/{after}"), "landed": landed.append},
            )
            for name, after in zip(names, [*names[1:], names[0]], strict=True)
        )
    )

    for turn in range(1, 60):
        for name in names:
            system.ref(f"/root/{name}").tell(40)
        settle(system)
        assert len(landed) == turn * len(names)


def test_kills_of_supervisors_from_outside_leave_one_life_in_each_place(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    lives: list[Incarnation] = []

    def remember(actor: Any) -> None:
        lives.append(actor._life)

    def branch(name: str, *children: ChildSpec | SupervisorSpec) -> SupervisorSpec:
        return SupervisorSpec(
            id=name,
            children=children,
            strategy=Strategy.REST_FOR_ONE,
            intensity=UNLIMITED,
            backoff=None,
        )

    leaves = [
        child(name, dispatcher=dispatcher, starting=remember)
        for name, dispatcher in (("a", "shared"), ("b", "pinned"), ("c", "pinned"))
    ]
    system = grow(
        branch("upper", *leaves, branch("lower", *leaves)), intensity=UNLIMITED
    )

    def kill(path: str) -> None:
        for _ in range(40):
            system.cell(path).kill(KILLED)
            system.ref("/root").ask("a pause")

    paths = ("/root/upper", "/root/upper/lower", "/root/upper/lower/b")
    at_once(*(partial(kill, path) for path in paths))
    settle(system)

    living = [life for life in lives if not life.ended]
    assert {life.cell.path: life for life in living} == {
        cell.path: cell.life for cell in system.cells() if cell.name in {"a", "b", "c"}
    }
    assert len(living) == 6


def test_a_system_can_be_looked_at_while_everything_changes(
    grow: Grow, child: Specify, settle: Settle
) -> None:
    branch = SupervisorSpec(
        id="b", children=(child("x"),), intensity=UNLIMITED, backoff=None
    )
    system = grow(branch, intensity=UNLIMITED)
    over = threading.Event()
    seen: Counter[bool] = Counter()

    def look() -> None:
        while not over.is_set():
            seen[system.is_up] += 1
            system.events.state()
            system.ref("/root/b/x").is_alive()

    def change() -> None:
        for _ in range(200):
            system.cell("/root/b/x").kill(KILLED)
            system.ref("/root/b/x").ask("a pause")
        over.set()

    at_once(look, look, change)
    settle(system)

    assert system.is_up
