"""A state is kept over restarts, and only a person who says why loosens it."""

from pathlib import Path
from typing import Any

import pytest

from holdfast.actors.evidence import RiskArmed, RiskBaseline, RiskTightened
from holdfast.actors.order_journal import OrderJournal, Record
from holdfast.actors.order_store import OrderJournalUnusable
from holdfast.actors.refusal_reason import RefusalReason
from holdfast.actors.risk_words import Arm, Armed, CancelAll, Halt, Halted, QueryRisk
from holdfast.supervision import Future
from holdfast.supervision.halt_file import HaltFile
from holdfast.tests.actors.risk_stage import (
    TRADE,
    Stage,
    holding,
    intent,
    trade,
)

SYMBOL = "symbol:spot/BTCUSDT"
HALT = Halt(reason="the market is mad")
ARM = Arm(reason="it is sane again")


@pytest.fixture(autouse=True)
def keeps_files(stage: Stage, tmp_path: Path) -> None:
    stage.state_dir = tmp_path


def test_an_account_that_nobody_has_armed_is_halted(stage: Stage) -> None:
    del stage.more["first_state"]
    with stage.running() as running:
        running.say(TRADE, intent("a"))
        first = running.level
        armed = running.ask(ARM)
        running.say(intent("b"))

        assert (first, armed, running.level) == ("halted", Armed(), "active")
    assert stage.refused == [("a", RefusalReason.HALTED)]
    assert stage.ordered == ["b"]


@pytest.mark.parametrize(
    ("said", "level"), [([HALT], "halted"), ([HALT, ARM], "active"), ([], "halted")]
)
def test_the_last_state_outlives_the_process(
    said: list[Any], level: str, stage: Stage
) -> None:
    stage.more["first_state"] = "halted"
    with stage.running() as running:
        for message in said:
            running.ask(message)
    with stage.running() as running:
        assert running.level == level


def test_baselines_outlive_the_process(stage: Stage) -> None:
    stage.more["watch"] = {"max_daily_loss": "10", "max_drawdown": "10"}
    stage.position = holding("2", cost="200")
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("103"))
        running.let_pass(1.0)
    with stage.running() as running:
        running.say(trade("98"))
        running.let_pass(1.0)

        uses = [str(use) for use in running.ask(QueryRisk()).limits[:2]]
        assert uses == [
            f"daily_loss 4 of 10 ({SYMBOL})",
            f"drawdown 10 of 10 ({SYMBOL})",
        ]


def test_a_halt_is_answered_once_the_venue_lists_nothing(stage: Stage) -> None:
    gone = Halted(trouble="", open=())
    stage.venue_says = [Halted(open=("hf-a",)), gone]
    with stage.running() as running:
        answer = running.system.ref("/root/risk").ask(HALT, block=False)
        stage.settle(running.system)
        before = answer.done
        running.let_pass(1.0)

        assert (before, answer.get(timeout=20)) == (False, gone)
        assert running.ask(QueryRisk()).halt == gone


def test_a_halt_that_can_not_be_made_certain_says_so_in_time(stage: Stage) -> None:
    stage.venue_says = [Halted(open=("hf-a",), trouble="no answer")]
    with stage.running() as running:
        answer = running.system.ref("/root/risk").ask(HALT, block=False, timeout=60)
        stage.settle(running.system)
        running.let_pass(10.0)

        found = answer.get(timeout=20)
        assert (found.open, found.is_certain) == (("hf-a",), False)


@pytest.mark.parametrize("reason", ["", "  "])
def test_to_arm_needs_a_reason(reason: str, stage: Stage) -> None:
    with stage.running() as running:
        running.ask(HALT)
        armed = running.ask(Arm(reason=reason))

        assert armed.refused == "it needs a reason"
        assert running.level == "halted"


def test_what_is_still_broken_is_not_armed(stage: Stage) -> None:
    stage.more["watch"] = {"max_daily_loss": "10"}
    stage.position = holding("2", cost="200")
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.say(trade("90"))
        armed = running.ask(ARM)
        running.say(trade("99"))
        again = running.ask(ARM)

        assert armed.refused == f"still broken: daily_loss 20 of 10 ({SYMBOL})"
        assert (again, running.level) == (Armed(), "active")


def test_a_peak_is_forgotten_when_somebody_arms(stage: Stage) -> None:
    stage.more["watch"] = {"max_drawdown": "10"}
    stage.position = holding("2", cost="200")
    with stage.running() as running:
        running.say(trade("120"), trade("110"))
        running.let_pass(1.0)
        before = running.level
        armed = running.ask(ARM)
        running.let_pass(2.0)

        assert (before, armed, running.level) == ("reducing", Armed(), "active")


