"""What a breaker may be told, with its defaults, and what makes no sense."""

import math
from collections.abc import Callable, Mapping
from typing import Any, cast

import attrs

LANES = ("new", "cancel", "query", "data")
MOST_BUCKETS = 1000

Check = Callable[[object, "attrs.Attribute[Any]", object], None]


def _fails(name: str, needed: str, value: object) -> ValueError:
    return ValueError(f"{name} must be {needed}, was {value!r}")


def _is_number(value: object) -> bool:
    is_plain = isinstance(value, int | float) and not isinstance(value, bool)
    return is_plain and math.isfinite(value)  # type: ignore[arg-type] # it is plain


def _seconds(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if not _is_number(value) or not value > 0:  # type: ignore[operator] # it is a number
        raise _fails(field.name, "a number of seconds above 0", value)


def _rate(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if not _is_number(value) or not 0 < value <= 1:  # type: ignore[operator] # the same
        raise _fails(field.name, "a share above 0 and at most 1", value)


def _spread(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if not _is_number(value) or not 0 <= value < 1:  # type: ignore[operator] # the same
        raise _fails(field.name, "a share of at least 0 and below 1", value)


def _not_negative(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if not _is_number(value) or not value >= 0:  # type: ignore[operator] # the same
        raise _fails(field.name, "a number of at least 0", value)


def _count(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _fails(field.name, "a whole number of at least 1", value)


def _queue(_: object, field: "attrs.Attribute[Any]", value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _fails(field.name, "a whole number of at least 0", value)


def _optional(check: Check) -> Check:
    def checked(settings: object, field: "attrs.Attribute[Any]", value: object) -> None:
        if value is not None:
            check(settings, field, value)

    return checked


@attrs.frozen(kw_only=True)
class LaneSettings:
    """How many calls of a lane are under way at once, and how many may wait."""

    concurrency: int = attrs.field(validator=_count)
    queue: int = attrs.field(validator=_queue)


DEFAULT_LANES: Mapping[str, LaneSettings] = {
    "new": LaneSettings(concurrency=4, queue=16),
    "cancel": LaneSettings(concurrency=2, queue=64),
    "query": LaneSettings(concurrency=2, queue=16),
    "data": LaneSettings(concurrency=2, queue=32),
}


def _lanes(given: object) -> Mapping[str, LaneSettings]:
    """Read lanes as JSON says them; what is left out is as by default."""
    if not isinstance(given, Mapping):
        raise _fails("lanes", "an object with a part for each lane", given)
    named = cast("Mapping[str, object]", given)
    return {
        **DEFAULT_LANES,
        **{name: _lane(name, each) for name, each in named.items()},
    }


def _lane(name: str, given: object) -> LaneSettings:
    if name not in LANES:
        raise ValueError(f"there is no lane {name!r}: there are {', '.join(LANES)}")
    if isinstance(given, LaneSettings):
        return given
    default = DEFAULT_LANES[name]
    fields = {"concurrency", "queue"}
    part = cast("dict[str, Any]", given)
    if not isinstance(given, dict) or set(part) - fields:
        raise ValueError(
            f'lane {name!r} must be {{"concurrency": {default.concurrency}, "queue":'
            f" {default.queue}}} or a part of that, was {given!r}"
        )
    try:
        return attrs.evolve(default, **part)
    except ValueError as error:
        raise ValueError(f"lane {name!r}: {error}") from None


@attrs.frozen(kw_only=True)
class BreakerSettings:
    """When it opens, for how long, how it tries again; times are seconds.

    It opens when, of at least `minimum_volume` calls within `window`, `failure_rate`
    have failed or `slow_rate` took longer than `slow_call`, or when `consecutive`
    (None: any number) failed in a row. It stays open for `first_open`, doubled each
    time up to `longest_open`, spread by `jitter`; one doubling is forgotten for each
    `healthy` seconds of being closed. Then `permits` calls at a time are tried until
    `needed` were good; one that takes longer than `dwell` (None: twice `timeout`) has
    failed.

    A call ends within `timeout`, its wait in the lane included. `unresolved` changing
    calls with an unknown outcome hold new ones until they are reconciled. While it is
    open, `side_budget` calls a second pass of what is less harmful than a new order.
    """

    window: float = attrs.field(default=30.0, validator=_seconds)
    buckets: int = attrs.field(default=10, validator=_count)
    minimum_volume: int = attrs.field(default=10, validator=_count)
    failure_rate: float = attrs.field(default=0.5, validator=_rate)
    slow_call: float = attrs.field(default=2.0, validator=_seconds)
    slow_rate: float = attrs.field(default=0.8, validator=_rate)
    consecutive: int | None = attrs.field(default=5, validator=_optional(_count))
    first_open: float = attrs.field(default=5.0, validator=_seconds)
    longest_open: float = attrs.field(default=120.0, validator=_seconds)
    jitter: float = attrs.field(default=0.1, validator=_spread)
    healthy: float = attrs.field(default=60.0, validator=_seconds)
    permits: int = attrs.field(default=1, validator=_count)
    needed: int = attrs.field(default=3, validator=_count)
    timeout: float = attrs.field(default=4.0, validator=_seconds)
    dwell: float | None = attrs.field(default=None, validator=_optional(_seconds))
    unresolved: int = attrs.field(default=1, validator=_count)
    side_budget: float = attrs.field(default=1.0, validator=_not_negative)
    lanes: Mapping[str, LaneSettings] = attrs.field(
        factory=dict[str, LaneSettings], converter=_lanes
    )

    def __attrs_post_init__(self) -> None:
        """Refuse settings that are fine one by one, but not together."""
        if self.longest_open < self.first_open:
            raise ValueError(
                f"longest_open ({self.longest_open:g} s) must be at least first_open"
                f" ({self.first_open:g} s)"
            )
        if self.buckets > MOST_BUCKETS:
            raise _fails("buckets", f"at most {MOST_BUCKETS}", self.buckets)
        if self.minimum_volume > self.reachable_volume:
            raise ValueError(
                f"minimum_volume ({self.minimum_volume}) is never reached when every"
                f" call hangs: then only {self.reachable_volume} end within a window of"
                f" {self.window:g} s; lower it or `timeout`, or widen the window"
            )

    @property
    def dwell_limit(self) -> float:
        """Seconds after which a trial has failed."""
        return 2 * self.timeout if self.dwell is None else self.dwell

    @property
    def reachable_volume(self) -> int:
        """How many calls end in a window if each hangs until its timeout."""
        at_once = sum(each.concurrency for each in self.lanes.values())
        return int(self.window / self.timeout * at_once)
