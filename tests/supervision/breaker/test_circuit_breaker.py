"""How a breaker finds out that all is well again, obeys, and says what it does."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import (
    ActorSystem,
    ChildSpec,
    Describe,
    Future,
    ManualClock,
    RefTo,
    crash,
)
from holdfast.supervision.breaker import (
    BreakerCommandRefused,
    BreakerRejected,
    CircuitBreaker,
    Disable,
    ForceOpen,
    OnlyMeasure,
    ResetBreaker,
    State,
    UnlockBreaker,
)
from holdfast.supervision.outcome import (
    NotAuthenticated,
    NotSent,
    OutcomeUnknown,
    Throttled,
)
from holdfast.supervision.simulation import World
from holdfast.tests.supervision.breaker.desk import (
    Cancel,
    Desk,
    Grow,
    Hang,
    Order,
    Ping,
    Probing,
    Read,
    Venue,
    ended,
)

DOWN = NotSent("connection refused")

# -- trying again --


@pytest.mark.parametrize("permits", [1, 3])
def test_of_those_who_wait_for_half_open_only_so_many_reach_the_venue(
    desk: Grow, permits: int
) -> None:
    here: Desk = desk(permits=permits, lanes={"data": {"concurrency": 32}})
    here.fail(Ping(), DOWN, times=5)
    here.run(5.0)
    here.mood[Ping] = 1.0
    before = len(here.got)
    asked = [here.ask(Ping(str(number))) for number in range(32)]
    here.run(0.5)
    errors = [ended(each) for each in asked]

    assert here.report().state is State.HALF_OPEN
    assert len(here.got) - before == permits
    assert [type(each) for each in errors if each] == [BreakerRejected] * (32 - permits)


def test_after_an_outage_harmless_reads_are_first_and_nobody_has_to_ask(
    desk: Grow,
) -> None:
    here: Desk = desk(Probing)
    here.fail(Order(), DOWN, times=5)
    here.got.clear()
    here.run(100.0)
    order = here.ask(Order("o2"))
    here.run()

    reads = [Ping("probe"), Read("probe"), Read("probe")]
    assert here.got == [*[(5.0, each) for each in reads], (100.0, Order("o2"))]
    assert ended(order) == "fine"
    assert here.told() == [
        "closed -> open: 5 calls in a row failed; held by timer for 5 s",
        "open -> half_open: timer over",
        "half_open -> closed: 3 good trials",
    ]


def test_what_is_public_does_not_prove_what_needs_the_key(desk: Grow) -> None:
    here: Desk = desk(Probing)
    here.fail(Order(), DOWN, times=5)
    here.mood[Read] = DOWN
    here.got.clear()
    orders: list[Future[Any]] = []
    for _ in range(100):
        orders.append(here.ask(Order()))
        here.run(1.0)

    kinds: set[type] = {type(each) for _, each in here.got}
    assert kinds == {Ping, Read}
    assert {type(ended(each)) for each in orders} == {BreakerRejected}
    assert [round(at) for at, each in here.got if isinstance(each, Ping)] == [
        5,
        15,
        35,
        75,
    ]


def test_a_venue_that_never_answers_a_probe_is_probed_for_ever(desk: Grow) -> None:
    here: Desk = desk(Probing, longest_open=20.0)
    here.fail(Ping(), DOWN, times=5)
    here.mood.update({Ping: Hang, Read: Hang})
    here.got.clear()
    here.run(300.0)
    probed = len(here.got)
    here.mood.clear()
    here.run(30.0)

    assert probed >= 10
    assert here.report().state is State.CLOSED


def test_a_probe_that_never_left_is_sent_again_a_little_later(desk: Grow) -> None:
    here: Desk = desk(Probing)
    here.fail(Order(), DOWN, times=5)
    here.mood[Ping] = NotSent("the budget is spent", is_local=True)
    here.got.clear()
    here.run(7.5)
    here.mood.clear()
    here.run(1.0)

    assert [at for at, _ in here.got] == [5.0, 6.0, 7.0, 8.0, 8.0, 8.0]
    assert here.report().state is State.CLOSED


def test_a_probe_goes_on_after_a_crash_of_the_breaker(desk: Grow) -> None:
    here: Desk = desk(Probing)
    here.fail(Order(), DOWN, times=5)
    here.mood[Ping] = Hang
    here.run(6.0)
    here.mood.clear()
    crash(here.system.cell("/root/breaker"), "a test")
    here.run(1.0)

    assert here.report().state is State.CLOSED


def test_a_venue_that_recovers_and_fails_again_is_left_alone_for_longer(
    desk: Grow,
) -> None:
    here: Desk = desk(Probing, healthy=600.0)
    for _ in range(3):
        here.fail(Order(), DOWN, times=5)
        here.run(60.0)

    opened = [each for each in here.told() if "-> open" in each]
    assert [each.rpartition("timer ")[2] for each in opened] == [
        "for 5 s",
        "for 10 s",
        "for 20 s",
    ]


def test_a_probe_must_be_harmless() -> None:
    class Reckless(CircuitBreaker):
        def probes(self) -> tuple[Any, ...]:
            return (Order(),)

    with pytest.raises(ValueError, match="a probe must be a read, Order is none"):
        Reckless(to=_some_ref())


# -- what it is told --


def test_forced_open_it_sends_cancels_only_until_its_time_is_over(desk: Grow) -> None:
    here: Desk = desk(Probing)
    told = here.say(ForceOpen("maintenance", ttl=60.0))
    order, cancel = here.ask(Order()), here.ask(Cancel())
    here.run(61.0)

    assert (told.state, told.forced_for) == (State.FORCED_OPEN, 60.0)
    assert str(ended(order)) == (
        "not sent: /root/breaker is open: an operator forced it open, try again in 60 s"
    )
    assert ended(cancel) == "fine"
    assert here.told() == [
        "closed -> forced_open: forced: maintenance",
        "forced_open -> half_open: it was forced open for so long only",
        "half_open -> closed: 3 good trials",
    ]


def test_disabled_it_passes_everything_and_judges_nothing(desk: Grow) -> None:
    here: Desk = desk()
    here.say(Disable("a drill"))
    here.fail(Order(), DOWN, times=20)

    assert here.report().state is State.DISABLED
    assert len(here.got) == 20


def test_measuring_it_passes_everything_and_tells_when_it_would_have_opened(
    desk: Grow,
) -> None:
    here: Desk = desk()
    here.say(OnlyMeasure("new settings"))
    here.fail(Ping(), DOWN, times=20)
    here.fail(Order(), OutcomeUnknown("reset"))

    assert len(here.got) == 21
    assert here.report().would_open == 1
    assert here.told()[1:] == ["it would have opened: 5 calls in a row failed"]


def test_a_reset_is_refused_while_it_would_forget_something(desk: Grow) -> None:
    here: Desk = desk()
    here.fail(Order(), OutcomeUnknown("reset"))
    with pytest.raises(BreakerCommandRefused) as caught:
        here.say(ResetBreaker("impatient"))
    report = here.say(ResetBreaker("all is known", force=True))

    assert str(caught.value) == (
        "a reset would forget what holds it: reconcile (nobody knows what became of"
        " o1); say Reconciled or UnlockBreaker, wait, or reset it with force"
    )
    assert (report.state, report.unresolved) == (State.CLOSED, ())


def test_an_operator_unlocks_what_a_wrong_key_has_locked(desk: Grow) -> None:
    here: Desk = desk(Probing)
    here.fail(Read(), NotAuthenticated("bad key", is_refusal=True))
    here.say(UnlockBreaker("new key"))
    here.run()

    assert here.told() == [
        "closed -> open; held by operator (Read: NotAuthenticated: bad key)",
        "open -> half_open: unlocked: new key",
        "half_open -> closed: 3 good trials",
    ]


def test_it_tells_an_operator_how_it_is_in_short(desk: Grow) -> None:
    here: Desk = desk()
    here.fail(Read(), Throttled("429", retry_after=30.0))
    here.ask(Order())
    here.run()

    assert here.breaker.ask(Describe()) == {
        "state": "open",
        "held_by": "until",
        "calls_in_window": 0,
        "failed_in_window": 0,
        "slow_in_window": 0,
        "attempt": 0,
        "unresolved": 0,
        "rejected": 1,
        "would_open": 0,
    }


def test_the_same_seed_spreads_the_wait_alike_and_another_otherwise() -> None:
    def waited(seed: int) -> float | None:
        with World(seed) as world:
            here = Desk(world, jitter=0.5)
            here.fail(Ping(), DOWN, times=5)
            return here.report().holds[0].seconds

    assert waited(1) == waited(1) != waited(2)


# -- on real threads --


def test_it_is_the_same_on_real_threads(
    grow: Callable[..., ActorSystem],
    clock: ManualClock,
    settle: Callable[[ActorSystem], None],
) -> None:
    mood: dict[type, Any] = {}
    heard: list[Any] = []
    venue = ChildSpec(
        id="venue", start=Venue, args={"say": heard.append, "mood": mood.get}
    )
    guard = ChildSpec(
        id="breaker",
        start=CircuitBreaker,
        args={"to": RefTo(path="/root/venue"), "needed": 1, "jitter": 0.0},
    )
    system = grow(venue, guard)
    breaker = system.ref("/root/breaker")

    answers = [breaker.ask(Ping())]
    mood[Ping] = DOWN
    for _ in range(5):
        with pytest.raises(NotSent, match="connection refused"):
            breaker.ask(Ping())
    settle(system)
    with pytest.raises(BreakerRejected):
        breaker.ask(Ping())
    mood.clear()
    clock.advance(5.0)
    settle(system)
    answers.append(breaker.ask(Ping()))

    assert answers == ["fine", "fine"]
    assert len(heard) == 7


def _some_ref() -> Any:
    with World(seed=1) as world:
        return Desk(world).breaker
