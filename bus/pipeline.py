"""What was offered to a broker on one connection and is not confirmed: pure.

A broker confirms by tags, which count what was published on a channel from 1 on, in any
order, and several at once (RabbitMQ: "Consumer Acknowledgements and Publisher
Confirms"). kombu waits for each confirm instead, and takes a late one for the next
publish's; so this is counted here.
"""

import itertools

import attrs


@attrs.define
class Pipeline:
    """At most `window` words are on their way, each for at most `patience` seconds.

    It belongs to one connection: after a fault nobody knows which of them arrived, and
    the next one begins with the oldest word that was not confirmed.
    """

    window: int
    patience: float
    _tag: int = attrs.field(default=0, init=False)
    # By tag, and so in the order in which they were offered: number and due time.
    _waiting: dict[int, tuple[int, float]] = attrs.field(
        factory=dict[int, tuple[int, float]], init=False
    )

    @property
    def under_way(self) -> int:
        """How many are not confirmed."""
        return len(self._waiting)

    @property
    def room(self) -> int:
        """How many more may be offered now."""
        return max(0, self.window - len(self._waiting))

    def offer(self, seq: int, now: float) -> None:
        """Take note of a word of the outbox that was just published."""
        self._tag += 1
        self._waiting[self._tag] = seq, now + self.patience

    def confirm(self, tag: int, *, multiple: bool) -> list[int]:
        """Take in a confirm; return the numbers of the words that arrived by it.

        `multiple`: it is about all up to this tag. What was confirmed before, or never
        offered, is passed over.
        """
        if not multiple:
            found = self._waiting.pop(tag, None)
            return [] if found is None else [found[0]]
        tags = list(itertools.takewhile(lambda each: each <= tag, self._waiting))
        return [self._waiting.pop(each)[0] for each in tags]

    def overdue(self, now: float) -> float | None:
        """Return for how many seconds the oldest has been due, None if it is not."""
        for _, due in self._waiting.values():  # the first one only
            return now - due if now >= due else None
        return None

    def excuse(self, seconds: float) -> None:
        """Wait so much longer for all: the broker has said that it takes nothing."""
        self._waiting = {
            tag: (seq, due + seconds) for tag, (seq, due) in self._waiting.items()
        }
