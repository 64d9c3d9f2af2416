"""Small trees in a simulated world that is always closed again."""

from collections.abc import Callable, Iterator

import pytest

from holdfast.supervision import ActorSystem, ChildSpec, Randomness, SupervisorSpec
from holdfast.supervision.simulation import World

Inhabit = Callable[..., ActorSystem]


@pytest.fixture
def world() -> Iterator[World]:
    with World(seed=1) as world:
        yield world


@pytest.fixture
def inhabit(world: World) -> Inhabit:
    """Start a system without back-off in the world."""

    def inhabited(
        *children: ChildSpec | SupervisorSpec, start: bool = True, **fields: object
    ) -> ActorSystem:
        spec = SupervisorSpec(children=children, **({"backoff": None} | fields))  # type: ignore[arg-type]
        system = ActorSystem(
            spec,
            clock=world.clock,
            randomness=Randomness(world.seed),
            dispatchers=world.dispatchers,
        )
        if start:
            system.start().get()
        return system

    return inhabited
