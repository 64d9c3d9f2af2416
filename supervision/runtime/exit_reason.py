"""How an incarnation ended, in the one report that its supervisor gets."""

import enum

import attrs


class ExitKind(enum.StrEnum):
    """The endings; the first three are the orderly ones (OTP)."""

    NORMAL = "normal"
    SHUTDOWN = "shutdown"
    IGNORED = "ignored"
    CRASHED = "crashed"
    START_FAILED = "start_failed"
    CLEANUP_FAILED = "cleanup_failed"
    SPAWN_ERROR = "spawn_error"
    KILLED = "killed"
    HUNG = "hung"
    ESCALATED = "escalated"
    NOPROC = "noproc"  # no ending: nobody lived there (OTP's word)


ORDERLY = frozenset({ExitKind.NORMAL, ExitKind.SHUTDOWN, ExitKind.IGNORED})


@attrs.frozen
class ExitReason:
    """What ended an incarnation; `error` is the exception, where there was one."""

    kind: ExitKind
    detail: str = ""
    error: BaseException | None = attrs.field(default=None, eq=False, repr=False)

    @classmethod
    def of(cls, kind: ExitKind, error: BaseException) -> "ExitReason":
        """Describe an ending by the exception that caused it.

        An exception that knows its `exit_code` is a sentence for people already.
        """
        try:
            text = str(error)
        except Exception:  # noqa: BLE001 - an exception may be broken itself
            text = "its message can't be shown"
        name = type(error).__name__
        if text and hasattr(error, "exit_code"):
            return cls(kind, text, error)
        return cls(kind, f"{name}: {text}" if text else name, error)

    def after_failed_clean_up(self, error: BaseException) -> "ExitReason":
        """Return how it ended when its last hook raised: a crash remains a crash."""
        return ExitReason.of(ExitKind.CLEANUP_FAILED, error) if self.orderly else self

    @property
    def orderly(self) -> bool:
        """Whether a transient child that ended so is left stopped."""
        return self.kind in ORDERLY

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else str(self.kind)


NORMAL = ExitReason(ExitKind.NORMAL)
SHUTDOWN = ExitReason(ExitKind.SHUTDOWN)


class Ignore(Exception):
    """Raised from `__init__` or `on_start`: this actor has nothing to do here.

    That is no failure (OTP: `ignore`): nothing is restarted, no hook is called, and its
    siblings go on. Say why in a few words; the supervisor's events tell it.
    """


class ActorCrashed(Exception):
    """The actor ended while it handled this message: the outcome is unknown."""

    def __init__(self, path: str, incarnation: int, reason: str) -> None:
        self.path = path
        self.incarnation = incarnation
        super().__init__(
            f"{path} (incarnation {incarnation}) ended while it handled the message:"
            f" {reason}; its outcome is unknown"
        )
