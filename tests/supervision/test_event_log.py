"""Events are numbered, kept, folded and told in order, whatever listeners do."""

import itertools
import threading

import pytest

from holdfast.supervision import (
    Decision,
    EventKind,
    EventLog,
    ManualClock,
    SupervisionEvent,
    TreeState,
    fold,
)


@pytest.fixture
def log(clock: ManualClock) -> EventLog:
    return EventLog(clock)


def test_an_event_says_what_happened_where_when_and_why(
    log: EventLog, clock: ManualClock
) -> None:
    clock.advance(5)

    seq = log.emit(
        EventKind.EXITED,
        "/root/a",
        incarnation=2,
        reason="crashed: boom",
        decision=Decision.RESTART,
        cause_seq=7,
    )

    assert seq == 1
    assert log.since(0) == [
        SupervisionEvent(
            seq=1,
            time=1_700_000_005.0,
            path="/root/a",
            incarnation=2,
            kind=EventKind.EXITED,
            reason="crashed: boom",
            decision=Decision.RESTART,
            cause_seq=7,
        )
    ]


def test_only_what_is_newer_is_returned_oldest_first(log: EventLog) -> None:
    for number in range(5):
        log.emit(EventKind.ADDED, f"/root/{number}")

    assert [event.seq for event in log.since(2)] == [3, 4, 5]
    assert log.since(5) == []


def test_only_the_newest_are_kept_but_the_state_is_of_all(clock: ManualClock) -> None:
    log = EventLog(clock, capacity=3)
    for number in range(5):
        log.emit(EventKind.ADDED, f"/root/{number}", reason="worker permanent")

    assert [event.seq for event in log.since(0)] == [3, 4, 5]
    assert list(log.state().nodes) == [f"/root/{number}" for number in range(5)]


def test_what_must_not_be_seen_is_redacted_before_anybody_sees_it(
    clock: ManualClock,
) -> None:
    log = EventLog(clock, redact=lambda text: text.replace("s3cret", "***"))
    heard: list[str] = []
    log.subscribe(lambda event: heard.append(event.reason))

    log.emit(EventKind.ADDED, "/root/a", reason="worker with s3cret")

    assert heard == ["worker with ***"]
    assert log.since(0)[0].reason == "worker with ***"
    assert log.state().nodes["/root/a"].about == "worker with ***"


def test_what_can_not_be_printed_is_escaped(log: EventLog) -> None:
    log.emit(EventKind.ADDED, "/root/a", reason="one\nline\x1b[31m, ünicode \ud800")

    assert log.since(0)[0].reason == r"one\nline\x1b[31m, ünicode \ud800"


def test_subscribers_hear_every_later_event_until_they_unsubscribe(
    log: EventLog,
) -> None:
    heard: list[int] = []
    log.emit(EventKind.ADDED, "/root/a")

    unsubscribe = log.subscribe(lambda event: heard.append(event.seq))
    log.emit(EventKind.ADDED, "/root/b")
    log.emit(EventKind.ADDED, "/root/c")
    unsubscribe()
    log.emit(EventKind.ADDED, "/root/d")

    assert heard == [2, 3]


def test_a_subscriber_that_fails_harms_neither_the_others_nor_the_tree(
    log: EventLog, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []

    def fail(_: SupervisionEvent) -> None:
        raise ValueError("my own fault")

    log.subscribe(fail)
    log.subscribe(lambda event: heard.append(event.seq))
    seq = log.emit(EventKind.ADDED, "/root/a")

    assert seq == 1
    assert heard == [1]
    assert [record.message for record in caplog.records] == [
        "a subscriber could not take event 1"
    ]


def test_a_subscriber_may_look_at_the_log_and_leave_it(log: EventLog) -> None:
    heard: list[tuple[int, int]] = []

    def look(event: SupervisionEvent) -> None:
        heard.append((event.seq, log.state().seq))
        unsubscribe()

    unsubscribe = log.subscribe(look)
    log.emit(EventKind.ADDED, "/root/a")
    log.emit(EventKind.ADDED, "/root/b")

    assert heard == [(1, 1)]


def test_a_state_that_was_returned_does_not_change_any_more(log: EventLog) -> None:
    log.emit(EventKind.ADDED, "/root/a")
    before = log.state()

    log.emit(EventKind.ADDED, "/root/b")

    assert list(before.nodes) == ["/root/a"]
    assert before == fold(log.since(0)[:1])


def test_events_from_many_threads_are_numbered_and_told_in_one_order(
    log: EventLog,
) -> None:
    heard: list[SupervisionEvent] = []
    log.subscribe(heard.append)
    begin = threading.Barrier(4)

    def emit(name: str) -> None:
        begin.wait()
        for _ in range(500):
            log.emit(EventKind.READY, name, incarnation=1)

    threads = [threading.Thread(target=emit, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    numbers = [event.seq for event in heard]
    assert numbers == list(itertools.islice(itertools.count(1), 2000))
    assert log.since(0) == heard
    assert isinstance(log.state(), TreeState)


def test_it_says_whether_it_is_just_telling(clock: ManualClock) -> None:
    log = EventLog(clock)
    said: list[bool] = []

    def hear(_: SupervisionEvent) -> None:
        said.append(log.is_telling)
        if len(said) == 1:
            log.emit(EventKind.READY, "/root/a")
            said.append(log.is_telling)

    log.subscribe(hear)
    log.emit(EventKind.STARTING, "/root/a")

    assert (said, log.is_telling) == ([True, True, True], False)
