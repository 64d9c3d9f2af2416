"""Writes to the order journal for execution, and tries again what it did not take."""

from collections.abc import Callable

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
"""Seconds."""


@attrs.define
class JournalWriter:
    """What an actor writes, in order.

    `owed` is what is not known to be written; the actor keeps it over its crashes.
    `troubled` gets what keeps the journal from being written, or an empty text once
    there is nothing of the kind any more.
    """

    actor: Actor
    journal: Ref
    owed: list[Entry]
    troubled: Callable[[str], object]
    _is_paying: bool = attrs.field(default=False, init=False)
    _is_troubled: bool = attrs.field(default=False, init=False)

    def open(self) -> Future[JournalOpened]:
        """Begin a new term."""
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
        self.owed.append(entry)
        self.pay()

    def pay(self) -> None:
        """Write what is owed, unless that is being done already.

        One after the other: what was learned first is never missing behind a gap.
        """
        if self.owed and not self._is_paying:
            self._is_paying = True
            count = len(self.owed)
            written = self.write(*self.owed)
            self.actor.pipe(written, lambda _: self._paid(count), self._not_paid)

    def _paid(self, count: int) -> None:
        del self.owed[:count]
        self._is_paying = False
        if self._is_troubled:
            self._is_troubled = False
            self.troubled("")
        self.pay()

    def _not_paid(self, error: BaseException) -> None:
        if not self._is_troubled:
            self._is_troubled = True
            self.troubled(str(error))
        self.actor.after(TRY_AGAIN, self._try_again)

    def _try_again(self) -> None:
        self._is_paying = False
        self.pay()
