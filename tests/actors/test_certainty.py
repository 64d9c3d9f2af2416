"""That an outcome is known is said only after all was compared with the venue."""

from holdfast.actors.gates import GateClosed, GateOpened
from holdfast.actors.queries import QueryFills, QueryOrders
from holdfast.tests.actors.execution_stage import INTENT, OTHER, UNKNOWN, Play
from holdfast.tests.actors.scripted_venue import take_and_fail


def test_each_unknown_that_is_found_out_is_followed_by_a_round(play: Play) -> None:
    with play(take_and_fail(UNKNOWN)) as stage:
        stage.calls.clear()
        stage.say(INTENT)

        asked = [message for _, message in stage.calls[1:]]
        names = [
            each.client_order_ids if isinstance(each, QueryOrders) else "fills"
            for each in asked
        ]
        assert names == [("hf-a-1-1",), (), "fills", ()]


def test_the_gate_stays_closed_until_that_round_has_agreed(play: Play) -> None:
    with play(take_and_fail(UNKNOWN)) as stage:
        stage.venue.failing[QueryFills] = UNKNOWN
        stage.say(INTENT, OTHER)
        found_out = stage.statuses(), list(stage.facts()["closed_gates"])
        stage.venue.failing.clear()
        stage.let_pass(1)

        assert found_out == (["open"], ["unknown_order"])
        assert [each.intent_id for each in stage.venue.placed] == ["a"]
        assert [type(each) for each in stage.gates] == [GateClosed, GateOpened]
        assert stage.facts()["closed_gates"] == {}
