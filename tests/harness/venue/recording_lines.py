"""Reads a recording of raw frames so that each can be both understood and repeated."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import msgspec

from holdfast.actors.binance_frames import SPOT, decode_frame
from holdfast.actors.market import DepthSnapshot, DepthUpdate, MarketMessage

HEAD = 100
"""Lines from the top among which a snapshot of the depth has to be, if there is one."""


class _Frame(msgspec.Struct):
    stream: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


@attrs.frozen(kw_only=True)
class RecordedFrame:
    """What was said, as it was said; of a snapshot the frame is empty."""

    message: MarketMessage
    frame: bytes

    def stamped(self, now_ms: int) -> bytes:
        """Say it as if it had happened now."""
        told: dict[str, Any] = msgspec.json.decode(self.frame)
        stamps = {name: now_ms for name in ("E", "T") if name in told}
        return msgspec.json.encode({**told, **stamps})


def recorded_frames(path: Path, symbol: str) -> Iterator[RecordedFrame]:
    """Yield the spot frames of one symbol; a line that is none of them is left out.

    A recording that begins in the middle has no snapshot: then the depth is taken to
    have been empty before its first update.
    """
    has_snapshot = _has_snapshot(path)
    for line in _lines(path):
        try:
            message = decode_frame(line, symbol)
        except ValueError:
            continue
        if message.symbol != symbol or message.venue != SPOT:
            continue
        if isinstance(message, DepthUpdate) and not has_snapshot:
            has_snapshot = True
            yield RecordedFrame(message=_emptiness(message), frame=b"")
        payload = line.partition(b" ")[2]
        frame = bytes(msgspec.json.decode(payload, type=_Frame).data)
        yield RecordedFrame(message=message, frame=frame)


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if is_gzip else path.open("rb") as lines:
        yield from map(bytes.strip, lines)


def _has_snapshot(path: Path) -> bool:
    head = (line for _, line in zip(range(HEAD), _lines(path), strict=False))
    return any(b'"lastUpdateId"' in line for line in head)


def _emptiness(update: DepthUpdate) -> DepthSnapshot:
    return DepthSnapshot(
        venue=update.venue,
        symbol=update.symbol,
        last_update_id=update.first_update_id - 1,
        bids=(),
        asks=(),
        received_ns=update.received_ns,
    )
