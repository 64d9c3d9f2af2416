"""The simulated world: the unchanged tree under one seeded scheduler."""

from .waiting import Deadlock, Livelock
from .world import World

__all__ = ["Deadlock", "Livelock", "World"]
