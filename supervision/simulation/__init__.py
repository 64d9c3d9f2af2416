"""The simulated world: the unchanged tree under one seeded scheduler."""

from .guards import Escaped
from .waiting import Deadlock, Livelock
from .world import World

__all__ = ["Deadlock", "Escaped", "Livelock", "World"]
