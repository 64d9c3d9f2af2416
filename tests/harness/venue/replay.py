"""Plays a recorded market to the venue's clients: step by step, or at a speed."""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from holdfast.actors.market import MarketMessage
from holdfast.testing.venue.recording_lines import RecordedFrame, recorded_frames

BATCH = 200
"""Frames that are said at most before others get their turn."""

Publish = Callable[[MarketMessage, bytes], None]
Drained = Callable[[], Awaitable[None]]


class Replay:
    """One recording and how far it has been played; lives on the venue's loop.

    `publish` moves the market and says the frame, `drained` waits until it has left.
    With `now_ms` frames are stamped with that time instead of the recorded one.
    """

    def __init__(
        self,
        path: Path,
        symbol: str,
        publish: Publish,
        drained: Drained,
        now_ms: Callable[[], int] | None,
    ) -> None:
        self.ended = threading.Event()
        self._frames = recorded_frames(path, symbol)
        self._next = next(self._frames, None)
        self._publish = publish
        self._drained = drained
        self._now_ms = now_ms
        self._said: Counter[str] = Counter()
        self._playing: asyncio.Task[None] | None = None

    def said(self) -> dict[str, int]:
        """Tell how many of each kind of message have been said."""
        return dict(self._said)

    def step(self, count: int) -> int:
        """Say so many frames at once; return how many there were left."""
        for number in range(count):
            if self._next is None:
                return number
            self._say(self._next)
        return count

    def play(self, speed: float | None) -> None:
        """Say the rest by itself, `speed` times as fast; None: as fast as it goes."""
        playing = self._play(speed)
        self._playing = asyncio.get_running_loop().create_task(playing)

    def stop(self) -> None:
        """Say no more by itself."""
        if self._playing is not None:
            self._playing.cancel()

    async def _play(self, speed: float | None) -> None:
        loop = asyncio.get_running_loop()
        started, first_ns = loop.time(), None
        said = 0
        while self._next is not None:
            received_ns = self._next.message.received_ns
            first_ns = first_ns or received_ns
            if speed:
                due = started + (received_ns - first_ns) / 1e9 / speed
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
            self._say(self._next)
            said += 1
            if said % BATCH == 0:
                await self._drained()

    def _say(self, recorded: RecordedFrame) -> None:
        frame = recorded.frame
        if self._now_ms is not None and frame:
            frame = recorded.stamped(self._now_ms())
        self._publish(recorded.message, frame)
        self._said[type(recorded.message).__name__] += 1
        self._next = next(self._frames, None)
        if self._next is None:
            self.ended.set()
