"""Which patterns take which topics, by RabbitMQ's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.bus.topics import checked_pattern, checked_topic, matches

WORDS = st.sampled_from(["a", "b", "orders", "BTC/USDT"])
TOPICS = st.lists(WORDS, min_size=1, max_size=6).map(".".join)
PATTERNS = st.lists(WORDS | st.sampled_from(["*", "#"]), min_size=1, max_size=6).map(
    ".".join
)


@pytest.mark.parametrize(
    ("pattern", "topic", "takes"),
    [
        ("orders.filled", "orders.filled", True),
        ("orders.filled", "orders.filled.late", False),
        ("orders", "orders.filled", False),
        ("orders.*", "orders.filled", True),
        ("orders.*", "orders", False),
        ("orders.*", "orders.a.b", False),
        ("*.orders", "a.orders", True),
        ("orders.#", "orders", True),
        ("orders.#", "orders.a.b.c", True),
        ("#", "anything.at.all", True),
        ("#.filled", "filled", True),
        ("#.filled", "orders.a.filled", True),
        ("#.filled", "orders.filled.a", False),
        ("a.#.b", "a.b", True),
        ("a.#.b", "a.b.c.b", True),
        ("a.#.*.b", "a.b", False),
        ("a.#.*.b", "a.x.b", True),
        ("#.#", "a", True),
        ("*.#", "a", True),
    ],
)
def test_a_pattern_takes_topics_as_a_topic_exchange_does(
    pattern: str, topic: str, *, takes: bool
) -> None:
    assert matches(pattern, topic) is takes


def slowly(wanted: list[str], words: list[str]) -> bool:
    """Say the same by trying everything."""
    if not wanted:
        return not words
    if wanted[0] == "#":
        return any(slowly(wanted[1:], words[n:]) for n in range(len(words) + 1))
    return (
        bool(words) and wanted[0] in ("*", words[0]) and slowly(wanted[1:], words[1:])
    )


@given(PATTERNS, TOPICS)
def test_it_is_what_trying_everything_finds(pattern: str, topic: str) -> None:
    found = slowly(pattern.split("."), topic.split("."))

    assert matches(checked_pattern(pattern), checked_topic(topic)) is found


@pytest.mark.parametrize(
    "topic", ["", ".", "a.", ".a", "a..b", "a.*", "#", "a b", "a\n", "é" * 128]
)
def test_nobody_publishes_to_what_is_no_topic(topic: str) -> None:
    with pytest.raises(ValueError, match="a topic is words between dots"):
        checked_topic(topic)


@pytest.mark.parametrize("pattern", ["", "a.", "a#", "*a", "a..#", "# #", "a" * 256])
def test_nobody_subscribes_to_what_no_topic_can_be(pattern: str) -> None:
    with pytest.raises(ValueError, match="a pattern is words between dots"):
        checked_pattern(pattern)
