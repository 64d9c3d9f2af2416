"""What streams have in common: connect, watch, notice the end, connect again.

Each session has a client of its own that is thrown away whole: nothing that ccxt
remembers of a broken connection lives on. However a session ends - an error, a frame
that can't be read, silence, a watcher that was cancelled - it ends, is counted, and a
next one begins.
"""

import asyncio
from abc import abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import aiohttp
from ccxt.base.errors import AuthenticationError  # type: ignore[import-untyped]

from ...supervision.outcome import CallClass, CallFailed, Throttled
from ...supervision.runtime.actor import Actor
from .answers import Incomplete
from .calls import Calls
from .classifier import classify
from .client import Account, VenueClient, WrongAccount, stream_client
from .dials import dials_of
from .host_limits import limits_of
from .markets import Market, markets
from .start_failures import key_refused, starting
from .strict import BadFrame, Terminated
from .venue_clock import VenueClock
from .venues import Venue
from .waiting import pause, within
from .wire import Wire

STEADY = 10.0
"""Seconds after which a session that ends is no failed attempt to connect."""

PING_EVERY = 10.0
"""Seconds between two pings, by which a half-open connection is noticed, at most."""

LOOK_AGAIN = 0.01
"""Seconds that pass at least between two looks for silence."""


class Silent(Exception):
    """The connection stands, but nothing comes."""


class Deaf(Exception):
    """The connection stands, and does not tell what it should have."""


class Unacknowledged(Exception):
    """The venue did not confirm a subscription."""


class Stream(Actor):
    """Runs one session after the other; see the module.

    A subclass says what a session is in `session`. `deadline` is that of one call, and
    of a connection with its subscriptions; in seconds. It pings three times within
    `stale_after`: a connection that stands has an answer by then.
    """

    settings: ClassVar[Mapping[str, type[Any]]] = {"profile": Venue}

    def __init__(
        self,
        account: Account,
        symbols: Sequence[str],
        *,
        deadline: float,
        stale_after: float,
    ) -> None:
        self._account = account
        self._ping_every = min(PING_EVERY, stale_after / 3)
        self._symbols = symbols
        self._deadline = deadline
        self._counts: Counter[str] = Counter()
        self._failures = 0
        self._chance = self.random("dials")
        venue = account.venue
        self._time = VenueClock(self.clock, venue.words)
        self._host = limits_of(
            self.system, account.host, venue.limits, now=self.clock.now()
        )
        self._calls = Calls(
            venue, self.clock, self._time, permit=self.permit, limits=self._host
        )
        self._task: asyncio.Task[None] | None = None
        self._dialling: set[asyncio.Task[Any] | None] = set()
        self._lost: asyncio.Future[None] | None = None

    @abstractmethod
    async def session(self, client: VenueClient) -> None:
        """Be at a session until it breaks; whatever leaves ends it."""

    @abstractmethod
    def needs(self) -> Sequence[Sequence[str]]:
        """Name what ccxt's client must have, as it calls it: one of each."""

    @abstractmethod
    def ended(self, reason: str) -> None:
        """Hear that a session has ended."""

    def on_start(self) -> Any:
        """Load the markets, then begin; raises as `CcxtExchange` does."""
        return self._start()

    def on_stop(self) -> Any:
        """End the session first, so that it tells nobody anything any more."""
        return end([self._task] if self._task is not None else [])

    def facts(self) -> Mapping[str, Any]:
        """Tell how often which end of a session, and what else was noticed."""
        return dict(self._counts)

    def count(self, what: str) -> None:
        """Count something that an operator wants to know of."""
        self._counts[what] += 1

    def end_session(self, error: Exception) -> None:
        """End the session that there is, so that a new one begins."""
        if self._lost is not None:
            _fail(self._lost, error)

    @property
    def markets(self) -> Mapping[str, Market]:
        """The markets that are watched, by the names that ccxt has for them."""
        return self._markets

    async def _start(self) -> None:
        client = self._new_client()
        try:
            with starting(self._account.exchange):
                await self._prepare(client)
        finally:
            await client.close()
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(self._crash_with)

    async def compare_clocks(self, client: VenueClient) -> None:
        """Measure the venue's time, by which subscriptions are signed."""
        ask = partial(self._time.compare, client.fetch_time)
        await self._calls.make(CallClass.DATA, "time", ask, deadline=self._deadline)

    async def _prepare(self, client: VenueClient) -> None:
        lacks = [
            " or ".join(ways)
            for ways in self.needs()
            if not any(client.has.get(way) for way in ways)
        ]
        if lacks:
            raise WrongAccount(f"{client.id} has no {', '.join(lacks)} in ccxt")
        await self._calls.make(
            CallClass.DATA, "markets", client.load_markets, deadline=self._deadline
        )
        found = markets(client.markets_by_id, self._symbols)
        self._markets = {each.unified: each for each in found.values()}
        self._loaded = (list(client.markets.values()), client.currencies)
        self._tls = client.tls

    def _new_client(self) -> VenueClient:
        client = stream_client(self._account, self._time.now, timeout=self._deadline)
        keep_alive = {"keepAlive": round(self._ping_every * 1000)}
        client.streaming = {**client.streaming, **keep_alive}
        return client

    async def _dial(self, host: str, connect: Callable[[], Awaitable[Any]]) -> Any:
        """Connect when it is our turn, unless the session ends before."""
        task = asyncio.current_task()
        self._dialling.add(task)
        try:
            wait = dials_of(self.system).wait(
                host, self.clock.now(), self._failures, self._chance
            )
            await pause(self.clock, wait)
            self.count("dials")
            async with within(self.clock, self._deadline):
                return await connect()
        finally:
            self._dialling.discard(task)

    async def _run(self) -> None:
        while True:
            began = self.clock.now()
            error = self._judged(_root_of(await self._one_session()))
            steady = self.clock.now() - began >= STEADY
            self._failures = 0 if steady else self._failures + 1
            self.count(_name(error))
            self.ended(_told(error))
            if isinstance(error, AuthenticationError):
                raise key_refused(self._account.exchange, _told(error)) from error
            if isinstance(error, Throttled):
                raise error

    def _judged(self, error: BaseException) -> BaseException:
        """See whether the venue has refused a connection because there are too many."""
        for refusal in error.args:
            if isinstance(refusal, aiohttp.WSServerHandshakeError):
                wire = Wire(begun=True, sent=True)
                wire.answered(refusal.status, refusal.headers or {}, "")
                words = self._account.venue.words
                judged = classify(error, wire, words, now=self._time.now())
                self._host.heed(judged, self.clock.now())
                return judged if isinstance(judged, Throttled) else error
        return error

    async def _one_session(self) -> BaseException:
        """Run one session; return what ended it, or why there was none."""
        try:
            self._host.check(CallClass.DATA, self.clock.now())
        except Throttled as kept_back:
            return kept_back
        lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lost = lost
        client = self._new_client()
        client.tls = self._tls
        client.set_markets(*self._loaded)
        client.dial = self._dial
        client.lost = partial(_fail, lost)
        client.frame = client.spoke = client.connected = _nothing
        try:
            return await first_end(self.session(client), lost)
        finally:
            try:
                await end([each for each in self._dialling if each is not None])
            finally:
                await client.close()

    def _crash_with(self, task: asyncio.Task[None]) -> None:
        """Have an error of the task end this incarnation, not only the task."""
        if task.cancelled():
            return
        error = task.exception()

        def crash() -> None:
            if error is not None:
                raise error

        self.soon(crash)


