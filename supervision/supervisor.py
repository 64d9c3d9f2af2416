"""Starts children in order, stops them in reverse, restarts them, and gives up.

Everything here is one actor that never blocks and never asks: children report
`BecameReady` and `Exited`, timers come back as turns, and after each of them `_advance`
takes whatever next steps the children allow. So it answers commands in every state,
also while a child takes long to start or is restarted again and again.

| the failed child is | ended normal, shutdown | ended otherwise |
|---|---|---|
| permanent | restarted | restarted |
| transient | left stopped | restarted |
| temporary | forgotten | forgotten |

Whoever declined to start (`Ignore`) has not failed: it is left stopped, or forgotten.
With a failed one are restarted: nobody (one_for_one), all (one_for_all), those started
after it (rest_for_one), but none that is stopped. A failed start counts like any
failure, except at the first start: then the supervisor itself has failed to start. More
than `intensity` restarts in `period` seconds end the supervisor, and its own supervisor
decides (OTP: supervisor).
"""

import math
from typing import Any, ClassVar

import attrs

from . import commands
from .child_steps import ChildSteps
from .children import DOWN, STARTING, STOPPING, UP, Child, Children
from .commands import ChildError, ChildState, Refusal
from .events import TERMINATED, Decision, EventKind
from .failures import Directive
from .refusals import check_new, check_unwanted, named
from .restart import (
    RestartWindow,
    affected,
    backoff_of,
    delay,
    directive,
    is_restarted,
    next_attempt,
    shuts_down,
)
from .runtime.actor import Actor
from .runtime.cell import BecameReady, Exited
from .runtime.exit_reason import SHUTDOWN, ExitKind, ExitReason
from .runtime.future import Future
from .runtime.reference import Ref
from .specs import Strategy, SupervisorSpec

_IN_ORDER = (Strategy.ONE_FOR_ALL, Strategy.REST_FOR_ONE)


