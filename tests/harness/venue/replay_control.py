"""How a test plays a recording from its own thread."""

from collections.abc import Callable
from typing import Any

from holdfast.testing.venue.replay import Replay

PATIENCE = 600.0
"""Seconds that a whole recording may take."""


class ReplayControl:
    """A recording that the venue plays."""

    def __init__(self, replay: Replay, run: Callable[[Callable[[], Any]], Any]) -> None:
        self._replay = replay
        self._run = run

    def step(self, count: int = 1) -> int:
        """Say so many frames; return how many there were left to say."""
        said: int = self._run(lambda: self._replay.step(count))
        return said

    def play(self, speed: float | None = None) -> None:
        """Say the rest from now on, `speed` times as fast as it was recorded."""
        self._run(lambda: self._replay.play(speed))

    def wait(self) -> None:
        """Block until it has been played to its end.

        Raises:
            TimeoutError: it takes too long.

        """
        if not self._replay.ended.wait(PATIENCE):
            raise TimeoutError("the recording has not come to its end")

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to say."""
        return self._replay.ended.is_set()

    def stop(self) -> None:
        """Say no more by itself."""
        self._run(self._replay.stop)

    def said(self) -> dict[str, int]:
        """Tell how many of each kind of message have been said."""
        told: dict[str, int] = self._run(self._replay.said)
        return told
