"""Grows the whole tree from one configuration, and runs it to its end."""

import faulthandler
import math
import os
import queue
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pykka

from .actors.books import book_trouble, close_books, places_that_know
from .actors.market_choice import with_market
from .actors.market_data import RecordedFeed
from .actors.order_control import OrderControl
from .actors.recording import BadFrame
from .actors.risk_control import RiskControl
from .config import Configuration, budgets, build, load
from .supervision.event_journal import EventJournal
from .supervision.event_store import EventStore, JournalUnusable
from .supervision.faults import CrashPlan
from .supervision.runtime.future import Future
from .supervision.runtime.randomness import Randomness
from .supervision.shutdown import Shutdown
from .supervision.simulation.runner import Simulation
from .supervision.specs import (
    TOP,
    UNLIMITED,
    AutoShutdown,
    Backoff,
    ChildSpec,
    Restart,
    SupervisorSpec,
)
from .supervision.state_dir import StateDir
from .supervision.system import ActorSystem, StartFailed
from .supervision.tree_end import TreeEnd
from .web.server import WebServer

OK = 0
FAILED = 1
INPUT_DAMAGED = 66
ESCALATED = 70
JOURNAL_TROUBLE = 73

WEB = "/system/web"

BAD_FRAME = "bad frame"
"""The reason of a dead letter that is a line of a recording which says nothing."""

ANSWER_WITHIN = 5.0
"""Seconds for an actor to tell its facts at the end."""

LAST_WAIT = 2.0
TICK = 0.5


class RunRefused(Exception):
    """What was asked for is not done in this environment."""

    exit_code: ClassVar[int] = 77


@attrs.frozen(kw_only=True)
class RunOptions:
    """What the command line asks of a run, beside the configuration.

    `speed` is "max" or a factor of real time, `duration` seconds of market time;
    `crashes` are paths and how many crashes go round them.
    """

    replay: tuple[str, ...] = ()
    speed: float | str | None = None
    duration: float | None = None
    crashes: tuple[tuple[str, ...], int] = ((), 0)


