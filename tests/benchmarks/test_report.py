from typing import Any

import pytest

from holdfast.tests.benchmarks.figures import Figure
from holdfast.tests.benchmarks.report import Line, figure, lines, table
from holdfast.tests.benchmarks.rows import Row


def nothing(n: int) -> float:
    return float(n)


def row(**fields: Any) -> Row:
    plain: dict[str, Any] = {"name": "hop", "unit": "us", "n": 1, "quick_n": 1}
    return Row(ours=nothing, **{**plain, **fields})


@pytest.mark.parametrize(
    ("unit", "ours", "peer", "ratio"),
    [
        ("us", 2.0, 6.0, 3.0),
        ("us", 6.0, 2.0, 1 / 3),
        ("KiB", 5.0, 20.0, 4.0),
        ("messages/s", 6.0, 2.0, 3.0),
        ("actors/s", 2.0, 6.0, 1 / 3),
        ("us", None, 6.0, None),
        ("us", 2.0, None, None),
    ],
)
def test_a_ratio_above_one_means_that_ours_is_better(
    unit: str, ours: float | None, peer: float | None, ratio: float | None
) -> None:
    assert Line(name="any", unit=unit, ours=ours, peer=peer).ratio == ratio


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"ours": 1.0, "peer": 6.0, "budget": 6.0}, "ok"),
        ({"ours": 1.0, "peer": 5.9, "budget": 6.0}, "MISSED"),
        ({"ours": 1.0, "peer": 6.0}, ""),
        ({"ours": 1.0, "budget": 6.0}, "no peer"),
        ({"ours": None, "peer": 6.0, "budget": 6.0}, "skipped"),
        ({"ours": 100.0, "budget": 100.0, "limits": True}, "ok"),
        ({"ours": 100.1, "budget": 100.0, "limits": True}, "MISSED"),
        ({"ours": 99.0, "peer": 1.0, "budget": 100.0, "limits": True}, "ok"),
        ({"ours": 100.1, "goal": 100.0, "limits": True}, ""),
    ],
)
def test_a_budget_is_for_the_ratio_or_for_ours(
    fields: dict[str, Any], verdict: str
) -> None:
    assert Line(name="any", unit="us", **fields).verdict == verdict


def test_each_further_peer_gets_a_line_of_its_own_without_a_budget() -> None:
    figures = {"ours": Figure(2.0), "Pykka": Figure(12.0), "Erlang": Figure(1.0)}

    told = list(lines(row(budget=6), figures))

    assert [
        (line.name, line.peer_name, line.ratio, line.budget, line.verdict)
        for line in told
    ] == [
        ("hop", "Pykka", 6.0, 6, "ok"),
        ("hop_vs_erlang", "Erlang", 0.5, None, ""),
    ]


def test_a_peer_that_was_skipped_is_none_and_the_reason_is_told() -> None:
    figures = {"ours": Figure(2.0, "as planned"), "Pykka": Figure(None, "no thread")}

    (told,) = lines(row(goal=10), figures)

    assert told.as_json() == {
        "name": "hop",
        "ours": 2.0,
        "peer": None,
        "peer_name": None,
        "unit": "us",
        "ratio": None,
        "budget": None,
        "goal": 10,
        "note": "as planned; Pykka: no thread",
    }


def test_a_row_without_any_peer_is_a_line_of_its_own() -> None:
    (told,) = lines(row(budget=6, limits=True), {"ours": Figure(5.0)})

    assert (told.peer, told.peer_name, told.verdict) == (None, None, "ok")


def test_the_table_shows_ratios_first_and_notes_below() -> None:
    told = [
        Line(
            name="tell",
            ours=1_700_000.0,
            peer=200_000.0,
            peer_name="Pykka",
            unit="messages/s",
            budget=3,
            goal=7,
        ),
        Line(
            name="actors_100000",
            ours=None,
            unit="KiB",
            budget=6,
            goal=6,
            limits=True,
            note="not done within 60 s",
        ),
    ]

    assert [" ".join(line.split()) for line in table(told)] == [
        "ratio row ours peer unit peer is budget",
        "8.50x tell 1,700,000 200,000 messages/s Pykka >= 3x, goal 7x ok",
        "actors_100000 KiB <= 6 KiB skipped",
        "actors_100000: not done within 60 s",
    ]
    _, beside, alone, _ = table(told)
    assert beside.index("messages/s") == alone.index("KiB")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (0.943, "0.94"),
        (12.34, "12.3"),
        (123.4, "123"),
        (1.7e6, "1,700,000"),
    ],
)
def test_a_number_is_written_with_three_digits(
    value: float | None, written: str
) -> None:
    assert figure(value) == written
