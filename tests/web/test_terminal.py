"""Every line that a terminal shows, to the letter."""

from typing import Any

import pytest

from holdfast.supervision import Decision, EventKind, StoredEvent, SupervisionEvent
from holdfast.supervision.status import Word
from holdfast.web.terminal import (
    SHAPES,
    JournalText,
    breaker_text,
    event_text,
    record_text,
    status_text,
    summary_text,
    tree_text,
)

NOON = 1_700_000_000.0


def component(path: str, state: str = "running", **fields: Any) -> dict[str, Any]:
    return {
        "path": path,
        "state": state,
        "about": "worker permanent",
        "since": NOON - 8.14,
        "restarts": 0,
        "last_exit": "",
        "waiting": 0,
        **fields,
    }


def event(**fields: Any) -> SupervisionEvent:
    plain: dict[str, Any] = {
        "seq": 7,
        "time": NOON + 0.1239,
        "path": "/root/a",
        "incarnation": 2,
        "kind": EventKind.READY,
        "reason": "",
        "decision": Decision.NONE,
        "cause_seq": 0,
    }
    return SupervisionEvent(**{**plain, **fields})


SUMMARY: dict[str, Any] = {
    "ticks": 9757,
    "orders": 57,
    "fills": 72,
    "rejects": 0,
    "open_orders": 1,
    "positions": {"BTCUSDT": "0.001"},
    "realised_profit": "-0.46192",
    "fees": "0.555657424",
    "restarts": 20,
    "escalations": 0,
    "killed": 0,
    "silent": [],
    "dead_letters": 3,
    "dead_letter_reasons": [],
    "events": 234,
    "seed": 7,
    "reconciled": True,
    "differences": [],
    "crashes_planned": 20,
    "crashes_fired": 20,
    "bad_frames": 0,
    "damage": [],
    "journal_trouble": "",
    "ended": "shutdown",
    "exit": 0,
}
HEAD = """\
ticks 9757, orders 57, fills 72, rejects 0, open orders 1
position 0.001 BTCUSDT, realised profit -0.46192, fees 0.555657424
restarts 20, escalations 0, dead letters 3, events 234, seed 7"""


def test_a_status_is_a_verdict_and_a_tree() -> None:
    status = {
        "verdict": "degraded",
        "environment": "production",
        "time": NOON,
        "restarts": 4,
        "dead_letters": 2,
        "counts": {"running": 3, "restarting": 1},
        "risk": [],
        "components": [
            component("/system", about="supervisor one_for_one unlimited"),
            component("/system/web", since=NOON - 3725),
            component("/root", about="supervisor rest_for_one 3/60"),
            component(
                "/root/strategy",
                "restarting",
                restarts=4,
                last_exit="crashed: ValueError: no",
                waiting=12,
            ),
        ],
    }

    assert status_text(status) == (
        "PRODUCTION   DEGRADED   4 components: 3 running, 1 restarting   restarts 4   "
        "dead letters 2\n"
        "o system                     Running     supervisor one_for_one unlimited"
        " for 8.1s\n"
        "  o web                      Running     worker permanent                "
        " for 1h02m\n"
        "o root                       Running     supervisor rest_for_one 3/60    "
        " for 8.1s\n"
        "  ~ strategy                 Restarting  worker permanent                "
        " for 8.1s restarts 4, last crashed: ValueError: no waiting 12"
    )


def test_a_status_says_why_no_new_risk_is_taken() -> None:
    gates = {"venue": "the breaker is open"}
    risk = {"path": "/root/risk", "level": "reducing", "why": "a loss", "gates": gates}
    status = {
        "verdict": "degraded",
        "environment": "production",
        "time": NOON,
        "restarts": 0,
        "dead_letters": 0,
        "counts": {"running": 1},
        "risk": [risk],
        "components": [component("/root/risk")],
    }

    assert status_text(status).splitlines()[1:-1] == [
        "REDUCING /root/risk: a loss",
        "NO NEW RISK /root/risk: venue: the breaker is open",
    ]


def test_a_breaker_says_what_it_counted_and_what_holds_it() -> None:
    report = {
        "path": "/root/breaker",
        "state": "half_open",
        "volume": 9,
        "bad": 5,
        "slow": 1,
        "rejected": 3,
        "holds": [
            {"kind": "timer", "seconds": 2.04, "reason": "5 of 9 failed"},
            {"kind": "reconcile", "seconds": None, "reason": "a1 timed out"},
        ],
        "forced_for": 60.0,
        "unresolved": ["a1"],
    }

    assert breaker_text(report).splitlines() == [
        (
            "HALF OPEN /root/breaker: of 9 calls in the window 5 failed and 1 were"
            " slow, 3 rejected"
        ),
        "  held by timer for 2.0 s: 5 of 9 failed",
        "  held by reconcile: a1 timed out",
        "  forced for 60.0 s",
        "  nobody knows what became of a1",
    ]


def test_every_word_has_a_shape_of_its_own() -> None:
    assert set(SHAPES) == {str(word) for word in Word}
    assert len(set(SHAPES.values())) == len(SHAPES)


