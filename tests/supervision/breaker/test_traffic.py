"""Each call is sent once or never, in its lane, and its caller hears which."""

from random import Random
from typing import Any

import pytest

from holdfast.supervision import AskTimeout, ChildSpec, CrashPlan, Future, RefTo, crash
from holdfast.supervision.breaker import (
    BreakerRejected,
    HoldKind,
    LastGood,
    Reconciled,
    State,
)
from holdfast.supervision.outcome import (
    NotAuthenticated,
    NotSent,
    OutcomeUnknown,
    Throttled,
    VenueRefused,
)
from holdfast.supervision.runtime.mailbox import Envelope
from holdfast.tests.supervision.breaker.desk import (
    Cancel,
    Desk,
    Grow,
    Hang,
    Order,
    Ping,
    Read,
    Reduce,
    Venue,
    ended,
)

DOWN = NotSent("connection refused")


def test_what_passes_is_answered_by_the_venue_itself(desk: Grow) -> None:
    here: Desk = desk()
    here.mood.update({Order: {"id": 7}, Read: VenueRefused("no such order", code="-1")})

    answers = [ended(here.ask(each)) for each in (Order(), Read())]
    here.run()
    placed, refused = here.ask(Order("o2")), here.ask(Read())
    here.run()

    assert answers == [None, None]
    assert ended(placed) == {"id": 7}
    assert ended(refused) is here.mood[Read]
    assert here.messages() == [Order(), Read(), Order("o2"), Read()]


def test_what_is_rejected_is_not_sent_and_says_why(desk: Grow) -> None:
    here: Desk = desk()
    here.fail(Ping(), DOWN, times=5)
    before = len(here.got)
    asked = here.ask(Order())
    here.run(1.0)
    error = ended(asked)

    assert len(here.got) == before
    assert isinstance(error, BreakerRejected)
    assert isinstance(error, NotSent)
    assert (error.path, error.state, error.is_local) == (
        "/root/breaker",
        State.OPEN,
        True,
    )
    assert (error.holds, error.retry_after) == ((HoldKind.TIMER,), 5.0)
    assert error.evidence == ("Ping: NotSent: connection refused",) * 5
    assert str(error) == (
        "not sent: /root/breaker is open: timer for 5 s, try again in 5 s"
    )


def test_an_order_that_times_out_is_unknown_and_holds_the_next_one(desk: Grow) -> None:
    here: Desk = desk()
    here.mood[Order] = Hang
    first = here.ask(Order())
    here.run(4.0)
    here.mood[Order] = "fine"
    second = here.ask(Order("o2"))
    here.run()

    assert isinstance(ended(first), OutcomeUnknown)
    assert isinstance(ended(first).__cause__, AskTimeout)
    assert isinstance(ended(second), BreakerRejected)
    assert here.report().unresolved == ("o1",)
    assert here.messages() == [Order()]


def test_what_is_held_until_it_is_reconciled_is_tried_by_a_read_first(
    desk: Grow,
) -> None:
    here: Desk = desk(needed=2)
    here.fail(Order(), OutcomeUnknown("reset by peer"))
    here.run(1000.0)
    report = here.say(Reconciled(("o1",), "found at the venue"))
    too_early = here.ask(Order("o2"))
    here.run()
    here.ask(Read())
    here.run()
    passed = here.ask(Order("o3"))
    here.run()

    assert report.state is State.HALF_OPEN
    assert isinstance(ended(too_early), BreakerRejected)
    assert ended(passed) == "fine"
    assert here.report().state is State.CLOSED
    assert here.messages() == [Order(), Read(), Order("o3")]


def test_what_became_of_a_call_may_be_known_before_it_ends_here(desk: Grow) -> None:
    here: Desk = desk()
    here.mood[Order] = Hang
    asked = here.ask(Order())
    here.run(1.0)
    here.say(Reconciled(("o1",)))
    here.run(10.0)

    assert isinstance(ended(asked), OutcomeUnknown)
    assert (here.report().state, here.report().unresolved) == (State.CLOSED, ())


def test_a_throttled_venue_is_left_alone_until_the_instant_it_said(desk: Grow) -> None:
    here: Desk = desk(needed=1)
    here.fail(Read(), Throttled("429", retry_after=30.0))
    before = len(here.got)
    for _ in range(29):
        here.run(1.0)
        here.ask(Order())
    cancel = here.ask(Cancel())
    here.run(0.5)

    assert here.messages()[before:] == [Cancel()]
    assert ended(cancel) == "fine"
    here.run(1.0)
    assert here.report().state is State.HALF_OPEN


