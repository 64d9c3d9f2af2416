"""Feeds: they say what the market did to all who listen, in order, at a chosen pace.

A feed sends each message to every listener before the next one. After a restart it goes
on at the message that it was sending, so listeners may hear one twice and none is lost.
At speed `max` it runs in lockstep: the next message follows when everything that the
last one caused has been handled, so the outcome depends on no timing.
"""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.mailbox import MailboxFull
from ..supervision.runtime.reference import Ref
from .binance_frames import SPOT
from .market import MarketEnded, MarketMessage
from .recording import BadFrame, Recorded
from .replay import Place, replay
from .synthetic import Moment, SyntheticMarket

MAX: Literal["max"] = "max"
Speed = float | Literal["max"]

AT_ONCE = 64
"""Messages said in one turn, however many are due."""

ROUNDING = 1e-6
"""Seconds that a message may come too early: times are sums of floats."""

FULL_PAUSE = 0.01
"""Seconds to wait for a listener whose mailbox is full."""


class Feed(Actor):
    """What all feeds share: listeners, pace, end. A position is saved per message.

    `speed` 1 is real time, 10 is ten times faster. `duration` ends the feed after so
    many seconds of market time. At the end it says `MarketEnded` and stops normally.
    """

    def __init__(
        self, to: Sequence[Ref], speed: Speed = 1.0, duration: float | None = None
    ) -> None:
        if speed != MAX and not speed > 0:
            raise ValueError(f"speed must be {MAX!r} or a number above 0, was {speed}")
        self._to = to
        self._speed: Speed = speed
        self._duration = duration
        self._first_ns: int | None = self.snapshot and self.snapshot.first_ns
        self._from_ns: int | None = None
        self._began = 0.0
        self._said = 0

    @abstractmethod
    def messages(self, position: Any) -> Iterator[tuple[Any, Recorded]]:
        """Yield (position, message) of what follows `position` (None: of all).

        The position beside a message is the one to go on from once it is said; its
        `first_ns` is the receive time of the first message of all, or None before it.
        """

    def on_start(self) -> None:
        """Go on where the predecessor was."""
        self._waiting = self.messages(self.snapshot)
        self._upcoming = next(self._waiting, None)
        self._began = self.clock.now()
        self.soon(self._go_on)

    def facts(self) -> Mapping[str, Any]:
        """Tell how many messages this incarnation has said."""
        return {"said": self._said}

    def _go_on(self) -> None:
        """Say all that is due by now."""
        for _ in range(AT_ONCE):
            if self._upcoming is None or self._is_over(self._upcoming[1]):
                self._end()
                return
            pause = self._pause(self._upcoming[1])
            if pause > ROUNDING:
                self.after(pause, self._go_on)
                return
            if not self._say(*self._upcoming):
                self.after(FULL_PAUSE, self._go_on)
                return
            self._upcoming = next(self._waiting, None)
            if self._speed == MAX:
                self.when_settled(self._go_on)
                return
        self.soon(self._go_on)  # let others have the thread in between

    def _say(self, position: Any, message: Recorded) -> bool:
        """Tell every listener; False when one has no room: then say it again later."""
        if isinstance(message, BadFrame):
            self.unhandled(message, "bad frame")
        elif not self._tell_all(message):
            return False
        self.save_snapshot(position)
        self._said += 1
        return True

    def _tell_all(self, message: MarketMessage | MarketEnded) -> bool:
        try:
            for listener in self._to:
                listener.tell(message)
        except MailboxFull:
            return False
        return True

    def _pause(self, message: Recorded) -> float:
        """Return how many seconds too early it is for this message."""
        if isinstance(message, BadFrame):
            return 0.0
        if self._first_ns is None:
            self._first_ns = message.received_ns
        if self._from_ns is None:
            self._from_ns = message.received_ns
        if self._speed == MAX:
            return 0.0
        market = (message.received_ns - self._from_ns) / 1e9
        return market / self._speed - (self.clock.now() - self._began)

    def _is_over(self, message: Recorded) -> bool:
        if self._duration is None or isinstance(message, BadFrame):
            return False
        first = self._first_ns
        return first is not None and (
            message.received_ns - first > self._duration * 1e9
        )

    def _end(self) -> None:
        if self._tell_all(MarketEnded()):
            self.when_settled(self.stop)
        else:
            self.after(FULL_PAUSE, self._go_on)


class RecordedFeed(Feed):
    """Replays recordings (see `recording`), `times` times, merged by receive time.

    A line that is no market message is a dead letter with the reason "bad frame", and
    the replay goes on. Repetitions are shifted in time and trade ids, so that they look
    like more of the same market.

    Raises in `on_start`:
        RecordingUnreadable: a file is not there or is no recording.
    """

    def __init__(  # noqa: PLR0913 - what a replay can vary
        self,
        to: Sequence[Ref],
        files: Sequence[str],
        *,
        speed: Speed = 1.0,
        duration: float | None = None,
        times: int = 1,
        symbol: str = "BTCUSDT",
        venue: str = SPOT,
    ) -> None:
        super().__init__(to, speed, duration)
        self._files = files
        self._times = times
        self._symbol = symbol
        self._venue = venue

    def messages(self, position: Place | None) -> Iterator[tuple[Place, Recorded]]:
        """Read on after the lines that were said."""
        return replay(
            self._files,
            times=self._times,
            symbol=self._symbol,
            venue=self._venue,
            place=position or Place(),
        )


class SyntheticFeed(Feed):
    """Makes up a market for one symbol: seeded, endless, and needs no file."""

    def __init__(  # noqa: PLR0913 - what a market can vary
        self,
        to: Sequence[Ref],
        symbol: str = "BTCUSDT",
        *,
        speed: Speed = 1.0,
        duration: float | None = None,
        trades_per_second: float = 20.0,
        start_price: str = "60000.00",
        venue: str = SPOT,
    ) -> None:
        super().__init__(to, speed, duration)
        self._market = SyntheticMarket(
            venue=venue,
            symbol=symbol,
            trades_per_second=trades_per_second,
            start_price=start_price,
            seed=self.random("market").getrandbits(64),
        )

    def messages(self, position: Moment | None) -> Iterator[tuple[Moment, Recorded]]:
        """Go on after a moment of the market, or open it now."""
        moment = position or self._market.opening(round(self.clock.wall() * 1e9))
        while True:
            after, messages = self._market.next(moment)
            for message in messages:
                is_last = message is messages[-1]
                yield after if is_last else moment, message
            moment = after
