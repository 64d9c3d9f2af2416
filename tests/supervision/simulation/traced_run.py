"""Prints the trace hash of a run that blocks, awaits, hangs and crashes."""

import asyncio
import sys
from typing import Any

from holdfast.supervision import (
    Actor,
    ActorSystem,
    ChildSpec,
    Randomness,
    RefTo,
    SupervisorSpec,
    crash,
    hang,
)
from holdfast.supervision.simulation import World


class Chatter(Actor):
    """Asks or tells its friends now and then."""

    def __init__(self, friends: list[Any], *, blocks: bool) -> None:
        self._friends, self._blocks = friends, blocks
        self._chance = self.random("chat", self.incarnation)

    def on_start(self) -> None:
        self.after(self._chance.uniform(0.1, 1.0), self._talk)

    def on_receive(self, message: Any) -> Any:
        return f"{self.path} heard {message}"

    def _talk(self) -> None:
        friend = self._chance.choice(self._friends)
        if self._blocks:
            friend.ask(self.path)
        else:
            friend.tell(self.path)
        self.after(self._chance.uniform(0.1, 1.0), self._talk)


class Reader(Actor):
    """Asks two friends at once, again and again."""

    def __init__(self, friends: list[Any]) -> None:
        self._friends = friends
        self._chance = self.random("read", self.incarnation)

    async def on_start(self) -> None:  # type: ignore[override]
        await asyncio.sleep(0.1)
        self.me.tell("begin")

    async def on_receive(self, message: Any) -> str:
        async with asyncio.timeout(1.0), asyncio.TaskGroup() as group:
            for friend in self._friends:
                group.create_task(self._ask(friend))
        self.after(self._chance.uniform(0.1, 1.0), lambda: self.me.tell("again"))
        return f"{self.path} heard {message}"

    async def _ask(self, friend: Any) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, 0.5))
        await friend.ask(self.path, block=False)


def main(seed: int) -> None:
    """Run a minute."""
    names = ("a", "b", "c", "d")
    friends = [RefTo(path=f"/root/{name}") for name in names]
    children = [
        ChildSpec(
            id=name,
            start=Chatter,
            args={"friends": friends[:number] or friends[1:2], "blocks": number > 1},
            dispatcher="pinned" if number > 1 else "shared",
        )
        for number, name in enumerate(names)
    ]
    children.append(
        ChildSpec(
            id="e",
            start=Reader,
            args={"friends": friends[:2]},
            dispatcher="loop",
            concurrency=2,
        )
    )
    paths = [f"/root/{child.id}" for child in children]
    with World(seed) as world:
        system = ActorSystem(
            SupervisorSpec(children=children, intensity=100, strategy="rest_for_one"),
            clock=world.clock,
            randomness=Randomness(seed),
            dispatchers=world.dispatchers,
        )
        system.start().get()
        for second in range(5, 60, 5):
            world.run(until=float(second))
            crash(system.cell(paths[second // 5 % 5]), "the run")
            hang(system.cell(paths[3 + second // 5 % 2]), 1.5)
        system.stop(5.0).get()
        sys.stdout.write(f"{world.trace_hash} {system.events.state().seq}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]))
