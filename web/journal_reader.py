"""Reads the journal of a system on disk, and goes on as it grows."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ..supervision.event_store import EventStore, StoredEvent
from ..supervision.runtime.clock import SystemClock
from .terminal import pause


def read_journal(
    path: Path, *, since: float | None, under: str, follow: bool
) -> Iterator[StoredEvent]:
    """Yield what is in the journal, and with `follow` what comes to it, for ever.

    `since` is how many seconds old the first event may be, `under` the branch.

    Raises:
        JournalUnusable: the file is no journal.

    """
    begin = 0.0 if since is None else SystemClock().wall() - since
    place = "/" + under.strip("/")
    last = 0
    with closing(EventStore(path)) as store:
        while True:
            for stored in store.read(after_id=last, since=begin, under=place):
                last = stored.id
                yield stored
            if not follow:
                return
            pause()
