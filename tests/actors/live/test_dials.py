"""A host is connected to once a second at most, and spread after failures."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as some

from holdfast.actors.live.dials import APART, LONGEST_WAIT, Dials, dials_of
from holdfast.supervision import ActorSystem, SupervisorSpec


def test_the_first_connection_is_made_at_once() -> None:
    assert Dials().wait("venue", 7.0, 0, Random(1)) == 0.0


def test_connections_to_one_host_are_a_second_apart() -> None:
    dials = Dials()

    assert [dials.wait("venue", 7.0, 0, Random(1)) for _ in range(3)] == [0, 1, 2]


def test_hosts_do_not_wait_for_each_other() -> None:
    dials = Dials()
    dials.wait("venue", 7.0, 0, Random(1))

    assert dials.wait("other", 7.0, 0, Random(1)) == 0.0


@given(some.lists(some.tuples(some.floats(0, 5), some.integers(0, 50)), max_size=30))
def test_however_often_it_fails_turns_are_apart_and_within_the_limit(
    steps: list[tuple[float, int]],
) -> None:
    dials, now, chance = Dials(), 0.0, Random(1)
    turns: list[float] = []
    for passed, failures in steps:
        now += passed
        turns.append(now + dials.wait("venue", now, failures, chance))

    apart = [later - earlier for earlier, later in pairwise(turns)]
    assert all(each >= APART - 1e-9 for each in apart)


def test_failures_spread_the_next_turn_evenly_up_to_a_limit() -> None:
    chance = Random(1)
    waits = [Dials().wait("venue", 0.0, 20, chance) for _ in range(500)]

    assert 0 <= min(waits) < 1
    assert LONGEST_WAIT - 1 < max(waits) <= LONGEST_WAIT


def test_all_streams_of_a_system_share_their_turns() -> None:
    one, other = (ActorSystem(SupervisorSpec()) for _ in range(2))

    assert dials_of(one) is dials_of(one)
    assert dials_of(one) is not dials_of(other)
    one.close()
    other.close()
