"""What a mailbox keeps, gives out, and lets go of with a reason."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.supervision import Future, MailboxFull, MailboxSpec, OnRestart, Overflow
from holdfast.supervision.runtime.mailbox import Envelope, Mailbox

STOPPED = "stopped"
FULL = "dropped, mailbox full"


@attrs.frozen
class Quote:
    symbol: Any
    price: int = 0


class Box(Mailbox):
    """A mailbox that remembers what it discarded."""

    def __init__(self, **fields: Any) -> None:
        self.path = "/root/a"
        self.discarded: list[tuple[Any, str]] = []
        super().__init__(MailboxSpec(**fields), self)

    def discard(self, item: Any, reason: str) -> None:
        self.discarded.append((item, reason))

    def fill(self, *items: Any) -> "Box":
        for item in items:
            self.put(item)
        return self

    def empty(self) -> list[Any]:
        return [self.take() for _ in range(len(self.items))]


def test_items_are_taken_in_the_order_in_which_they_were_put() -> None:
    assert Box().fill(1, 2, 3).empty() == [1, 2, 3]


def test_taking_from_an_empty_mailbox_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        Box().take()
    with pytest.raises(IndexError):
        Box(overflow=Overflow.CONFLATE, key="symbol").take()


@pytest.mark.parametrize(
    ("overflow", "kept", "discarded"),
    [
        (Overflow.DROP_NEW, [1, 2], [(3, FULL), (4, FULL)]),
        (Overflow.DROP_OLD, [3, 4], [(1, FULL), (2, FULL)]),
    ],
)
def test_a_full_mailbox_drops_what_its_policy_says(
    overflow: Overflow, kept: list[int], discarded: list[tuple[int, str]]
) -> None:
    box = Box(capacity=2, overflow=overflow).fill(1, 2, 3, 4)

    assert box.discarded == discarded
    assert box.empty() == kept


def test_a_full_mailbox_that_fails_tells_the_sender_what_to_do() -> None:
    box = Box(capacity=2).fill(1, 2)

    with pytest.raises(MailboxFull, match="/root/a has 2 messages waiting") as caught:
        box.put(3)

    assert (caught.value.path, caught.value.capacity) == ("/root/a", 2)
    assert box.discarded == []
    assert box.empty() == [1, 2]


def test_a_newer_quote_takes_the_place_of_the_older_one_with_its_key() -> None:
    box = Box(overflow=Overflow.CONFLATE, key="symbol")
    box.fill(Quote("BTC", 1), Quote("ETH", 2), Quote("BTC", 3))

    assert box.discarded == [(Quote("BTC", 1), "conflated")]
    assert box.empty() == [Quote("BTC", 3), Quote("ETH", 2)]


def test_messages_without_the_key_and_asks_are_never_conflated() -> None:
    ask = Envelope(Quote("BTC"), Future())
    box = Box(overflow=Overflow.CONFLATE, key="symbol")

    box.fill("x", "x", Quote("BTC"), ask, Envelope(Quote("BTC")))

    assert box.discarded == []
    assert len(box.empty()) == 5


def test_a_full_mailbox_that_conflates_still_replaces_but_takes_no_other() -> None:
    box = Box(capacity=1, overflow=Overflow.CONFLATE, key="symbol")
    box.fill(Quote("BTC", 1), Quote("BTC", 2))

    with pytest.raises(MailboxFull):
        box.put(Quote("ETH", 1))

    assert box.empty() == [Quote("BTC", 2)]


def test_what_was_put_back_is_replaced_unless_a_newer_one_with_its_key_waits() -> None:
    box = Box(overflow=Overflow.CONFLATE, key="symbol")
    box.fill(Quote("BTC", 2)).put_back(Quote("BTC", 1))
    box.put_back(Quote("ETH", 1))

    box.fill(Quote("BTC", 3), Quote("ETH", 2))

    assert box.discarded == [
        (Quote("BTC", 2), "conflated"),
        (Quote("ETH", 1), "conflated"),
    ]
    assert box.empty() == [Quote("ETH", 2), Quote("BTC", 1), Quote("BTC", 3)]


def test_a_key_whose_item_was_taken_replaces_nothing() -> None:
    box = Box(overflow=Overflow.CONFLATE, key="symbol").fill(Quote("BTC", 1))
    taken = box.take()

    box.fill(Quote("BTC", 2))

    assert taken == Quote("BTC", 1)
    assert box.discarded == []
    assert box.empty() == [Quote("BTC", 2)]


def test_items_whose_key_is_not_hashable_are_never_conflated() -> None:
    box = Box(overflow=Overflow.CONFLATE, key="symbol")
    quotes = [Quote(["BTC"]), Quote(["BTC"])]

    assert box.fill(*quotes).empty() == quotes
    assert box.discarded == []


class Compared:
    """A key that counts how often keys are compared."""

    count = 0

    def __init__(self, name: int) -> None:
        self.name = name

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        Compared.count += 1
        return isinstance(other, Compared) and self.name == other.name


def test_a_newer_quote_finds_the_older_one_without_looking_at_all_that_wait() -> None:
    box = Box(overflow=Overflow.CONFLATE, key="symbol")
    for _ in range(2):
        for name in range(1000):
            box.put(Quote(Compared(name)))

    assert len(box.discarded) == 1000
    assert Compared.count < 5000


@pytest.mark.parametrize(
    "fields", [{"capacity": 1}, {"overflow": Overflow.CONFLATE, "key": "symbol"}]
)
def test_what_is_put_back_comes_first_whatever_the_capacity(
    fields: dict[str, Any],
) -> None:
    box = Box(**fields).fill("second")

    box.put_back("first")

    assert box.empty() == ["first", "second"]


def test_a_closed_mailbox_discards_what_waits_and_what_comes() -> None:
    box = Box().fill(1)

    box.close("terminated")
    box.put(2)
    box.put_back(3)

    assert box.discarded == [(1, "terminated"), (2, STOPPED), (3, STOPPED)]
    assert not box.items


def test_an_opened_mailbox_keeps_what_comes_again() -> None:
    box = Box()
    box.close("terminated")

    box.open()
    box.put(1)

    assert box.empty() == [1]


@pytest.mark.parametrize(
    ("on_restart", "kept", "discarded"),
    [
        (OnRestart.KEEP, ["A1", "x", "B1", "A2", "x"], []),
        (OnRestart.PURGE, [], ["A1", "x", "B1", "A2", "x"]),
        (OnRestart.CONFLATE, ["x", "B1", "A2", "x"], ["A1"]),
    ],
)
def test_a_restart_keeps_purges_or_conflates_what_waits(
    on_restart: OnRestart, kept: list[str], discarded: list[str]
) -> None:
    items = {
        "A1": Quote("A", 1),
        "B1": Quote("B", 1),
        "A2": Quote("A", 2),
        "x": "x",
    }
    names = {item: name for name, item in items.items()}
    box = Box(on_restart=on_restart, key="symbol")
    box.fill(*(items[name] for name in ("A1", "x", "B1", "A2", "x")))

    box.restarted()

    assert [names[item] for item, _ in box.discarded] == discarded
    assert [names[item] for item in box.empty()] == kept


def test_a_restart_leaves_messages_alone_whose_key_is_not_hashable() -> None:
    box = Box(on_restart=OnRestart.CONFLATE, key="symbol")
    quotes = [Quote(["BTC"]), Quote("ETH"), Quote(["BTC"])]

    box.fill(*quotes).restarted()

    assert box.discarded == []
    assert box.empty() == quotes


steps = st.lists(
    st.one_of(
        st.builds(Quote, st.sampled_from("ABC"), st.integers(0, 3)),
        st.sampled_from(["take", "restart", "close", "open", "put back"]),
    ),
    max_size=40,
)


@given(
    steps=steps,
    overflow=st.sampled_from(Overflow),
    on_restart=st.sampled_from(OnRestart),
    capacity=st.integers(1, 4),
)
def test_every_accepted_item_ends_exactly_once(
    steps: list[Quote | str],
    overflow: Overflow,
    on_restart: OnRestart,
    capacity: int,
) -> None:
    box = Box(overflow=overflow, on_restart=on_restart, capacity=capacity, key="symbol")
    accepted: list[int] = []
    taken: list[int] = []
    items: dict[int, Quote] = {}  # by identity, and kept so that no id is used again

    def put(item: Quote) -> None:
        try:
            box.put(item)
        except MailboxFull:
            return
        accepted.append(id(item))

    doings: dict[str, Callable[[], None]] = {
        "restart": box.restarted,
        "close": lambda: box.close("closed"),
        "open": box.open,
    }
    for step in steps:
        if isinstance(step, Quote):
            fresh = attrs.evolve(step)
            items[id(fresh)] = fresh
            put(fresh)
        elif step in doings:
            doings[step]()
        elif box.items:
            item = box.take()
            if step == "take":
                taken.append(id(item))
            else:
                box.put_back(item)

    ended = [id(item) for item, _ in box.discarded]
    left = [id(item) for item in box.empty()]
    assert sorted(taken + ended + left) == sorted(accepted)