class Supervisor(Actor):
    """See the module."""

    replies_with: ClassVar[tuple[type[Exception], ...]] = (ChildError,)
    says_ready: ClassVar[bool] = True
    traps_exits: ClassVar[bool] = True

    def __init__(self, spec: SupervisorSpec) -> None:
        self._spec = spec
        self._simple = spec.strategy is Strategy.SIMPLE_ONE_FOR_ONE
        self._children = Children(spec.strategy)
        self._steps = ChildSteps(self, self._children)
        self._window = RestartWindow(spec.intensity, spec.period)
        self._chance = self.random("backoff", self.incarnation)
        self._closing: ExitReason | None = None
        self._stop_by = math.inf

    def on_start(self) -> None:
        """Start the children, one after the other."""
        self.system.keep_below(self.me.cell, self._spec)
        if not self._simple:
            for spec in self._spec.children:
                self._steps.adopt(spec, spec.id)
        self._advance()

    def on_receive(self, message: Any) -> Any:
        """Hear what became of the children, and obey commands."""
        match message:
            case BecameReady():
                if (child := self._who(message)) is not None:
                    self._on_ready(child)
                    self._advance()
            case Exited():
                if (child := self._who(message)) is not None:
                    self._on_exited(child, message.reason)
                    self._advance()
                else:
                    self.system.exited_unheard(message)
            case commands.WhichChildren():
                return tuple(child.info() for child in self._children)
            case commands.CountChildren():
                counts = self._children.counts()
                return attrs.evolve(counts, specs=1) if self._simple else counts
            case commands.WhichChild():
                return self._named(message.id).info()
            case commands.GetChildSpec():
                return self._named(message.id).spec
            case _:
                return self._obey(message)
        return None

    def ending(self, reason: ExitReason, deadline: float | None) -> bool:
        """Stop all children first; a second call can only shorten the time."""
        if deadline is not None:
            self._stop_by = min(deadline, self._stop_by)
        self._close(reason)
        for child in self._children.alive():
            if child.state is STOPPING:
                self._steps.hurry(child, self._stop_by)
        self._stop_next()
        return not self._children.running

    # -- what children report --

    def _who(self, report: BecameReady | Exited) -> Child | None:
        """Return the child that says this; None for the last word of a predecessor."""
        child = self._children.at(report.cell)
        if child is None or child.is_down:
            return None
        return child if child.cell.incarnation == report.incarnation else None

    def _on_ready(self, child: Child) -> None:
        if child.state is not STARTING:
            return
        child.cancel_timers()
        child.state = UP
        child.has_run = True
        child.ready_at = self.clock.now()
        self._steps.tell_of(child, EventKind.READY)
        child.cause_seq = 0
        child.answer_start(child.cell.ref)

    def _on_exited(self, child: Child, reason: ExitReason) -> None:
        before = child.state
        child.cancel_timers()
        child.state = DOWN
        if self._closing is not None:
            self._steps.tell_of_exit(child, reason, Decision.SHUT_DOWN)
        elif not child.wanted:
            child.condemned = False
            self._leave_stopped(child, reason)
        elif child.condemned:
            self._down_with_sibling(child, reason)
        elif reason.kind is ExitKind.IGNORED:
            child.answer_start(None)
            self._leave_stopped(child, reason)
        elif child.starting is not None:
            self._start_failed(child, reason)
        elif self._boot_fails_with(child, reason):
            self._boot_failed(child, reason)
        else:
            self._failed(child, reason, before)
        for waiting in child.stopping:
            waiting.settle(None)
        child.stopping = ()

    def _down_with_sibling(self, child: Child, reason: ExitReason) -> None:
        child.condemned = False
        if child.is_temporary and child.starting is None:
            self._leave_stopped(child, reason)
        else:
            self._steps.tell_of_exit(child, reason, Decision.RESTART_WITH_SIBLING)

    def _start_failed(self, child: Child, reason: ExitReason) -> None:
        """Tell who wanted this start that it failed; it may be tried again."""
        if child.if_start_fails is Decision.RESTART:
            child.refuse_start(Refusal.START_FAILED, str(reason))
            self._failed(child, reason, STARTING)
        else:
            forget = child.if_start_fails is Decision.FORGET
            self._leave_stopped(child, reason, forget=forget)

    def _boot_fails_with(self, child: Child, reason: ExitReason) -> bool:
        """Say whether this supervisor has failed to start because a child has.

        Where it is started again, a network or a wrong key is no fault of its own: who
        starts it would only try the same once more.
        """
        if self._children.booted or child.has_run:
            return False
        return self.incarnation == 1 or directive(child.spec, reason) == Directive()

    def _boot_failed(self, child: Child, reason: ExitReason) -> None:
        self._steps.tell_of_exit(child, reason, Decision.ESCALATE)
        told = reason.detail if reason.kind is ExitKind.START_FAILED else str(reason)
        if not told.startswith("/"):
            told = f"{child.cell.path}: {told}"
        self._close(ExitReason(ExitKind.START_FAILED, told, reason.error))

    def _failed(self, child: Child, reason: ExitReason, before: ChildState) -> None:
        helps = directive(child.spec, reason)
        if not (helps.restarts and is_restarted(child.spec.restart, reason)):
            self._leave_stopped(child, reason)
            self._auto_shutdown(child)
        elif not helps.counts or self._window.add(self.clock.now()):
            self._restart(child, reason, before, helps)
        else:
            self._give_up(child, reason)

    def _restart(
        self, child: Child, reason: ExitReason, before: ChildState, helps: Directive
    ) -> None:
        decision = Decision.RESTART if helps.counts else Decision.RETRY
        seq = self._steps.tell_of_exit(child, reason, decision)
        child.cause_seq = seq
        self._condemn_with(child, seq)
        backoff = backoff_of(child.spec, self._spec, helps)
        ran_for = self.clock.now() - child.ready_at if before is UP else 0.0
        attempt = next_attempt(backoff, child.attempt, ran_for)
        wait = max(helps.wait, delay(backoff, attempt, self._chance))
        child.attempt = attempt + 1
        if wait > 0:
            told = f"{wait:.3f} s before attempt {child.attempt}"
            self._steps.back_off(child, wait, told, self._advance)

    def _give_up(self, child: Child, reason: ExitReason) -> None:
        seq = self._steps.tell_of_exit(child, reason, Decision.ESCALATE)
        told = (
            f"more than {self._spec.intensity} restarts in {self._spec.period:g} s,"
            f" last {child.cell.path}: {reason}"
        )
        self.system.events.emit(
            EventKind.ESCALATED,
            self.path,
            incarnation=self.incarnation,
            reason=told,
            cause_seq=seq,
        )
        self._close(ExitReason(ExitKind.ESCALATED, told, reason.error))

    def _auto_shutdown(self, child: Child) -> None:
        others = self._children.wanted_significant > 0
        if child.spec.significant and shuts_down(
            self._spec.auto_shutdown, ended_by_itself=True, others_run=others
        ):
            self._close(attrs.evolve(SHUTDOWN, detail=f"{child.cell.path} ended"))

    def _leave_stopped(
        self, child: Child, reason: ExitReason, *, forget: bool = False
    ) -> None:
        decision = Decision.FORGET if forget else self._decision_about(child)
        self._steps.tell_of_exit(child, reason, decision)
        self._steps.put_away(child, decision, str(reason))

    def _decision_about(self, child: Child) -> Decision:
        """Say what becomes of a child that is not started again."""
        forget = self._simple or child.is_temporary
        return Decision.FORGET if forget else Decision.LEAVE_STOPPED

    # -- next steps --

    def _advance(self) -> None:
        self._stop_next()
        if self._closing is not None:
            if not self._children.running:
                self._life.conclude(self._closing)
            return
        for child in self._children.to_start():
            self._steps.start_in_budget(child, self._advance)
        if not self._children.booted and self._children.all_up():
            self._children.end_boot()
            self.ready()

    def _stop_next(self) -> None:
        for child in self._children.to_stop():
            self._steps.stop(child, self._stop_by)

    def _condemn_with(self, failed: Child, cause_seq: int) -> None:
        for child in reversed(affected(self._spec.strategy, self._children, failed)):
            if child.wanted and not child.is_down:
                child.condemned = True
                child.cause_seq = cause_seq

    # -- the end of this supervisor --

    def _close(self, reason: ExitReason) -> None:
        if self._closing is not None:
            return
        self._closing = reason
        for child in reversed(self._children):
            child.condemned = not child.is_down
            child.cell.expected = False
            child.cancel_delay()
            child.refuse_start(Refusal.SHUTTING_DOWN)

    # -- commands --

    def _obey(self, message: Any) -> Any:
        if self._closing is not None:
            raise ChildError(Refusal.SHUTTING_DOWN, self.path)
        match message:
            case commands.StartChild():
                return self._on_start_child(message)
            case commands.TerminateChild():
                return self._on_terminate_child(self._named(message.id))
            case commands.RestartChild():
                return self._on_restart_child(self._unwanted(message.id))
            case commands.DeleteChild():
                return self._on_delete_child(self._unwanted(message.id))
            case commands.CycleChild():
                return self._on_cycle_child(self._named(message.id), message.reason)
            case _:
                return self.unhandled(message)

    def _named(self, name: str) -> Child:
        return named(self._children.by_id, self.path, name)

    def _unwanted(self, name: str) -> Child:
        """Return a child that was stopped, or is being stopped."""
        if self._simple:
            raise ChildError(Refusal.SIMPLE_ONE_FOR_ONE, self.path)
        return check_unwanted(self._named(name))

    def _on_start_child(self, message: commands.StartChild) -> Future[Ref | None]:
        if self._simple:
            child = self._steps.adopt_instance(self._spec.children[0], message.args)
        else:
            present = self._children.by_id
            spec = check_new(message.spec, present, self._spec, self.path)
            child = self._steps.adopt(spec, spec.id)
        return self._begin(child, if_start_fails=Decision.FORGET)

    def _on_terminate_child(self, child: Child) -> Future[None] | None:
        if child.is_down:
            if child.wanted:
                self._call_off(child)
            return None
        child.wanted = False
        child.condemned = True  # nobody who depends on the order overtakes its end
        gone: Future[None] = Future(target=child.cell)
        child.stopping = (*child.stopping, gone)
        if child.state is not STOPPING:
            child.cause_seq = 0
            self._steps.stop(child, self._stop_by, why=TERMINATED)
        return gone

    def _call_off(self, child: Child) -> None:
        """Do without a start that is due."""
        child.cancel_delay()
        decision = self._decision_about(child)
        why = "terminated before it was started"
        self._steps.tell_of(child, EventKind.COMMANDED, reason=why, decision=decision)
        self._steps.put_away(child, decision, why)
        self._advance()

    def _on_restart_child(self, child: Child) -> Future[Ref | None]:
        child.condemned = not child.is_down  # it is started again once it has ended
        return self._begin(child, if_start_fails=Decision.LEAVE_STOPPED)

    def _on_delete_child(self, child: Child) -> None:
        if not child.is_down:
            raise ChildError(Refusal.RUNNING, child.cell.path, "is still stopping")
        self._steps.remove(child)

    def _on_cycle_child(self, child: Child, reason: str) -> Future[Ref | None]:
        seq = self._steps.tell_of(child, EventKind.COMMANDED, reason=reason)
        child.wanted = True
        self._condemn_with(child, seq)
        child.cancel_delay()
        child.cause_seq = seq
        return self._begin(child, if_start_fails=Decision.RESTART)

    def _begin(self, child: Child, *, if_start_fails: Decision) -> Future[Ref | None]:
        child.wanted = True
        child.if_start_fails = if_start_fails
        child.attempt = 0
        if child.starting is None:
            child.starting = Future(target=child.cell)
        waiting = child.starting
        self._advance()
        return waiting
