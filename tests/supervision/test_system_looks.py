"""How often a system looks at its actors to know whether all is settled."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from holdfast.supervision import Actor, ActorSystem, ChildSpec, CountChildren

PATIENCE = 20.0

Grow = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Settle = Callable[[ActorSystem], None]


def test_while_somebody_is_busy_the_others_are_not_looked_at_after_each_turn(
    grow: Grow, child: Specify, gate: threading.Event, settle: Settle
) -> None:
    entered = threading.Event()
    looks: list[str] = []

    def hold(_: Actor) -> None:
        entered.set()
        gate.wait(PATIENCE)

    class Counted(deque[Any]):
        """A queue that counts how often somebody looks whether it is empty."""

        def __len__(self) -> int:
            looks.append("look")
            return super().__len__()

    system = grow(child("a"), child("b", dispatcher="pinned"))
    system.ref("/root/b").tell(hold)
    assert entered.wait(PATIENCE)
    system.cell("/root/a").mailbox.items = Counted()
    system.when_settled(lambda: None)

    for _ in range(100):
        system.ref("/root").command(CountChildren()).get()
    early = len(looks)
    gate.set()
    settle(system)

    assert 1 <= early <= 2
