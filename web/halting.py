"""Halts the trading of a state directory, from another process: what it takes here.

First comes the halt file, which needs nobody. A system that runs is told as well, from
a thread of its own: it may hang, and nobody must wait for it.
"""

import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import attrs

from ..supervision.halt_file import HaltFile
from ..supervision.runtime.clock import Clock
from ..supervision.state_dir import StateDir
from .client import Client, NoAnswer, NotRunning, Refused

ANSWER_WITHIN = 30.0
CLOSED_WITHIN = 60.0
"""Seconds in which a system halts, or closes what it holds, or says how far it is."""


@attrs.define
class Halting:
    """One halt; `say` gets lines.

    `confirmed` is what the system has said once `wait` is over: whether its exchange
    lists nothing any more; None: no system runs.
    """

    state_dir: StateDir
    say: Callable[[str], object]
    confirmed: bool | None = attrs.field(default=None, init=False)
    _thread: threading.Thread | None = attrs.field(default=None, init=False)

    def begin(self, reason: str, clock: Clock) -> None:
        """Write the halt file, and begin to tell the system.

        A file that can't be written is said, and the rest is done all the same.
        """
        halt = HaltFile(self.state_dir.path)
        try:
            halt.write(reason, time=clock.wall())
            self.say(f"halted: nothing is ordered while {halt.path} is there")
        except OSError as error:
            self.say(f"NOT CONFIRMED: {halt.path} can't be written ({error})")
        self._thread = threading.Thread(
            target=self._tell, args=(reason,), name="holdfast-halt", daemon=True
        )
        self._thread.start()

    def end(self, certain: bool, *, flatten: str = "") -> NoReturn:  # noqa: FBT001 - its one argument
        """Say how it has ended, and exit: with 0 if the exchange has confirmed it.

        What is held in the scope `flatten` is closed first, if there is one.
        """
        done = "nothing is open"
        if certain and flatten:
            certain = self._close(flatten)
            done = "nothing is open, and what was held is closed"
        self.say(f"confirmed: {done}" if certain else "NOT CONFIRMED: look yourself")
        sys.exit(0 if certain else 1)

    def _close(self, scope: str) -> bool:
        try:
            client = Client(self.state_dir, wait=CLOSED_WITHIN)
            told = client.post("/api/v1/risk/flatten", {"scope": scope})
        except (NotRunning, NoAnswer, Refused) as error:
            self.say(f"NOT CONFIRMED: what is held is not closed: {error}")
            return False
        for line in _lines(told):
            self.say(line)
        if told["confirmed"]:
            for symbol, left in told["held"].items():
                self.say(f"{left} of {symbol} are left: less than can be traded")
        return bool(told["confirmed"])

    def wait(self) -> None:
        """Wait for what the system says."""
        if self._thread is not None:
            self._thread.join()

    def halt_part(self, reason: str, scope: str) -> bool:
        """Halt a part of a system that runs; return whether it confirms that.

        Raises:
            NotRunning: no system runs there.
            NoAnswer: it does not say what it does.
            Refused: it answers that it will not.

        """
        client = Client(self.state_dir, wait=ANSWER_WITHIN)
        body = {"reason": reason, "scope": scope}
        told = client.post("/api/v1/risk/halt", body)
        for line in _lines(told):
            self.say(line)
        return bool(told["confirmed"])

    def _tell(self, reason: str) -> None:
        client = Client(self.state_dir, wait=ANSWER_WITHIN)
        try:
            client.get("/livez")  # whoever hangs is found out sooner
            told = client.post("/api/v1/risk/halt", {"reason": reason})
        except NotRunning:
            self.say(f"no system runs in {self.state_dir.path}")
            return
        except (NoAnswer, Refused) as error:
            self.confirmed = False
            self.say(f"NOT CONFIRMED: {error}")
            return
        self.confirmed = bool(told["confirmed"])
        for line in _lines(told):
            self.say(line)


def _lines(told: Mapping[str, Any]) -> list[str]:
    ended = [
        f"{each['client_order_id']} {each['status']} ({each['side']}"
        f" {each['quantity']} {each['symbol']}, {each['filled']} filled)"
        for each in told["ended"]
    ]
    still_open = [f"NOT CONFIRMED {name} may be open" for name in told["open"]]
    return [*ended, *still_open, *(f"NOT CONFIRMED: {t}" for t in told["trouble"])]
