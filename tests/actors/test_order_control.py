"""An operator has books compared, and orders ended by hand, whoever keeps them."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from holdfast.actors.order_control import OrderControl
from holdfast.actors.queries import QueryOrders
from holdfast.tests.actors.execution_stage import (
    FIRST,
    INTENT,
    ME,
    UNKNOWN,
    Play,
    Stage,
)


def said(stage: Stage, what: Coroutine[Any, Any, Any]) -> Any:
    """Say something to a system while time passes."""

    async def saying() -> Any:
        task = asyncio.ensure_future(what)
        while not task.done():
            stage.let_pass(0.1)
            await asyncio.sleep(0)
        return task.result()

    return asyncio.run(saying())


def test_books_that_agree_have_no_differences(play: Play) -> None:
    with play() as stage:
        control = OrderControl(stage.system)

        found = said(stage, control.reconcile(""))
        assert found == {"asked": [ME], "differences": [], "silent": []}


def test_each_difference_says_who_found_it(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        stage.venue.orders.clear()

        found = said(stage, OrderControl(stage.system).reconcile("/root"))
        assert found["differences"] == [
            f"{ME}: the venue had {FIRST} and denies it now"
        ]


def test_who_can_not_tell_is_silent_and_not_agreed(play: Play) -> None:
    with play() as stage:
        stage.venue.failing[QueryOrders] = UNKNOWN

        found = said(stage, OrderControl(stage.system).reconcile(ME))
        assert found["differences"] == []
        assert [each.partition(":")[0] for each in found["silent"]] == [ME]


def test_a_path_is_a_place_and_no_beginning_of_a_name(play: Play) -> None:
    with play() as stage:
        control = OrderControl(stage.system)

        assert said(stage, control.reconcile("/root/exec"))["asked"] == []


def test_an_order_is_settled_by_who_placed_it(play: Play) -> None:
    with play() as stage:
        stage.say(INTENT)
        control = OrderControl(stage.system)
        refused = said(stage, control.settle(FIRST, "purged there", ""))
        stage.venue.orders.clear()
        done = said(stage, control.settle(FIRST, "purged there", ME))
        nobody = said(stage, control.settle(FIRST, "purged there", "/root/risk"))

        assert refused == f"the venue lists {FIRST} as open: cancel it"
        assert (done, nobody) == ("", "nobody trades there")
        assert stage.statuses() == []