class Application:
    """One system with all that belongs to it, from start to summary.

    Only the thread that calls `run` waits here; everything else reaches it as a word in
    one queue, so that signals, ends and deadlines are all met in the same place.
    """

    _SIGNAL: ClassVar[str] = "signal"

    def __init__(
        self, configuration: Configuration, options: RunOptions, state_dir: StateDir
    ) -> None:
        settings = configuration.settings
        self.options = options
        self.settings = settings
        self._redact = configuration.redactor.redact
        self._state_dir = state_dir
        self._words: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._heard: set[object] = set()
        self._signals = 0
        tree = with_market(
            build(settings),
            files=options.replay,
            speed=options.speed,
            duration=options.duration,
        )
        with closing(self._store()) as store:
            self._run_number = store.next_run()
        self.system = ActorSystem(
            self._with_operations(tree),
            randomness=Randomness(settings.seed),
            redact=self._redact,
            budgets=budgets(settings),
            max_leaked_threads=settings.watchdog.leaked_threads,
            state_dir=state_dir.path,
        )
        paths, count = options.crashes
        random = self.system.randomness.stream("crash plan")
        self._plan = CrashPlan(self.system, paths, count, random=random)
        self._tree_path = f"/{tree.id}"
        # Asked at the end. What brings work in has ended by then, and has said all.
        self._places_that_know = places_that_know(self.system, self._tree_path)

    def stop(self) -> None:
        """Begin to stop; a second call hurries. May be called by a signal handler."""
        self._words.put(self._SIGNAL)

    def run(
        self, on_started: Callable[[], None], on_tick: Callable[[], None]
    ) -> dict[str, Any]:
        """Start everything, wait for an end, stop in phases, and return the summary.

        `on_tick` is called every `TICK` seconds in between.

        Raises:
            StartFailed: the tree did not come up; everything is stopped again.

        """
        system = self.system
        ended = self._said(system.ended)
        trading = TreeEnd(system, self._tree_path, self._words.put)
        system.events.subscribe(trading.heard)
        try:
            started = self._said(system.start())
            self._wait_for(started)
            if started.done:
                started.result()
                on_started()
            while not (self._signals or self._wait_for(trading, ended, timeout=TICK)):
                on_tick()
            summary = self._shut_down(trading)
        except StartFailed as error:
            told = self._redact(error.reason.detail)
            raise StartFailed(attrs.evolve(error.reason, detail=told)) from None
        finally:
            self._make_it_end()
            system.close()
            faulthandler.cancel_dump_traceback_later()
            trouble = self._journal_the_rest()
        exit_code = summary["exit"] or (JOURNAL_TROUBLE if trouble else OK)
        return {**summary, "journal_trouble": trouble, "exit": exit_code}

    @property
    def port(self) -> int | None:
        """The TCP port of the web server, once it runs; None without one."""
        port: int | None = self.system.cell(WEB).snapshot
        return port

    def progress(self) -> int:
        """Return how many lines of recordings have been said."""
        feeds = [
            cell.snapshot
            for cell in self.system.cells()
            if issubclass(cell.actor_class, RecordedFeed)
        ]
        return sum(sum(place.lines.values()) for place in feeds if place is not None)

    # -- inside --

    def _with_operations(self, tree: SupervisorSpec) -> SupervisorSpec:
        """Put the user's tree beside what serves the operator, under one top.

        The operations branch never gives up and never takes trading down; the user's
        tree ends everything when it ends, for whatever reason.
        """
        settings = self.settings
        journal = ChildSpec(
            id="journal",
            start=EventJournal,
            args={
                "path": str(self._state_dir.events),
                "run": self._run_number,
                "limit": settings.journal.limit,
            },
            dispatcher="pinned",
        )
        web = ChildSpec(
            id="web",
            start=WebServer,
            args={
                "control": str(self._state_dir.control),
                "environment": str(settings.environment),
                "port": settings.web.port,
                "redact": self._redact,
                "risk": RiskControl,
                "books": OrderControl,
            },
            dispatcher="pinned",
        )
        operations = SupervisorSpec(
            id="system",
            children=(journal, web),
            intensity=UNLIMITED,
            backoff=Backoff(maximum=30.0),
        )
        trading = attrs.evolve(tree, restart=Restart.TEMPORARY, significant=True)
        return SupervisorSpec(
            id=TOP,
            children=(operations, trading),
            intensity=UNLIMITED,
            backoff=Backoff(maximum=30.0),
            auto_shutdown=AutoShutdown.ANY_SIGNIFICANT,
        )

    def _said(self, future: Future[Any]) -> Future[Any]:
        """Have a future say itself in the queue of words when it is done."""
        future.add_done_callback(self._words.put)
        return future

    def _wait_for(self, *ends: object, timeout: float = math.inf) -> bool:
        """Wait for one of these words; False if a signal or the time came first.

        What nobody waits for yet is remembered: a market may end before all is up. It
        wakes up now and then, because Python does not notice a signal that comes just
        before it begins to wait.
        """
        clock = self.system.clock
        until = clock.now() + timeout
        while not self._heard.intersection(ends):
            self._say_alive()
            left = max(0.0, until - clock.now())
            try:
                word = self._words.get(timeout=min(left, TICK))
            except queue.Empty:
                if left <= TICK:
                    return False
                continue
            if word is self._SIGNAL:
                self._signals += 1
                return False
            self._heard.add(word)
        return True

    def _say_alive(self) -> None:
        """Have the process end unless this is said again in time.

        Whoever keeps Python from running anything else stops its watchdog too; this
        one waits outside of Python.
        """
        limit = self.settings.watchdog.frozen_after
        if limit is not None:
            faulthandler.dump_traceback_later(limit, exit=True)

    def _shut_down(self, trading: TreeEnd) -> dict[str, Any]:
        system, settings = self.system, self.settings.shutdown
        was_told = self._signals > 0
        reserve = min(LAST_WAIT, settings.total / 2)
        shutdown = Shutdown.within(system, settings.total - reserve)
        self._plan.disarm()
        if not system.ended.done:
            self._phase(shutdown.stop_intake(), shutdown.left())
            self._phase(shutdown.drain(), min(settings.drain, shutdown.left()))
        patience = min(ANSWER_WITHIN, shutdown.left()) if self._signals < 2 else TICK
        summary = close_books(self._places_that_know, patience)
        self._phase(shutdown.stop_tree(), shutdown.left())
        self._make_it_end()
        return self._judged(summary, trading.abnormal_end, was_told=was_told)

    def _make_it_end(self) -> None:
        """Stop at once what has not stopped; kill what does not even do that."""
        try:
            self.system.stop(0.0).get(timeout=LAST_WAIT)
        except pykka.Timeout:
            self.system.kill()

    def _phase(self, done: Future[Any], limit: float) -> None:
        """Wait for the end of a phase, unless somebody asked a second time to stop."""
        clock = self.system.clock
        until = clock.now() + limit
        self._said(done)
        while self._signals < 2 and (left := until - clock.now()) > 0:
            if self._wait_for(done, self.system.ended, timeout=left):
                return

    def _judged(
        self, books: dict[str, Any], abnormal_end: str, *, was_told: bool
    ) -> dict[str, Any]:
        """Complete the summary with what the whole system has been through."""
        ended = self.system.ended.result()
        state = self.system.events.state()
        letters = self.system.dead_letters
        counts = letters.counts()
        whole = not (was_told or abnormal_end or self.options.duration)
        summary = {
            **books,
            "restarts": state.restarts,
            "escalations": state.escalations,
            "killed": state.killed,
            "dead_letters": letters.count(),
            "dead_letter_reasons": [
                f"{path}: {count} {why}" for (path, why), count in counts.items()
            ],
            "bad_frames": sum(n for (_, why), n in counts.items() if why == BAD_FRAME),
            "damage": self._damage(books, whole=whole),
            "crashes_planned": self._plan.planned,
            "crashes_fired": self._plan.fired,
            "events": state.seq,
            "seed": self.system.randomness.seed,
            "ended": self._redact(abnormal_end or str(ended)),
        }
        if abnormal_end or not ended.orderly:
            return {**summary, "exit": ESCALATED}
        return {**summary, "exit": _exit_code(summary, was_told=was_told)}

    def _damage(self, books: Mapping[str, Any], *, whole: bool) -> list[str]:
        """Say what of the input could not be used; `whole`: it was read to its end."""
        newest = [letter.message for letter in self.system.dead_letters.newest()]
        bad = [each for each in newest if isinstance(each, BadFrame)]
        told = [f"{each.path} line {each.line}: {each.detail}" for each in bad[:5]]
        if whole and self.options.replay and books["ticks"] == 0:
            told.append(
                "no trade in the recording is of the market that the strategy trades"
            )
        return told

    def _store(self) -> EventStore:
        return EventStore(self._state_dir.events, limit=self.settings.journal.limit)

    def _journal_the_rest(self) -> str:
        """Write the events that came after the journal's own actor had stopped.

        Return what keeps them from being written, if something does.
        """
        try:
            with closing(self._store()) as store:
                last = store.last_seq(self._run_number)
                store.append(self._run_number, self.system.events.since(last))
        except JournalUnusable as error:
            return str(error)
        return ""


