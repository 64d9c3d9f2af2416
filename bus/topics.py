"""Which topics a pattern takes: words between dots, as RabbitMQ's topic exchanges do.

`*` stands for exactly one word, `#` for any number of them, none included.
"""

import re
from functools import lru_cache

LONGEST = 255
"""Bytes of a topic; AMQP takes no more."""

_TOPIC = re.compile(r"[^.*#\s]+(\.[^.*#\s]+)*")
_PATTERN = re.compile(r"([^.*#\s]+|\*|#)(\.([^.*#\s]+|\*|#))*")


def checked_topic(topic: str) -> str:
    """Return a topic to publish to.

    Raises:
        ValueError: nobody could publish to that.

    """
    if not _TOPIC.fullmatch(topic) or len(topic.encode()) > LONGEST:
        raise ValueError(
            f"a topic is words between dots, such as orders.BTCUSDT.filled, of at most"
            f" {LONGEST} bytes; was {topic!r}"
        )
    return topic


def checked_pattern(pattern: str) -> str:
    """Return a pattern to subscribe to.

    Raises:
        ValueError: no topic could be like that.

    """
    if not _PATTERN.fullmatch(pattern) or len(pattern.encode()) > LONGEST:
        raise ValueError(
            "a pattern is words between dots, * for any one word, # for any number of"
            f" words, such as orders.*.filled or orders.#; was {pattern!r}"
        )
    return pattern


def matches(pattern: str, topic: str) -> bool:
    """Say whether a pattern takes a topic."""
    return _expression(pattern).fullmatch(f".{topic}") is not None


_ANY_WORD = r"\.[^.]+"
_FOR_WORDS = {"*": _ANY_WORD, "#": f"(?:{_ANY_WORD})*"}


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    """Return what takes a topic that has a dot before each of its words."""
    words = re.sub(r"#(\.#)+", "#", pattern).split(".")
    return re.compile("".join(_FOR_WORDS.get(w) or rf"\.{re.escape(w)}" for w in words))
