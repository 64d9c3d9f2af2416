"""What is said of an incarnation that has ended to those who watch it or are linked."""

import attrs

from .exit_reason import ExitKind, ExitReason

NOBODY = ExitReason(ExitKind.NOPROC, "nobody lives there")


@attrs.frozen
class Down:
    """Said once for each watch: this incarnation is over, and cleaned up (OTP: DOWN).

    Where nobody lived when the watch began, `incarnation` is 0 and the kind of `reason`
    is `noproc`. So it is, with the number, if it ended at that very moment.
    """

    path: str
    incarnation: int
    reason: ExitReason


@attrs.frozen
class LinkDown(Down):
    """Said to an actor that traps exits: a link's other end is over (OTP: EXIT)."""


class LinkedExit(Exception):
    """Ends an actor because one that it is linked with has ended, and not in order.

    It names the one that was first, also if others were linked in between (OTP: the
    reason is passed on as it is).
    """

    def __init__(self, path: str, incarnation: int, reason: ExitReason) -> None:
        self.path = path
        self.incarnation = incarnation
        self.reason = reason
        who = f"{path} (incarnation {incarnation}) ended" if incarnation else path
        super().__init__(f"{who}: {reason}")


def passed_on(path: str, incarnation: int, reason: ExitReason) -> LinkedExit:
    """Return what an ending does to whoever is linked with this incarnation."""
    first = reason.error
    if isinstance(first, LinkedExit):
        return LinkedExit(first.path, first.incarnation, first.reason)
    return LinkedExit(path, incarnation, reason)
