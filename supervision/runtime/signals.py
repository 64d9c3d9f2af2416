"""Calls that an incarnation makes on its own thread, before any user message."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from .incarnation import Incarnation


class Signal(Struct, frozen=True, eq=False):
    """A call to make on the incarnation's own thread, before any user message."""

    life: "Incarnation"
    call: Callable[[], None]


class Continuation(Signal, frozen=True, eq=False):
    """A signal that an actor sent to itself: faults can be injected into these."""