def test_what_can_not_be_written_down_is_not_armed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: OrderJournal, __: Record) -> Future[None]:
        failed: Future[None] = Future()
        failed.fail(OrderJournalUnusable("here", OSError("disk full")))
        return failed

    with stage.running() as running:
        running.ask(HALT)
        monkeypatch.setattr(OrderJournal, "_on_record", full)
        armed = running.ask(ARM)

        assert "it can't be written down" in armed.refused
        assert running.level == "halted"


# -- the halt file --


def test_a_halt_file_halts_at_the_door_and_within_a_second(
    stage: Stage, tmp_path: Path
) -> None:
    with stage.running() as running:
        running.say(TRADE)
        HaltFile(tmp_path).write("stop it", time=0.0)
        running.say(intent("a"))
        at_the_door = running.level
    with stage.running() as running:
        restarted = running.level
        (tmp_path / "halt").unlink()
        running.let_pass(2.0)

        assert (at_the_door, restarted, running.level) == ("halted",) * 3
        assert running.facts()["why"] == "stop it"
    assert stage.refused == [("a", RefusalReason.HALTED)]


def test_a_halt_file_is_seen_without_an_intent(stage: Stage, tmp_path: Path) -> None:
    with stage.running() as running:
        HaltFile(tmp_path).write("stop it", time=0.0)
        running.let_pass(1.0)

        assert running.level == "halted"
        assert running.passed(CancelAll)


def test_arming_takes_the_halt_file_away(stage: Stage, tmp_path: Path) -> None:
    with stage.running() as running:
        HaltFile(tmp_path).write("stop it", time=0.0)
        running.let_pass(1.0)
        part = running.ask(Arm(reason="only this", scope="venue:spot"))
        still = (running.level, (tmp_path / "halt").exists())
        armed = running.ask(ARM)
        running.let_pass(2.0)

        assert (part, still) == (Armed(), ("halted", True))
        assert (armed, running.level) == (Armed(), "active")
    assert not (tmp_path / "halt").exists()


def test_a_halt_file_that_can_not_be_taken_away_keeps_it_halted(
    stage: Stage, tmp_path: Path
) -> None:
    with stage.running() as running:
        (tmp_path / "halt").mkdir()
        running.let_pass(1.0)
        armed = running.ask(ARM)

        assert armed.refused.startswith("the halt file can't be taken away")
        assert running.level == "halted"


def test_an_intent_that_comes_again_while_halted_is_taken_back(stage: Stage) -> None:
    with stage.running() as running:
        running.say(TRADE, intent("a"))
        running.ask(HALT)
        running.say(intent("a"))

        last = [type(each).__name__ for each in stage.passed[-2:]]
        assert last == ["Intent", "CancelIntent"]


def test_every_decision_is_in_the_journal(stage: Stage, tmp_path: Path) -> None:
    from holdfast.actors.order_store import OrdersOnDisk  # noqa: PLC0415

    stage.more["watch"] = {"max_drawdown": "10"}
    stage.position = holding("2", cost="200")
    with stage.running() as running:
        running.say(TRADE)
        running.let_pass(1.0)
        running.ask(HALT)
        running.ask(ARM)
    store = OrdersOnDisk(tmp_path / "orders")
    entries = [entry for _, entry in store.read()]
    kinds = [type(each).__name__ for each in entries]
    some = [entry for _, entry in store.read(["RiskTightened", "RiskArmed"])]
    store.close()

    assert kinds == ["RiskBaseline", "RiskTightened", "RiskArmed", "RiskBaseline"]
    assert isinstance(entries[0], RiskBaseline)
    assert isinstance(some[0], RiskTightened)
    assert some == entries[1:3]


@pytest.mark.parametrize("by", ["word", "file"])
def test_whoever_halts_while_it_is_written_down_is_not_undone(
    by: str, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: Future[None] = Future()
    real: Any = vars(OrderJournal)["_on_record"]

    def slow(journal: OrderJournal, record: Record) -> Future[None]:
        done: Future[None] = real(journal, record)
        is_armed = any(isinstance(each, RiskArmed) for each in record.entries)
        return written if is_armed else done

    monkeypatch.setattr(OrderJournal, "_on_record", slow)
    with stage.running() as running:
        running.ask(HALT)
        arming = running.system.ref("/root/risk").ask(ARM, block=False)
        stage.settle(running.system)
        if by == "word":
            running.system.ref("/root/risk").ask(HALT, block=False)
        else:
            HaltFile(tmp_path).write("again", time=1.0)
        stage.settle(running.system)
        written.settle(None)
        stage.settle(running.system)

        assert "halted" in arming.get(timeout=20).refused
        assert running.level == "halted"
        assert HaltFile(tmp_path).reason() == ("" if by == "word" else "again")
    HaltFile(tmp_path).remove()
    with stage.running() as running:
        assert running.level == "halted"
