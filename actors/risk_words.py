"""What an operator says to risk and hears from it, and how everything is taken back."""

from collections.abc import Mapping
from decimal import Decimal

import attrs

from .ladder import RiskLevel
from .limit_uses import Use
from .queries import VenueOrder
from .risk_states import SYSTEM, ScopeState
from .updates import WorkingOrder


@attrs.frozen(kw_only=True)
class NotGuarded:
    """Whoever was asked guards nothing of the kind; `scopes` are those it does."""

    scopes: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Halt:
    """Trade no more in this scope; answered by `Halted` once that is certain.

    Whoever does not guard the scope answers `NotGuarded`.
    """

    reason: str
    scope: str = SYSTEM


@attrs.frozen(kw_only=True)
class Halted:
    """What the venue says of the orders that were open.

    `ended` are over, `open` are not, or nobody knows. `trouble` is what keeps it from
    being certain that nothing is open; empty: it is certain.
    """

    ended: tuple[VenueOrder, ...] = ()
    open: tuple[str, ...] = ()
    trouble: str = ""

    def __str__(self) -> str:
        gone = ", ".join(f"{o.client_order_id} {o.status}" for o in self.ended)
        return f"ended: {gone or 'none'}"

    @property
    def is_certain(self) -> bool:
        """Whether the venue has said that nothing is open."""
        return not self.open and not self.trouble


@attrs.frozen(kw_only=True)
class Flatten:
    """Close the positions in this scope, which is halted; answered by `Flattened`.

    Whoever does not guard the scope answers `NotGuarded`.
    """

    scope: str = SYSTEM


@attrs.frozen(kw_only=True)
class Flattened:
    """What has come of it: the orders that are over, and what is held after them.

    `trouble` is why it is over before nothing is left; empty: nothing is, or less than
    a lot.
    """

    symbol: str
    ended: tuple[WorkingOrder, ...] = ()
    left: Decimal
    trouble: str = ""


@attrs.frozen(kw_only=True)
class Arm:
    """Trade again in this scope and all within it; answered by `Armed`.

    Whoever does not guard the scope answers `NotGuarded`.
    """

    reason: str
    scope: str = SYSTEM


@attrs.frozen(kw_only=True)
class Armed:
    """`refused` says why nothing has changed; empty: it is ACTIVE again."""

    refused: str = ""


@attrs.frozen(kw_only=True)
class QueryRisk:
    """Ask risk how it stands; answered by `RiskReport`."""


@attrs.frozen(kw_only=True)
class RiskReport:
    """How it stands with one symbol.

    `level` and `why` are those of the symbol as a whole; `states` are the scopes that
    are not ACTIVE, `limits` those that are watched, `gates` those that are closed, with
    the reason. `halt` is how far a halt has come; None: there is none.
    """

    symbol: str
    level: RiskLevel
    why: str
    states: tuple[ScopeState, ...]
    limits: tuple[Use, ...]
    gates: Mapping[str, str]
    halt: Halted | None


@attrs.frozen(kw_only=True)
class CancelAll:
    """Have execution take back all orders that the venue lists; say it again.

    Answered by `Halted`, from what the venue says afterwards. `names` are client order
    ids that were open before: it tells what became of them.
    """

    reason: str
    names: tuple[str, ...] = ()
