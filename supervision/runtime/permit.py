"""Leave to act on the world outside, bound to one incarnation: no zombie has it.

A hung call can come back after its actor has been replaced. Messages and replies of
such a zombie are void by themselves; what else it does has to pass a permit first.
"""

import enum
from typing import Protocol


class Holder(Protocol):
    """Whoever a permit is bound to."""

    ended: bool


class PermitScope(enum.StrEnum):
    """What a permit is good for; drain and halt narrow it."""

    ALL = "all"
    REDUCE_AND_CANCEL = "reduce_and_cancel"


class PermitVoid(Exception):
    """Nothing may be done with this permit, or not this."""

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        super().__init__(f"{path} may not act: {why}")


class Permit:
    """Check it immediately before each effect, on the thread that has the effect."""

    __slots__ = ("_holder", "_path", "_scope", "_why_void")

    def __init__(self, path: str, holder: Holder) -> None:
        self._path = path
        self._holder = holder
        self._scope = PermitScope.ALL
        self._why_void = ""

    @property
    def scope(self) -> PermitScope:
        """What it is good for, while it is not void."""
        return self._scope

    def narrow(self) -> None:
        """Allow from now on only what cancels and reduces."""
        self._scope = PermitScope.REDUCE_AND_CANCEL

    def revoke(self, why: str) -> None:
        """Allow nothing any more; the first reason stays."""
        self._why_void = self._why_void or why

    def check(self, *, reduces: bool = False) -> None:
        """Return if the effect is allowed; `reduces`: it only cancels or reduces.

        Raises:
            PermitVoid: it is not.

        """
        if self._holder.ended:
            raise PermitVoid(self._path, "this incarnation has been ended")
        if self._why_void:
            raise PermitVoid(self._path, self._why_void)
        if self._scope is PermitScope.REDUCE_AND_CANCEL and not reduces:
            raise PermitVoid(self._path, "it may only cancel and reduce now")
