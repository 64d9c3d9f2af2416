"""Loosens a risk state because a person says so, if nothing is broken right now.

It is written down first, then the halt file goes, and then it is in force: whatever
fails on the way leaves things as strict as they were.
"""

from collections.abc import Callable
from functools import partial

import attrs

from ..supervision.halt_file import HaltFile, Seen
from ..supervision.runtime.actor import Actor
from ..supervision.runtime.future import Future
from .evidence import RiskArmed
from .guard import Guard
from .journal_writer import JournalWriter
from .limit_uses import uses
from .risk_memory import RiskMemory
from .risk_states import SYSTEM
from .risk_words import Arm, Armed
from .vital_signs import VitalSigns


@attrs.define
class Arming:
    """See the module; made as turns of `actor`."""

    actor: Actor
    guard: Guard
    signs: VitalSigns
    memory: RiskMemory
    halt_file: HaltFile
    writer: JournalWriter | None
    _overtaken: str = attrs.field(default="", init=False)

    def overtake(self, why: str) -> None:
        """Let nothing that is being written down now come into force."""
        self._overtaken = why

    def arm(self, wanted: Arm, done: Callable[[RiskArmed], object]) -> Future[Armed]:
        """Arm a scope; `done` gets what was decided once it is in force."""
        answer: Future[Armed] = Future(target=self.actor.me.cell)
        if refused := self._objection(wanted):
            answer.settle(Armed(refused=refused))
            return answer
        entry = RiskArmed(
            scope=wanted.scope, reason=wanted.reason, time=self.actor.clock.wall()
        )
        self._overtaken = ""
        written = partial(self._written, entry, self.halt_file.seen(), answer, done)
        if self.writer is None:
            written(None)
        else:
            self.actor.pipe(
                self.writer.write(entry), written, partial(self._refuse, answer)
            )
        return answer

    def _objection(self, wanted: Arm) -> str:
        """Say what would tighten it again at once; some of it begins anew."""
        if not wanted.reason.strip():
            return "it needs a reason"
        afresh = self.signs.vitals().afresh()
        found = uses(afresh, self.guard.limits, self.guard.scopes)
        broken = [
            str(use)
            for use in found
            if use.is_broken and self.guard.scopes.contains(wanted.scope, use.scope)
        ]
        return f"still broken: {', '.join(broken)}" if broken else ""

    def _written(
        self,
        entry: RiskArmed,
        seen: Seen | None,
        answer: Future[Armed],
        done: Callable[[RiskArmed], object],
        _: None,
    ) -> None:
        """Bring it into force, unless somebody has halted since it was wanted."""
        if self.halt_file.seen() != seen:
            self._overtaken = "it was halted again meanwhile"
        if self._overtaken:
            self._refuse(answer, self._overtaken)
            return
        if entry.scope == SYSTEM:
            try:
                self.halt_file.remove()
            except OSError as error:
                self._refuse(answer, f"the halt file can't be taken away: {error}")
                return
        self.guard.arm(entry)
        self.signs.begin_anew(entry.time)
        self.memory.pace.intents.clear()
        done(entry)
        answer.settle(Armed())

    def _refuse(self, answer: Future[Armed], why: object) -> None:
        """Refuse, and have the journal end as strict as things are.

        It may hold what was wanted, or come to hold it yet.
        """
        if isinstance(why, BaseException):
            why = f"it can't be written down: {why}"
        for state in self.memory.states.tightened():
            if self.writer is not None:
                self.writer.keep(state.entry())
        answer.settle(Armed(refused=str(why)))
