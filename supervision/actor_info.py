"""What can be known of an actor without asking it anything, so also when it hangs."""

import enum
from collections.abc import Iterable, Mapping

import attrs

from .runtime.cell import Cell
from .runtime.dispatcher import Turns
from .runtime.watchdog import Doing


class Lifecycle(enum.StrEnum):
    """Where the place itself stands; what its supervisor makes of it are the events."""

    DOWN = "down"
    """Nobody lives there, and nobody is due."""
    AWAITED = "awaited"
    """Nobody lives there now, but one will: after a failure, or a back-off."""
    UNREADY = "unready"
    """It starts, or it is about to end: no messages are taken."""
    READY = "ready"


@attrs.frozen
class ActorInfo:
    """One place and who lives there now (OTP: `process_info`).

    `steps` counts what this incarnation has begun: messages, reports, turns of its own.
    `at` is what it is doing now: nothing while it waits, several things at a time where
    coroutines run side by side. Ties are told by path; "outside" watches who is no
    actor.
    """

    path: str
    about: str
    actor_class: str
    incarnation: int
    lifecycle: Lifecycle
    dispatcher: str
    waiting: int
    urgent: int
    steps: int
    at: tuple[Doing, ...]
    links: tuple[str, ...]
    watchers: tuple[str, ...]
    watching: tuple[str, ...]


def infos(
    cells: Iterable[Cell], doing: Mapping[Turns, tuple[Doing, ...]]
) -> list[ActorInfo]:
    """Describe places, given what their incarnations are at."""
    return [_info(cell, doing) for cell in cells]


def _info(cell: Cell, doing: Mapping[Turns, tuple[Doing, ...]]) -> ActorInfo:
    life = cell.life
    none: tuple[str, ...] = ()
    ties = (none, none, none) if life is None else cell.system.ties.paths(life)
    links, watchers, watching = ties
    return ActorInfo(
        path=cell.path,
        about=cell.spec.about,
        actor_class=cell.actor_class.__qualname__,
        incarnation=cell.incarnation if life is None else life.number,
        lifecycle=_lifecycle(cell),
        dispatcher=cell.spec.dispatcher,
        waiting=len(cell.mailbox.items),
        urgent=len(cell.urgent),
        steps=0 if life is None else life.steps,
        at=() if life is None else doing.get(life, ()),
        links=links,
        watchers=watchers,
        watching=watching,
    )


def _lifecycle(cell: Cell) -> Lifecycle:
    life = cell.life
    if life is None:
        return Lifecycle.AWAITED if cell.expected else Lifecycle.DOWN
    return Lifecycle.READY if life.accepting else Lifecycle.UNREADY
