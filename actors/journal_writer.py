"""Writes to the order journal for execution, and tries again what it did not take."""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from ..supervision.runtime.mailbox import MailboxFull
from ..supervision.runtime.reference import Ref
from .evidence import Entry
from .order_journal import JournalOpened, OpenJournal, Record

TRY_AGAIN = 1.0
"""Seconds."""

OPEN_WITHIN = 60.0
"""Seconds; a long journal takes long to read."""


@attrs.define
class JournalWriter:
    """What an actor writes, in order.

    `troubled` gets what keeps the journal from being written, or an empty text once
    there is nothing of the kind any more.
    """

    actor: Actor
    journal: Ref
    troubled: Callable[[str], object]
    _owed: list[Entry] = attrs.field(factory=list[Entry], init=False)
    _is_troubled: bool = attrs.field(default=False, init=False)

    def open(self) -> Future[JournalOpened]:
        """Begin a new term, and read all entries."""
        return self.journal.ask(OpenJournal(), block=False, timeout=OPEN_WITHIN)

    def write(self, *entries: Entry) -> Future[None]:
        """Write entries, all or none; the future fails if they are not written."""
        try:
            return self.journal.ask(Record(entries), block=False)
        except MailboxFull as error:
            refused: Future[None] = Future()
            refused.fail(error)
            return refused

    def keep(self, entry: Entry) -> None:
        """Write what nobody waits for, however long that takes."""
        self._owed.append(entry)
        if not self._is_troubled:
            self._pay()

    def _pay(self) -> None:
        owed, self._owed = self._owed, []
        written = self.write(*owed)
        self.actor.pipe(written, self._paid, partial(self._not_paid, owed))

    def _paid(self, _: None) -> None:
        if self._is_troubled:
            self._is_troubled = False
            self.troubled("")
        if self._owed:
            self._pay()

    def _not_paid(self, owed: list[Entry], error: BaseException) -> None:
        self._owed = owed + self._owed
        if not self._is_troubled:
            self._is_troubled = True
            self.troubled(str(error))
        self.actor.after(TRY_AGAIN, self._pay)
