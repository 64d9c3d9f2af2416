"""Reads the order journal piece by piece, so that however long it is nobody hangs."""

from collections.abc import Callable, Sequence

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.reference import Ref
from .evidence import Entry
from .order_journal import EntriesRead, ReadEntries

READ_WITHIN = 60.0
"""Seconds for one piece."""


def read_journal(
    actor: Actor,
    journal: Ref,
    kinds: Sequence[str],
    take: Callable[[Sequence[Entry]], object],
    then: Callable[[], object],
) -> None:
    """Have `take` called with all entries of these kinds, as turns of `actor`.

    They come in order; no kind means all of them. `then` is called after the last; a
    piece that can't be read crashes the actor.
    """

    def ask_after(seq: int) -> None:
        asked = journal.ask(
            ReadEntries(tuple(kinds), seq), block=False, timeout=READ_WITHIN
        )
        actor.pipe(asked, told)

    def told(read: EntriesRead) -> None:
        take(read.entries)
        if read.is_all:
            then()
        else:
            ask_after(read.last)

    ask_after(0)
