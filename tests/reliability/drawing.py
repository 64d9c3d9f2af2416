"""Draws trees as plain data: first who is where, then who knows whom."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import attrs

from holdfast.supervision import (
    Backoff,
    ChildSpec,
    InFlight,
    MailboxSpec,
    OnRestart,
    Overflow,
    RefTo,
    Restart,
    Strategy,
    SupervisorSpec,
)
from holdfast.supervision.specs import BRUTAL, INFINITY, UNLIMITED, AutoShutdown, Spec

from .characters import FAILURES, Character, Manner, Tie, Trouble
from .coroutine_rogue import CoroutineRogue
from .rogues import LateRogue, Rogue, TrappingRogue

DEEPEST = 3
DEPENDENCIES = ("venue", "bank")
SHUTDOWNS = (0.0, 0.5, 5.0, BRUTAL, INFINITY)


def places_of(spec: Spec, above: str = "") -> Iterator[tuple[str, Spec]]:
    """Yield all that is in the tree from the start, by path."""
    path = f"{above}/{spec.id}"
    yield path, spec
    if isinstance(spec, SupervisorSpec) and not is_simple(spec):
        for child in spec.children:
            yield from places_of(child, path)


def is_simple(spec: SupervisorSpec) -> bool:
    return spec.strategy is Strategy.SIMPLE_ONE_FOR_ONE


class Draw:
    """Draws from one chance; from `calm_from` on nothing that it draws fails."""

    def __init__(self, random: Random, *, calm_from: float) -> None:
        self._random = random
        self._calm_from = calm_from

    def tree(self) -> SupervisorSpec:
        """Draw a whole tree; all its workers may know each other."""
        root = self._supervisor("root", 0, significant=False)
        workers = [
            path for path, spec in places_of(root) if isinstance(spec, ChildSpec)
        ]
        return self._acquainted(root, workers)

    def worker(self, name: str, *, significant: bool = False) -> ChildSpec:
        """Draw a worker that knows nobody."""
        choice = self._random.choice
        dispatcher = choice(("shared", "shared", "pinned", "loop"))
        on_loop = dispatcher == "loop"
        start = choice((Rogue, Rogue, LateRogue, TrappingRogue))
        character = self._character(may_block=dispatcher != "shared")
        return ChildSpec(
            id=name,
            start=CoroutineRogue if on_loop else start,
            args={"character": character, "friends": []},
            restart=self._restart(significant=significant),
            shutdown=choice(SHUTDOWNS),
            start_timeout=choice((10.0, 10.0, 10.0, 2.0, 0.5)),
            hang_after=choice((10.0, 1.0, None)),
            dispatcher=dispatcher,
            concurrency=choice((1, 3)) if on_loop else 1,
            mailbox=self._mailbox(),
            in_flight=choice(tuple(InFlight)),
            backoff=self._backoff(),
            dependency=choice((None, None, *DEPENDENCIES)),
            significant=significant,
            intake=choice((False, False, True)),
        )

    def _supervisor(
        self, name: str, depth: int, *, significant: bool
    ) -> SupervisorSpec:
        choice = self._random.choice
        strategy = choice(tuple(Strategy))
        fields: dict[str, Any] = {
            "id": name,
            "strategy": strategy,
            "intensity": choice((UNLIMITED, 50, 5, 2, 1, 0)),
            "period": choice((1.0, 5.0, 30.0)),
            "backoff": self._backoff(),
            "restart": self._restart(significant=significant),
            "shutdown": choice((INFINITY, *SHUTDOWNS)),
            "significant": significant,
        }
        if strategy is Strategy.SIMPLE_ONE_FOR_ONE:
            return SupervisorSpec(children=(self.worker("template"),), **fields)
        closes = choice((*([AutoShutdown.NEVER] * 3), *AutoShutdown))
        children = [
            self._child("abcd"[number], depth + 1, closes)
            for number in range(self._random.randint(0 if depth else 1, 4))
        ]
        return SupervisorSpec(children=children, auto_shutdown=closes, **fields)

    def _child(self, name: str, depth: int, closes: AutoShutdown) -> Spec:
        choice = self._random.choice
        significant = closes is not AutoShutdown.NEVER and choice((True, False))
        if depth < DEEPEST and choice((False, False, True)):
            return self._supervisor(name, depth, significant=significant)
        return self.worker(name, significant=significant)

    def _restart(self, *, significant: bool) -> Restart:
        ended = (Restart.TRANSIENT, Restart.TEMPORARY)
        some = ended if significant else (Restart.PERMANENT, *Restart)
        chosen: Restart = self._random.choice(some)
        return chosen

    def _backoff(self) -> Backoff | None:
        choice = self._random.choice
        if choice((True, False)):
            return None
        return Backoff(minimum=choice((0.1, 1.0)), maximum=5.0, stable_for=10.0)

    def _mailbox(self) -> MailboxSpec:
        choice = self._random.choice
        return MailboxSpec(
            capacity=choice((1000, 5, 1)),
            overflow=choice(tuple(Overflow)),
            on_restart=choice(tuple(OnRestart)),
            key="key",
        )

    def _character(self, *, may_block: bool) -> Character:
        choice = self._random.choice
        manners = tuple(Manner) if may_block else (Manner.TELL, Manner.ASK)
        return Character(
            every=choice((1.0, 0.1)),
            manner=choice(manners),
            hops=choice((0, 1, 3)),
            patience=choice((1.0, 0.2, 5.0)),
            careful=choice((True, False)),
            trouble=choice(tuple(Trouble)),
            nth=choice((1, 5, 20)),
            bad_starts=choice(((), (), (2,), (3, 4))),
            declines=choice((0, 0, 0, 2)),
            slow_start=choice((0.0, 0.0, 0.0, 0.0, 0.3, 3.0)),
            slow_stop=choice((0.0, 0.3, 3.0)),
            bad_stop=choice((False, False, True)),
            failure=choice(("bug", *FAILURES)),
            tie=choice((Tie.NONE, *Tie)),
            calm_from=self._calm_from,
        )

    def _acquainted(
        self, spec: SupervisorSpec, workers: Sequence[str]
    ) -> SupervisorSpec:
        """Give each worker some friends."""
        children = [
            self._acquainted(child, workers)
            if isinstance(child, SupervisorSpec)
            else attrs.evolve(child, args={**child.args, "friends": self._of(workers)})
            for child in spec.children
        ]
        return attrs.evolve(spec, children=children)

    def _of(self, workers: Sequence[str]) -> list[RefTo]:
        count = self._random.randint(0, 2) if workers else 0
        return [RefTo(path=self._random.choice(workers)) for _ in range(count)]
