"""What kind of failure ended a child, and so what helps: pure decisions.

A bug is worth a few tries, then somebody above has to decide. A network comes back by
itself, however long it takes. A venue that says "slow down" names the time. A wrong key
stays wrong: trying again only gets it banned.
"""

import enum
from collections.abc import Mapping

import attrs

from .runtime.down import LinkedExit
from .runtime.exit_reason import ExitKind, ExitReason


class FailureClass(enum.StrEnum):
    """What was wrong; an exception class may say so in its `failure_class`."""

    BUG = "bug"
    NETWORK = "network"
    RATE_LIMIT = "rate_limit"
    AUTHENTICATION = "authentication"


@attrs.frozen
class Directive:
    """How to go on after a failure.

    `restarts`: at all. `counts`: towards the intensity; what does not count always
    backs off. `wait`: at least so many seconds.
    """

    restarts: bool = True
    counts: bool = True
    wait: float = 0.0


_OWN_FAILURES = (ExitKind.CRASHED, ExitKind.START_FAILED)


def failure_class(
    reason: ExitReason, named: Mapping[str, FailureClass]
) -> FailureClass:
    """Classify an ending by the exception behind it.

    `named` maps exception classes, as "module:Class", to what they mean; the nearest
    ancestor counts. Without a name, the exception's own `failure_class` counts, then
    that lost connections and timeouts are the network's. Everything else is a bug, and
    so is the end of a supervisor: it has tried what helps already. Whom a link took
    with it has failed as the one that was first.
    """
    error = reason.error
    if isinstance(error, LinkedExit):
        return failure_class(error.reason, named)
    if error is None or reason.kind not in _OWN_FAILURES:
        return FailureClass.BUG
    for kind in type(error).__mro__:
        found = named.get(f"{kind.__module__}:{kind.__qualname__}")
        if found is not None:
            return found
    said = getattr(error, "failure_class", None)
    if isinstance(said, FailureClass):
        return said
    if isinstance(error, ConnectionError | TimeoutError):
        return FailureClass.NETWORK
    return FailureClass.BUG


def what_helps(kind: FailureClass, error: BaseException | None) -> Directive:
    """Return what helps against a failure of this class.

    An exception of a rate limit may say in `retry_after` for how many seconds.
    """
    match kind:
        case FailureClass.BUG:
            return Directive()
        case FailureClass.NETWORK:
            return Directive(counts=False)
        case FailureClass.RATE_LIMIT:
            return Directive(counts=False, wait=_retry_after(error))
        case FailureClass.AUTHENTICATION:
            return Directive(restarts=False)


def _retry_after(error: BaseException | None) -> float:
    if isinstance(error, LinkedExit):
        return _retry_after(error.reason.error)
    said = getattr(error, "retry_after", None)
    if not isinstance(said, int | float) or not said > 0:
        return 0.0
    return min(float(said), _A_DAY)


_A_DAY = 86_400.0