async def first_end(*ways: Awaitable[None]) -> BaseException:
    """Return what ends the first of them; the others are cancelled.

    A way that was cancelled by somebody else has ended like any other: else whoever
    closes a connection would end its watcher without anybody noticing.
    """
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        done = [task for task in tasks if task.done()]
        # One that fails may take another along, by cancelling what both wait for.
        done.sort(key=lambda task: task.cancelled())
        return _error_of(done[0])
    finally:
        await end(tasks)


def _error_of(task: "asyncio.Future[None]") -> BaseException:
    if task.cancelled():
        return asyncio.CancelledError()
    return task.exception() or RuntimeError("a watcher ended without an error")


async def end(tasks: "Sequence[asyncio.Future[Any]]") -> None:
    """Cancel and wait, so that nothing of a session is left."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _root_of(error: BaseException) -> BaseException:
    """Find a wrong key behind what ccxt made of it: it may stumble over the news."""
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, AuthenticationError):
        behind = behind.__cause__ or behind.__context__
    return behind or error


def _fail(future: "asyncio.Future[None]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


def _nothing() -> None:
    """Do nothing."""


OURS = (Silent, Deaf, Unacknowledged, CallFailed, BadFrame, Terminated)
"""Errors whose words are our own."""

_NAMES: Sequence[tuple[type[BaseException], str]] = (
    (Silent, "silent"),
    (Deaf, "deaf"),
    (Terminated, "terminated"),
    (Unacknowledged, "unacknowledged"),
    (BadFrame, "bad_frames"),
    (Incomplete, "bad_frames"),
    (AuthenticationError, "not_authenticated"),
    (Throttled, "throttled"),
    (asyncio.CancelledError, "cancelled"),
)


def _name(error: BaseException) -> str:
    return next((name for kind, name in _NAMES if isinstance(error, kind)), "lost")


def _told(error: BaseException) -> str:
    """Say what ended a session; of ccxt's messages only the kind, see `classifier`."""
    ours = isinstance(error, OURS)
    name = type(error).__name__
    return f"{name}: {error}" if ours else name
