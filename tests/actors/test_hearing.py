"""A stream that is up and does not tell the fills that a list has is told so."""

from typing import Any

from holdfast.actors.queries import AccountStreamDown, AccountStreamUp, FillsNotTold
from holdfast.actors.updates import Reconcile
from holdfast.supervision import crash
from holdfast.tests.actors.execution_stage import FIRST, INTENT, ME, Play, Stage

DOWN = AccountStreamDown(symbol="BTCUSDT", reason="no answer", time=3.0)


def up(stage: Stage) -> AccountStreamUp:
    """Say that a stream is up, which is played by who hears what the breaker does."""
    stream = stage.system.ref("/root/breaker")
    return AccountStreamUp(symbol="BTCUSDT", time=2.0, stream=stream)


def missed(stage: Stage) -> list[Any]:
    return [each for each in stage.known if isinstance(each, FillsNotTold)]


def compare(stage: Stage) -> None:
    stage.ask(stage.system, ME, Reconcile())
    stage.settle(stage.system)


def test_a_fill_that_only_a_list_tells_shows_that_the_stream_is_deaf(
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT, up(stage))
        stage.venue.fill(FIRST, 1)
        stage.venue.fill(FIRST, 1)
        compare(stage)
        early = missed(stage)
        stage.let_pass(5.5)
        stage.let_pass(60)

        assert early == []
        assert missed(stage) == [FillsNotTold(symbol="BTCUSDT", trade_ids=(1, 2))]


def test_a_stream_that_tells_it_a_little_later_is_not_deaf(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, up(stage))
        fill = stage.venue.fill(FIRST, 1)
        compare(stage)
        stage.let_pass(4)
        stage.say(fill)
        stage.let_pass(60)

        assert missed(stage) == []


def test_what_happened_before_the_stream_was_up_it_does_not_have_to_tell(
    play: Play,
) -> None:
    with play() as stage:
        stage.say(INTENT, DOWN)
        stage.venue.fill(FIRST, 1)
        stage.say(up(stage))
        stage.let_pass(60)

        assert missed(stage) == []


def test_a_stream_that_is_down_by_then_is_left_alone(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, up(stage))
        stage.venue.fill(FIRST, 1)
        compare(stage)
        stage.say(DOWN, up(stage))
        stage.let_pass(60)

        assert missed(stage) == []


def test_it_is_still_noticed_after_a_crash(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT, up(stage))
        crash(stage.system.cell(ME), "a test")
        stage.let_pass(1)
        stage.venue.fill(FIRST, 1)
        compare(stage)
        stage.let_pass(6)

        assert missed(stage) == [FillsNotTold(symbol="BTCUSDT", trade_ids=(1,))]


def test_without_a_stream_nobody_is_told(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.fill(FIRST, 1)
        compare(stage)
        stage.let_pass(60)

        assert missed(stage) == []
