"""Decides what of a stream is said: nothing, twice, out of order, or nonsense."""

from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.faults.injector import Injector, Occasion
from holdfast.testing.venue.faults.kinds import FRAMES, FaultKind

Frame = str | bytes


class FrameFilter:
    """Between what the venue says and what its sockets hear."""

    def __init__(self, injector: Injector) -> None:
        self._injector = injector
        self._held: dict[str, tuple[str, Frame]] = {}

    def pass_on(self, occasion: Occasion, stream: str, frame: Frame) -> list[Frame]:
        """Return what is said on the stream instead of this frame."""
        struck = self._injector.strike(FRAMES, occasion)
        frames = [frame]
        for fault in struck:
            frames = self._changed(fault, stream, frames)
        late = [] if struck else self._release(occasion, stream)
        return frames + late

    def left_over(self) -> list[tuple[str, Frame]]:
        """Return the frames that are still held back, and forget them."""
        held = list(self._held.values())
        self._held.clear()
        return held

    def _changed(self, fault: Fault, stream: str, frames: list[Frame]) -> list[Frame]:
        match fault.kind:
            case FaultKind.DUPLICATED_FRAME:
                return frames * 2
            case FaultKind.BAD_FRAME:
                return [str(fault.param("text"))]
            case FaultKind.REORDERED_FRAME:
                if frames:
                    self._held[fault.where] = stream, frames[0]
                return []
            case _:
                return []

    def _release(self, occasion: Occasion, stream: str) -> list[Frame]:
        """Return what was held back until the next of its kind has been said."""
        ready = [
            where
            for where, (held_on, _) in self._held.items()
            if held_on == stream and where in ("*", *occasion.names)
        ]
        return [self._held.pop(where)[1] for where in ready]
