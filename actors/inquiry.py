"""When to ask for an order whose outcome is unknown, and what silence proves: pure.

A venue that denies an order has proved nothing as long as the request may still arrive
or the order may not be visible yet. Only after the request must have expired, and some
time more for clocks that differ and books that lag, does it count; and then twice.
Time is counted from the beginning of the inquiry, never read off a wall that may step.
"""

import attrs
from attrs import validators as must

from ..supervision.waits import grown


@attrs.frozen(kw_only=True)
class InquirySettings:
    """Times are seconds.

    `first` to `longest`: between two questions, doubling. `margin`: after the expiry of
    the request, until a denial counts: clocks that differ, orders that are not visible
    yet. `denials` of them, `apart` seconds from one to the next, are proof. After
    `alarm_after` without any proof somebody has to look.
    """

    first: float = attrs.field(default=0.2, validator=must.gt(0))
    longest: float = attrs.field(default=5.0, validator=must.gt(0))
    margin: float = attrs.field(default=2.5, validator=must.ge(0))
    denials: int = attrs.field(default=2, validator=must.ge(1))
    apart: float = attrs.field(default=1.0, validator=must.ge(0))
    alarm_after: float = attrs.field(default=30.0, validator=must.gt(0))


@attrs.define
class Inquiry:
    """What has been asked about one order; times are those of the clock.

    `lifetime`: seconds after which the venue refuses a request that was sent before
    `began_at`.
    """

    settings: InquirySettings
    began_at: float
    lifetime: float
    is_alarmed: bool = attrs.field(default=False, init=False)
    _asked: int = attrs.field(default=0, init=False)
    _denials: int = attrs.field(default=0, init=False)
    _last_denial: float = attrs.field(default=0.0, init=False)

    def wait(self, now: float) -> float:
        """Return in how many seconds to ask next; the first time at once."""
        settings = self.settings
        if self._asked == 0:
            return 0.0
        wait = grown(settings.first, settings.longest, self._asked - 1)
        counts_from = self._counts_from
        if self._denials:
            counts_from = self._last_denial + settings.apart
        if now + wait > counts_from > now:
            return counts_from - now
        return wait

    def asked(self) -> None:
        """Take note of a question."""
        self._asked += 1

    def denied(self, asked_at: float) -> bool:
        """Take note that the venue denies it; True: so the order never arrived."""
        settings = self.settings
        if asked_at < self._counts_from:
            return False
        if self._denials and asked_at < self._last_denial + settings.apart:
            return False
        self._denials += 1
        self._last_denial = asked_at
        return self._denials >= settings.denials

    @property
    def _counts_from(self) -> float:
        return self.began_at + self.lifetime + self.settings.margin

    def is_overdue(self, now: float) -> bool:
        """Say once that it takes too long."""
        if self.is_alarmed or now - self.began_at < self.settings.alarm_after:
            return False
        self.is_alarmed = True
        return True
