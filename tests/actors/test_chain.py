"""The shipped tree trades a recording, and no crash loses or doubles or misstates."""

import itertools
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.supervision import ActorSystem, ChildSpec, CrashPlan
from holdfast.tests.actors.chain_tree import (
    LONG,
    PATHS,
    Arm,
    Ask,
    Faults,
    Finish,
    Grown,
    PassTime,
    Recording,
    Run,
    Strike,
    Witness,
    busy,
    check,
    fell_along,
    frames,
    no_crash,
    outcome,
    shipped,
)


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    lines = frames()
    path = tmp_path_factory.mktemp("chain") / "recording"
    path.write_text("\n".join(lines))
    trades = [number for number, line in enumerate(lines, 1) if "@trade" in line]
    return str(path), trades


Traded = Callable[..., Run]


@pytest.fixture(scope="session")
def traded(grown: Grown, finish: Finish, pass_time: PassTime, ask: Ask) -> Traded:
    """Run a tree until its market has ended, and ask everybody how it went."""

    def run(
        children: list[ChildSpec],
        arm: Arm = no_crash,
        *,
        by_time: bool = False,
        **fields: Any,
    ) -> Run:
        armed: list[Faults] = []

        def arming(system: ActorSystem) -> None:
            armed.append(arm(system))

        with grown(*children, arm=arming, **fields) as system:
            finish(system, by_time=by_time)
            armed[0].disarm()
            pass_time(system, LONG, 1.0)
            return outcome(system, ask, armed[0].fired)

    return run


def test_the_shipped_tree_trades_and_its_books_are_right(
    short: Recording, traded: Traded
) -> None:
    run = traded(shipped(short[0]), strategy="rest_for_one")

    check(run, len(short[1]))
    assert (run.restarts, len(run.venue.orders), len(run.fills)) == (0, 5, 4)


@pytest.mark.parametrize("latency", [0.0, 0.3])
def test_the_same_market_makes_the_same_fills_on_any_dispatcher(
    latency: float, short: Recording, traded: Traded
) -> None:
    runs: list[Run] = []
    for dispatcher in ("shared", "shared", "pinned", "pinned"):
        witness = Witness()
        children = busy(witness, short[0], dispatcher=dispatcher, latency=latency)
        runs.append(traded(children))
        witness.check(runs[-1], short[1])

    assert len(runs[0].fills) > 50
    assert [run.fills for run in runs] == [runs[0].fills] * 4
    assert [run.venue for run in runs] == [runs[0].venue] * 4


@pytest.mark.parametrize("dispatcher", ["shared", "pinned"])
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    order=st.permutations(PATHS),
    count=st.integers(1, 30),
    farthest=st.integers(1, 6),
    strategy=st.sampled_from(["rest_for_one", "one_for_one"]),
    latency=st.sampled_from([0.0, 0.3]),
)
def test_no_crash_around_a_message_does_any_harm(
    dispatcher: str,
    seed: int,
    order: list[str],
    count: int,
    farthest: int,
    strategy: str,
    latency: float,
    short: Recording,
    traded: Traded,
) -> None:
    witness = Witness()
    children = busy(
        witness,
        short[0],
        dispatcher=dispatcher,
        latency=latency,
        speed=1.0,
        replaces=True,
    )

    def arm(system: ActorSystem) -> Faults:
        chance = Random(seed)
        return CrashPlan(system, order, count, random=chance, farthest=farthest)

    run = traded(children, arm, strategy=strategy, by_time=True)

    witness.check(run, short[1])
    assert run.restarts == run.crashes == count


@st.composite
def drawn_strikes(draw: st.DrawFn, *, goes_out: bool) -> list[tuple[str, int, bool]]:
    order = draw(st.permutations(PATHS))
    waits = draw(st.lists(st.integers(1, 5), min_size=1, max_size=30))
    return [
        (path, wait, goes_out and draw(st.booleans()))
        for path, wait in zip(itertools.cycle(order), waits, strict=False)
    ]


@pytest.mark.parametrize("dispatcher", ["shared", "pinned"])
@pytest.mark.parametrize("goes_out", [False, True], ids=["instead", "after"])
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_no_crash_inside_a_handler_does_any_harm(
    goes_out: bool,  # noqa: FBT001 - a parameter of the table
    dispatcher: str,
    data: st.DataObject,
    short: Recording,
    traded: Traded,
    strike: Strike,
) -> None:
    faults = data.draw(drawn_strikes(goes_out=goes_out))
    strategy = data.draw(st.sampled_from(["rest_for_one", "one_for_one"]))
    latency = data.draw(st.sampled_from([0.0, 0.3]))
    witness = Witness()
    children = busy(
        witness,
        short[0],
        dispatcher=dispatcher,
        latency=latency,
        speed=1.0,
        replaces=True,
    )

    strikes = strike(faults)
    run = traded(children, strikes, strategy=strategy, by_time=True)

    witness.check(run, short[1])
    along = fell_along(run, strikes.struck)
    # Who crashes while it is being stopped with another is not restarted for itself.
    assert run.restarts - len(along) <= run.crashes == len(faults)


@pytest.mark.recording
@pytest.mark.parametrize("crashes", [0, 30])
def test_minutes_of_a_real_market_are_traded_whatever_crashes(
    crashes: int, recordings: Path, traded: Traded
) -> None:
    file = str(recordings / "binance_spot_btcusdt_20240808.ws.gz")

    def arm(system: ActorSystem) -> Faults:
        return CrashPlan(system, PATHS, crashes, random=Random(1))

    run = traded(shipped(file, speed=1.0), arm, strategy="rest_for_one", by_time=True)

    check(run, 9757)
    assert run.restarts == run.crashes == crashes
    assert len(run.fills) > 30
