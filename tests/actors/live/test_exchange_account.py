"""An exchange keeps its account to itself for as long as it lives, and no longer."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from holdfast.supervision import ActorSystem, ChildSpec, ManualClock
from holdfast.supervision.system import StartFailed
from holdfast.tests.actors.live.socket_script import wait_until

Grown = Callable[..., ActorSystem]
Specified = Callable[..., ChildSpec]
LOCK = """
from holdfast.actors.account_lock import AccountLock
AccountLock("binance", "key-of-tests")
"""


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this test has its locks."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield tmp_path / "holdfast"
    assert is_free()


def is_free() -> bool:
    """Try in another process whether the account can be had."""
    tried = subprocess.run(
        [sys.executable, "-c", LOCK],
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 0 or "AccountBusy" in tried.stderr, tried.stderr
    return tried.returncode == 0


def ended(system: ActorSystem) -> list[str]:
    """Return how the lives of the exchange have ended."""
    exits = [each for each in system.events.since(0) if each.kind == "exited"]
    return [each.reason for each in exits if each.path == "/root/exchange"]


def test_an_account_is_locked_until_the_system_stops(
    wire: Any, grown: Grown, specified: Specified
) -> None:
    system = grown(specified(wire.urls))

    assert not is_free()
    system.stop(5.0).get(timeout=20)
    assert is_free()


@pytest.mark.parametrize(
    "args", [{"options": {"maxRetriesOnFailure": 2}}, {"symbols": ["NONE"]}]
)
def test_a_failed_start_leaves_the_account_free(
    wire: Any, grown: Grown, specified: Specified, args: Any
) -> None:
    system = grown(specified(wire.urls, **args), start=False)
    with pytest.raises(StartFailed):
        system.start().get(timeout=20)

    assert is_free()


def test_two_addresses_of_an_account_are_one_account(
    wire: Any, grown: Grown, specified: Specified
) -> None:
    system = grown(specified({**wire.urls, "web": "http://127.0.0.1:9"}))

    assert not is_free()
    system.stop(5.0).get(timeout=20)


def test_an_exchange_ends_when_its_lock_is_lost_and_locks_anew(
    wire: Any, grown: Grown, specified: Specified, clock: ManualClock, locks: Path
) -> None:
    system = grown(specified(wire.urls), backoff=None)
    for each in locks.iterdir():
        each.unlink()
    wait_until(lambda: len(ended(system)) == 1, clock=clock)
    wire.wait_for("GET", "/aggTrades", times=2)  # the last call of a start

    assert "was removed or replaced" in ended(system)[0]
    assert not is_free()
    system.stop(5.0).get(timeout=20)


def test_markets_may_take_longer_than_an_order(
    wire: Any, grown: Grown, specified: Specified, clock: ManualClock
) -> None:
    """There are many megabytes of them."""
    at_once, arrives = wire.answers["GET /exchangeInfo"], threading.Event()

    async def late(request: Any, writer: asyncio.StreamWriter) -> None:
        await asyncio.to_thread(arrives.wait, 20.0)
        await at_once(request, writer)

    wire.answers["GET /exchangeInfo"] = late
    spec = attrs.evolve(specified(wire.urls, load_deadline=30.0), start_timeout=60.0)
    system = grown(spec, start=False)
    starts = system.start()
    wire.wait_for("GET", "/exchangeInfo")
    clock.advance(20.0)
    arrives.set()
    starts.get(timeout=20)

    assert ended(system) == []
    system.stop(5.0).get(timeout=20)
