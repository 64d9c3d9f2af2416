"""Where somebody is stuck, told in one line from the inside out."""

import sys
import threading
import traceback
from collections.abc import Coroutine, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

DEPTH = 8
"""Calls that are told: the innermost ones, where the time goes."""

_LEFT_OUT = (
    str(Path(__file__).parent),
    str(Path(__file__).parent.parent / "simulation"),
    threading.__file__,
)


def of_thread(thread: threading.Thread) -> str:
    """Tell where a thread is, the runtime's own calls left out."""
    frames = sys._current_frames()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    frame = frames.get(thread.ident or 0)
    return _told(frame for frame, _ in traceback.walk_stack(frame))


def of_coroutine(coroutine: Coroutine[Any, Any, Any]) -> str:
    """Tell where a suspended coroutine waits."""
    frames: list[FrameType] = []
    awaited: Any = coroutine
    while (frame := getattr(awaited, "cr_frame", None)) is not None:
        frames.append(frame)
        awaited = awaited.cr_await
    return _told(reversed(frames))


def _told(frames: Iterable[FrameType]) -> str:
    ours = [
        f"{frame.f_code.co_qualname} ({Path(name).name}:{frame.f_lineno})"
        for frame in frames
        if not (name := frame.f_code.co_filename).startswith(_LEFT_OUT)
    ]
    return " < ".join(ours[:DEPTH])
