"""The journal on disk is read by branch and age."""

from pathlib import Path

from holdfast.supervision import Decision, EventKind, EventStore, SupervisionEvent
from holdfast.supervision.runtime.clock import SystemClock
from holdfast.web.journal_reader import read_journal


def test_it_reads_a_branch_since_some_seconds_ago(tmp_path: Path) -> None:
    now = SystemClock().wall()
    events = [
        SupervisionEvent(
            seq=number,
            time=now - age,
            path=path,
            incarnation=1,
            kind=EventKind.READY,
            reason="",
            decision=Decision.NONE,
            cause_seq=0,
        )
        for number, (path, age) in enumerate(
            [("/root/a", 9000.0), ("/root/a", 60.0), ("/root/ab", 30.0)], start=1
        )
    ]
    store = EventStore(tmp_path / "events")
    store.append(1, events)
    store.close()

    read = [
        [
            stored.event.seq
            for stored in read_journal(
                tmp_path / "events", since=since, under=under, follow=False
            )
        ]
        for since, under in ((None, ""), (None, "root/a/"), (3600.0, "/root"))
    ]

    assert read == [[1, 2, 3], [1, 2], [2, 3]]
