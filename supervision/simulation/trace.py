"""What a world has decided, boiled down to one hash: the same run, the same hash."""

import hashlib
import struct
import sys
from array import array

import msgspec

from ..events import SupervisionEvent

_CHUNK = 1 << 16
"""Decisions that are kept until they go into the hash."""

_TIME, _TEXT = 0, 1
_FIRST_LABEL = 2
_LABEL_TYPE = "I"


class Trace:
    """Takes in every decision, every moment and every event, in their order.

    Decisions are the labels of whom they chose: as cheap as can be, because there are
    some for each message.
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._labels = array(_LABEL_TYPE)
        self._details: list[bytes] = []
        self._next_label = _FIRST_LABEL
        self._taken_in = 0
        self.decide = self._labels.append
        """Note that whoever has this label was chosen."""

    def name(self, text: str) -> int:
        """Return a new label that stands for this text."""
        label = self._next_label
        self._next_label += 1
        self.say(f"{label} {text}")
        return label

    def say(self, text: str) -> None:
        """Note anything else, in words."""
        self._labels.append(_TEXT)
        self._details.append(f"{text}\n".encode(errors="backslashreplace"))

    def time(self, now: float) -> None:
        """Note that time has moved on."""
        self._labels.append(_TIME)
        self._details.append(struct.pack("<d", now))
        if len(self._labels) >= _CHUNK:
            self._take_in()

    def event(self, event: SupervisionEvent) -> None:
        """Note what happened to the tree."""
        self.say(repr(msgspec.structs.astuple(event)))

    @property
    def decisions(self) -> int:
        """How many decisions there have been."""
        return self._taken_in + len(self._labels) - len(self._details)

    def hexdigest(self) -> str:
        """Return the hash of all so far."""
        self._take_in()
        return self._hash.hexdigest()

    def _take_in(self) -> None:
        labels = self._labels
        self._taken_in = self.decisions
        if sys.byteorder == "big":  # the hash must not depend on the machine
            labels = labels[:]
            labels.byteswap()
        self._hash.update(labels.tobytes())
        self._hash.update(b"".join(self._details))
        del self._labels[:]
        self._details.clear()