@pytest.mark.parametrize("word", list(Word))
def test_a_place_in_any_state_is_one_line(word: Word) -> None:
    status = {"time": NOON, "components": [component("/root/a", str(word))]}

    line = tree_text(status)

    assert line.startswith(f"  {SHAPES[word]} a   ")
    assert f" {word.capitalize()} " in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("seconds", "span"),
    [
        (-3, "0.0s"),
        (0, "0.0s"),
        (59.94, "59.9s"),
        (60, "1m00s"),
        (61.9, "1m01s"),
        (3599, "59m59s"),
        (3600, "1h00m"),
        (86_399, "23h59m"),
        (86_400, "1d00h"),
        (100 * 86_400 + 7200, "100d02h"),
    ],
)
def test_a_span_has_at_most_two_units(seconds: float, span: str) -> None:
    status = {
        "time": NOON,
        "components": [component("/root/a", since=NOON - seconds)],
    }

    assert tree_text(status).endswith(f" for {span}")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "/root/a ready #2"),
        (
            {"kind": EventKind.ADDED, "reason": "worker permanent", "incarnation": 0},
            "/root/a added (worker permanent)",
        ),
        (
            {"kind": EventKind.EXITED, "reason": "crashed: X", "cause_seq": 3}
            | {"decision": Decision.RESTART},
            "/root/a exited #2 (crashed: X) -> restarting it [because of 3]",
        ),
        (
            {"kind": EventKind.EXITED, "decision": Decision.RESTART_WITH_SIBLING},
            "/root/a exited #2 -> restarting it with the one that failed",
        ),
        (
            {"kind": EventKind.EXITED, "decision": Decision.LEAVE_STOPPED},
            "/root/a exited #2 -> left stopped",
        ),
        (
            {"kind": EventKind.EXITED, "decision": Decision.FORGET},
            "/root/a exited #2 -> forgotten",
        ),
        (
            {"kind": EventKind.EXITED, "decision": Decision.ESCALATE},
            "/root/a exited #2 -> giving up",
        ),
        (
            {"kind": EventKind.EXITED, "decision": Decision.SHUT_DOWN},
            "/root/a exited #2 -> shutting down",
        ),
    ],
)
def test_an_event_is_one_line(fields: dict[str, Any], line: str) -> None:
    assert event_text(event(**fields)) == f"22:13:20.123Z      7 {line}"


def test_a_journal_has_a_heading_where_a_run_or_a_day_begins() -> None:
    journal = JournalText()
    stored = [
        StoredEvent(1, 1, event(seq=1)),
        StoredEvent(2, 1, event(seq=2)),
        StoredEvent(3, 1, event(seq=3, time=NOON + 86_400)),
        StoredEvent(4, 2, event(seq=1, time=NOON + 86_400)),
    ]

    assert "\n".join(map(journal.lines, stored)) == (
        "run 1, 2023-11-14\n"
        "22:13:20.123Z      1 /root/a ready #2\n"
        "22:13:20.123Z      2 /root/a ready #2\n"
        "run 1, 2023-11-15\n"
        "22:13:20.000Z      3 /root/a ready #2\n"
        "run 2, 2023-11-15\n"
        "22:13:20.000Z      1 /root/a ready #2"
    )


def test_a_stored_event_is_one_json_document() -> None:
    stored = StoredEvent(9, 2, event(kind=EventKind.EXITED, decision=Decision.RESTART))

    assert record_text(stored) == (
        '{"run": 2, "seq": 7, "time": 1700000000.1239, "path": "/root/a",'
        ' "incarnation": 2, "kind": "exited", "reason": "", "decision": "restart",'
        ' "cause_seq": 0}'
    )


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({}, ["reconciled: orders and balances are what the exchange says"]),
        (
            {"reconciled": False, "differences": ["one", "two"], "exit": 1},
            ["NOT RECONCILED: one", "NOT RECONCILED: two"],
        ),
        (
            {"reconciled": None, "differences": ["nobody answered"]},
            ["NOT RECONCILED: nobody answered"],
        ),
        ({"reconciled": None}, []),
        (
            {"reconciled": None, "silent": ["/root/a", "/root/b"], "exit": 1},
            ["NOT COMPLETE: /root/a, /root/b did not answer, counts may be too low"],
        ),
        (
            {"reconciled": None, "killed": 2},
            ["killed: 2, they did not stop in time"],
        ),
        (
            {"reconciled": None, "dead_letter_reasons": ["/root/a: 3 expired"]},
            ["dead letters of /root/a: 3 expired"],
        ),
        (
            {"reconciled": None, "crashes_fired": 19, "exit": 1},
            ["only 19 of 20 planned crashes came to pass"],
        ),
        (
            {"reconciled": None, "bad_frames": 1, "damage": ["x.gz line 3: no frame"]},
            ["set aside: x.gz line 3: no frame"],
        ),
        (
            {"reconciled": None, "bad_frames": 7, "damage": ["a", "b"], "exit": 66},
            ["set aside: a", "set aside: b", "set aside: 7 lines in all"],
        ),
        (
            {"reconciled": None, "journal_trouble": "the disk is full", "exit": 73},
            ["NOT JOURNALED TO THE END: the disk is full"],
        ),
        (
            {"reconciled": None, "ended": "escalated: too often", "exit": 70},
            ["ended: escalated: too often"],
        ),
    ],
)
def test_a_summary_says_what_a_run_came_to(
    changed: dict[str, Any], lines: list[str]
) -> None:
    assert summary_text({**SUMMARY, **changed}) == "\n".join([HEAD, *lines])


def test_what_nobody_knows_is_unknown_and_not_none() -> None:
    unknown = dict.fromkeys(
        ("ticks", "orders", "fills", "rejects", "open_orders", "realised_profit")
    )
    changed: dict[str, Any] = {"fees": None, "positions": {}, "reconciled": None}

    text = summary_text({**SUMMARY, **unknown, **changed})

    assert text.startswith(
        "ticks unknown, orders unknown, fills unknown, rejects unknown,"
        " open orders unknown\n"
        "position unknown, realised profit unknown, fees unknown\n"
    )