def test_while_it_is_banned_not_even_a_cancel_leaves(desk: Grow) -> None:
    here: Desk = desk()
    here.fail(Read(), Throttled("418", retry_after=600.0, is_ban=True))
    asked = here.ask(Cancel())
    here.run()

    assert isinstance(ended(asked), BreakerRejected)
    assert here.messages() == [Read()]


def test_a_throttled_order_that_may_have_got_there_is_unknown_too(desk: Grow) -> None:
    here: Desk = desk()
    here.fail(Order(), Throttled("429", retry_after=1.0))

    assert [hold.kind for hold in here.report().holds] == ["until", "reconcile"]


def test_a_wrong_key_waits_for_an_operator(desk: Grow) -> None:
    here: Desk = desk()
    here.fail(Read(), NotAuthenticated("bad key"))
    here.run(1e5)

    assert [hold.kind for hold in here.report().holds] == ["operator"]


# -- lanes --


def test_a_cancel_reaches_a_venue_that_hangs_on_eight_orders(desk: Grow) -> None:
    here: Desk = desk()
    here.mood[Order] = Hang
    orders = [here.ask(Order(f"o{number}")) for number in range(8)]
    here.run(1.0)
    cancel = here.ask(Cancel("o0"))
    here.run()

    assert ended(cancel) == "fine"
    assert here.got[-1] == (1.0, Cancel("o0"))
    assert [each.id for each in here.messages()] == ["o0", "o1", "o2", "o3", "o0"]
    assert [ended(each) for each in orders] == [None] * 8


def test_of_orders_that_wait_none_is_sent_once_it_opens(desk: Grow) -> None:
    here: Desk = desk()
    here.mood[Order] = Hang
    orders = [here.ask(Order(f"o{number}")) for number in range(8)]
    here.run(100.0)

    kinds: list[type] = [type(ended(each)) for each in orders]
    assert kinds == [OutcomeUnknown] * 4 + [BreakerRejected] * 4
    assert len(here.got) == 4


def test_a_call_whose_deadline_passes_while_it_waits_is_never_sent(desk: Grow) -> None:
    here: Desk = desk(timeout=4.0, unresolved=99, consecutive=None)
    here.mood[Order] = 3.9
    orders = [here.ask(Order(f"o{number}")) for number in range(12)]
    here.run(100.0)

    assert [ended(each) for each in orders[:4]] == [3.9] * 4
    assert [type(ended(each)) for each in orders[4:8]] == [OutcomeUnknown] * 4
    assert {str(ended(each)) for each in orders[8:]} == {
        "not sent: it waited 4 s in the lane new of /root/breaker"
    }
    assert [each.id for each in here.messages()] == [f"o{n}" for n in range(8)]


def test_a_full_lane_rejects_and_that_is_no_failure_of_the_venue(desk: Grow) -> None:
    here: Desk = desk(lanes={"new": {"concurrency": 1, "queue": 2}})
    here.mood[Order] = 1.0
    orders = [here.ask(Order(f"o{number}")) for number in range(5)]
    here.run(0.5)
    errors = [ended(each) for each in orders]
    here.run(10.0)

    assert [error and error.is_full for error in errors] == [None] * 3 + [True] * 2
    assert str(errors[3]) == "not sent: /root/breaker has no room left in its lane new"
    assert [ended(each) for each in orders[:3]] == [1.0] * 3
    assert (here.report().bad, here.report().volume) == (0, 3)


def test_orders_wait_in_the_order_in_which_they_came(desk: Grow) -> None:
    here: Desk = desk(lanes={"new": {"concurrency": 1}})
    here.mood.update({Order: 0.1, Reduce: 0.1})
    for each in (Order("a"), Reduce("b"), Order("c"), Reduce("d")):
        here.ask(each)
    here.run(1.0)

    assert [each.id for each in here.messages()] == ["a", "b", "c", "d"]


def test_a_venue_that_takes_nothing_any_more_was_sent_nothing(desk: Grow) -> None:
    here: Desk = desk()
    here.system.cell("/root/venue").close()
    asked = here.ask(Order())
    here.run()

    assert type(ended(asked)).__name__ == "ActorDeadError"
    assert (here.report().bad, here.report().unresolved) == (1, ())


# -- fallbacks --


def test_a_read_that_was_not_sent_gets_the_last_good_value_with_its_age(
    desk: Grow,
) -> None:
    here: Desk = desk(fallback="last_good")
    here.mood[Read] = "balance 7"
    here.ask(Read("a"))
    here.run(3.0)
    here.mood[Read] = DOWN
    again, other = here.ask(Read("a")), here.ask(Read("b"))
    here.run()

    assert ended(again) == LastGood("balance 7", 3.0, DOWN)
    assert ended(other) is DOWN