def _exit_code(summary: Mapping[str, Any], *, was_told: bool) -> int:
    """Judge a run that ended in order; `was_told`: because somebody stopped it.

    Who was stopped in the middle of a restart can't answer: that is said, and no
    failure. Who ended by itself has to have answered.
    """
    if summary["damage"] or summary["bad_frames"]:
        return INPUT_DAMAGED
    if summary["reconciled"] is False:
        return FAILED
    missed = summary["crashes_fired"] < summary["crashes_planned"]
    return FAILED if (missed or summary["silent"]) and not was_told else OK


def exit_code_of(error: Exception) -> int:
    """Return the exit code for what kept a system from starting."""
    cause = error.reason.error if isinstance(error, StartFailed) else error
    code: object = getattr(cause, "exit_code", ESCALATED)
    return code if isinstance(code, int) and code else ESCALATED


def refuse_unless_allowed(configuration: Configuration, options: RunOptions) -> None:
    """Check what the options ask against the environment.

    Raises:
        RunRefused: faults in production.

    """
    if options.crashes[1] and configuration.settings.environment == "production":
        raise RunRefused("--crash is refused in production: faults are for tests")


def load_simulation(
    config: Path | None, environment: str | None, duration: float
) -> Simulation:
    """Read a configuration and simulate its tree alone; any process can do that."""
    configuration = load(
        config, environment=environment, environ=os.environ, directory=Path.cwd()
    )
    settings = configuration.settings
    return Simulation(
        spec=build(settings),
        budgets=budgets(settings),
        duration=duration,
        shutdown=settings.shutdown.total,
        judge=book_trouble,
        redact=configuration.redactor.redact,
    )
