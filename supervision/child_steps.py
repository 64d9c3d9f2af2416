"""The steps that a supervisor takes with one child, each told as an event."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import attrs

from .children import STARTING, STOPPING, Child, Children
from .commands import Refusal
from .events import Decision, EventKind
from .runtime.actor import Actor
from .runtime.clock import Timer
from .runtime.exit_reason import SHUTDOWN, ExitKind, ExitReason
from .specs import BRUTAL, ChildSpec, Spec

# Looked up once: in Python 3.11 to find a member is slow.
_STARTING, _STOPPING = EventKind.STARTING, EventKind.STOPPING


@attrs.define
class ChildSteps:
    """Starts, stops and delays children on behalf of a supervisor.

    A timer that fires late, when its child has moved on, does nothing.
    """

    supervisor: Actor
    children: Children
    _instances: int = attrs.field(default=0, init=False)

    def adopt(
        self, spec: Spec, name: str, args: Mapping[str, Any] | None = None
    ) -> Child:
        """Take on a child in the place of this name; `args` instead of the spec's."""
        parent = self.supervisor.me.cell
        cell = self.supervisor.system.place(parent, spec, name, args)
        return self.children.add(Child(spec, cell))

    def adopt_instance(self, template: Spec, args: Mapping[str, Any]) -> Child:
        """Take on one more child made from a template, with arguments of its own."""
        assert isinstance(template, ChildSpec)  # noqa: S101 - SupervisorSpec checks it
        self._instances += 1
        merged = {**template.args, **args} if args else None
        return self.adopt(template, str(self._instances), merged)

    def put_away(self, child: Child, decision: Decision, why: str) -> None:
        """Do without a child that is down: leave it stopped, or forget it."""
        child.wanted = False
        child.cell.close()
        child.refuse_start(Refusal.START_FAILED, why)
        if decision is Decision.FORGET:
            self.remove(child)

    def remove(self, child: Child) -> None:
        """Forget a child and its place."""
        self.children.remove(child)
        self.supervisor.system.remove(child.cell)

    def start(self, child: Child) -> None:
        """Begin an incarnation; it has `start_timeout` seconds to become ready."""
        cell = child.cell
        child.state = STARTING
        cell.expected = True
        number = cell.incarnation + 1
        self.tell_of(child, _STARTING, incarnation=number)
        limit = child.spec.start_timeout
        if limit is not None:
            late = "was not ready within {:g} s"
            self._limit(child, limit, number, ExitKind.START_FAILED, late)
        cell.start()

    def stop(self, child: Child, stop_by: float, why: str = "") -> None:
        """Tell a child to end; killed after its own time or at `stop_by` (clock)."""
        child.cancel_timers()
        child.state = STOPPING
        child.stop_by = math.inf
        self.tell_of(child, _STOPPING, reason=why)
        if child.spec.shutdown == BRUTAL:
            child.cell.kill(ExitReason(ExitKind.KILLED, "brutal shutdown"))
            return
        own = child.spec.shutdown
        if isinstance(own, float | int):
            child.stop_by = self._now() + own
        if not self.hurry(child, stop_by):
            self._stop_in_time(child)

    def hurry(self, child: Child, stop_by: float) -> bool:
        """Shorten the time that a child has to stop; False if that is no shorter."""
        if stop_by >= child.stop_by:
            return False
        child.cancel_timers()
        child.stop_by = stop_by
        self._stop_in_time(child)
        return True

    def start_in_budget(self, child: Child, then: Callable[[], None]) -> None:
        """Start a child, or call `then` when its dependency may bear one more restart.

        Who has never run burdens nobody again.
        """
        dependency = getattr(child.spec, "dependency", None)
        wait = 0.0
        if dependency is not None and child.cell.incarnation > 0:
            wait = self.supervisor.system.budget(dependency).take(self._now())
        if wait > 0:
            told = f"{wait:.3f} s until {dependency} bears one more restart"
            self.back_off(child, wait, told, then)
        else:
            self.start(child)

    def back_off(
        self, child: Child, wait: float, told: str, then: Callable[[], None]
    ) -> None:
        """Call `then` after `wait` seconds, unless the child's timers are cancelled."""

        def waited() -> None:
            if child.delay is timer:
                child.delay = None
                then()

        timer = child.delay = self._after(wait, waited)
        self.tell_of(child, EventKind.BACKING_OFF, reason=told)

    def tell_of(
        self,
        child: Child,
        kind: EventKind,
        *,
        reason: str = "",
        decision: Decision = Decision.NONE,
        incarnation: int = 0,
    ) -> int:
        """Emit an event about a child, caused by what its next step follows from."""
        cell = child.cell
        return cell.system.events.emit(
            kind,
            cell.path,
            incarnation=incarnation or cell.incarnation,
            reason=reason,
            decision=decision,
            cause_seq=child.cause_seq,
        )

    def tell_of_exit(self, child: Child, reason: ExitReason, decision: Decision) -> int:
        """Emit how a child ended and what is made of it."""
        return self.tell_of(
            child, EventKind.EXITED, reason=str(reason), decision=decision
        )

    def _stop_in_time(self, child: Child) -> None:
        if child.stop_by == math.inf:
            child.cell.stop(SHUTDOWN)
            return
        left = max(0.0, child.stop_by - self._now())
        late = "did not stop in time"
        self._limit(child, left, child.cell.incarnation, ExitKind.KILLED, late)
        child.cell.stop(SHUTDOWN, child.stop_by)

    def _limit(
        self, child: Child, seconds: float, number: int, kind: ExitKind, late: str
    ) -> None:
        """Kill this incarnation in `seconds`, unless the timer is cancelled."""

        def overdue() -> None:
            if child.deadline is timer and child.cell.incarnation == number:
                child.cell.kill(ExitReason(kind, late.format(seconds)))

        timer = child.deadline = self._after(seconds, overdue)

    def _now(self) -> float:
        return self.supervisor.clock.now()

    def _after(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Have `call` made as a turn that no injected fault can take away."""
        supervisor = self.supervisor
        life = supervisor.me.cell.life
        due = _nothing if life is None else partial(life.signal, call)
        return supervisor.clock.call_later(seconds, due)


def _nothing() -> None:
    """Do nothing: the supervisor was killed meanwhile."""