def test_another_actor_answers_reads_that_were_not_sent(desk: Grow) -> None:
    answers = {Read: "from the stand-in", Order: "never"}
    got: list[tuple[float, object]] = []
    other = ChildSpec(
        id="other", start=Venue, args={"say": got.append, "mood": answers.get}
    )
    here: Desk = desk(
        others=(other,), fallback_to=RefTo(path="/root/other"), side_budget=0
    )
    here.fail(Ping(), DOWN, times=5)
    read, order, cancel = map(here.ask, (Read(), Order(), Cancel()))
    here.run()

    assert ended(read) == "from the stand-in"
    assert isinstance(ended(order), BreakerRejected)
    assert ended(cancel) == "fine"
    assert [message for _, message in got] == [Ping()] * 5 + [Read()]


@pytest.mark.parametrize("message", [Order(), Reduce(), Cancel()])
@pytest.mark.parametrize("error", [DOWN, OutcomeUnknown("reset")])
def test_no_order_is_ever_answered_by_anybody_else(
    desk: Grow, message: object, error: Exception
) -> None:
    here: Desk = desk(fallback="last_good")
    here.ask(message)
    here.run()
    here.mood[type(message)] = error
    asked = here.ask(message)
    here.run()

    assert ended(asked) is error


def test_a_read_that_may_have_got_there_is_not_answered_by_old_news(desk: Grow) -> None:
    here: Desk = desk(fallback="last_good")
    here.ask(Read())
    here.run()
    here.mood[Read] = Hang
    asked = here.ask(Read())
    here.run(5.0)

    assert isinstance(ended(asked), AskTimeout)


# -- crashes --


def test_a_crash_is_no_reset_and_what_was_under_way_is_accounted_for(
    desk: Grow,
) -> None:
    here: Desk = desk()
    here.mood.update({Order: Hang, Read: Hang})
    orders = [here.ask(Order(f"o{number}")) for number in range(5)]
    read = here.ask(Read())
    here.run(1.0)
    crash(here.system.cell("/root/breaker"), "a test")
    here.run(1.0)

    assert [type(ended(each)) for each in orders] == [OutcomeUnknown] * 4 + [NotSent]
    assert isinstance(ended(read), OutcomeUnknown)
    assert here.report().state is State.OPEN
    assert here.report().unresolved == ("o0", "o1", "o2", "o3")
    assert here.messages().count(Order("o4")) == 0
    here.run(10.0)
    assert here.report().late == 0


def test_an_open_breaker_is_open_after_a_crash_until_its_own_time(desk: Grow) -> None:
    here: Desk = desk()
    here.fail(Ping(), DOWN, times=5)
    here.run(2.0)
    crash(here.system.cell("/root/breaker"), "a test")
    here.run(2.0)
    before = here.report().state
    here.run(1.0)

    assert here.system.cell("/root/breaker").incarnation == 2
    assert (before, here.report().state) == (State.OPEN, State.HALF_OPEN)


@pytest.mark.parametrize("seed", range(10))
def test_nothing_is_sent_twice_nor_forgotten_whenever_the_breaker_crashes(
    desk: Grow, seed: int
) -> None:
    here: Desk = desk(unresolved=1000, consecutive=None, minimum_volume=75)
    here.mood[Order] = 0.3
    plan = CrashPlan(here.system, ["/root/breaker"], 12, random=Random(seed))
    crash(here.system.cell("/root/breaker"), "from now on as planned")
    asked: dict[str, Future[Any]] = {}
    for number in range(120):
        asked[f"o{number}"] = here.ask(Order(f"o{number}"))
        here.run(0.07)
    here.run(60.0)

    sent = [each.id for each in here.messages()]
    answered = {each for each in asked if ended(asked[each]) == 0.3}
    not_sent = {each for each in asked if isinstance(ended(asked[each]), NotSent)}
    assert plan.fired == 12
    assert len(sent) == len(set(sent)) > 60
    assert not not_sent & set(sent)
    assert set(here.report().unresolved) == set(sent) - answered
    assert None not in map(ended, asked.values())


def test_a_message_that_comes_a_second_time_is_a_dead_letter(desk: Grow) -> None:
    here: Desk = desk()
    here.mood[Order] = Hang
    cell = here.system.cell("/root/breaker")
    cell.put_back(Envelope(Order(), redelivered=True))
    here.run(1.0)

    letters = [
        (each.message, each.reason) for each in here.system.dead_letters.newest()
    ]
    assert here.messages() == []
    assert letters == [(Order(), "redelivered: it may have been sent already")]
