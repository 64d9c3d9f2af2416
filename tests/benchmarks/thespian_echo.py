"""An echo for Thespian, which imports it by name in a process of its own."""

import importlib
from typing import Any

actors: Any = importlib.import_module("thespian.actors")


class Echo(actors.Actor):  # type: ignore[misc] # Thespian has no types
    """Answers with the message."""

    def receiveMessage(self, message: Any, sender: Any) -> None:  # noqa: N802 - Thespian's
        if isinstance(message, int):
            self.send(sender, message)
