"""Grows what is measured of ours: always a system under a supervisor."""

import contextlib
from collections.abc import Generator

from holdfast.supervision import (
    UNLIMITED,
    ActorSystem,
    ChildSpec,
    Strategy,
    SupervisorSpec,
)

PATIENCE = 600.0
"""Seconds; whoever takes the sample has a shorter limit."""


@contextlib.contextmanager
def supervised(
    *children: ChildSpec, strategy: Strategy = Strategy.ONE_FOR_ONE
) -> Generator[ActorSystem]:
    """Run the children under a supervisor that restarts at once and never gives up."""
    spec = SupervisorSpec(
        children=children, strategy=strategy, intensity=UNLIMITED, backoff=None
    )
    system = ActorSystem(spec)
    system.start().get(timeout=PATIENCE)
    yield system
    stop(system)
    system.close()


def stop(system: ActorSystem) -> None:
    """Stop the tree in order and wait for its end."""
    system.stop().get(timeout=PATIENCE)


def dynamic(child: ChildSpec) -> contextlib.AbstractContextManager[ActorSystem]:
    """Run a supervisor that starts as many of the child as it is told."""
    return supervised(child, strategy=Strategy.SIMPLE_ONE_FOR_ONE)
