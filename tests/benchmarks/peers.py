"""Peers beside Pykka: measured where they are installed, never needed."""

import asyncio
import importlib
import importlib.util
import shutil
import subprocess
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from .figures import Sample, percentile

BREAKERS = frozenset({"pybreaker", "purgatory", "circuitbreaker", "aiobreaker"})
OPTIONAL = frozenset({"Erlang", "Thespian", "xoscar", *BREAKERS})
SCRIPT = Path(__file__).with_name("erlang.escript")


def is_here(peer: str) -> bool:
    """Say whether a peer can be measured on this machine."""
    if peer == "Erlang":
        return shutil.which("escript") is not None
    return peer not in OPTIONAL or importlib.util.find_spec(peer.lower()) is not None


def erlang(what: str, *, times: int = 1) -> Sample:
    """Have Erlang do it, `times` as often as we where it is too fast to be timed."""
    return partial(_erlang, what, times)


def _erlang(what: str, times: int, n: int) -> float:
    done = subprocess.run(
        ["escript", str(SCRIPT), what, str(n * times)],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def thespian(n: int) -> float:
    """Microseconds of a blocking ask to an actor in a process of its own, p50."""
    actors: Any = importlib.import_module("thespian.actors")
    system = actors.ActorSystem("multiprocQueueBase")
    try:
        echo = system.createActor("holdfast.tests.benchmarks.thespian_echo.Echo")
        took: list[float] = []
        for number in range(n):
            began = perf_counter()
            system.ask(echo, number, 5)
            took.append(perf_counter() - began)
        return percentile(took, 0.5) * 1e6
    finally:
        system.shutdown()


def xoscar(n: int) -> float:
    """Microseconds of an awaited call to an actor in the same process, p50."""
    return asyncio.run(_xoscar(n))


async def _xoscar(n: int) -> float:
    oscar: Any = importlib.import_module("xoscar")
    echo_class = type("Echo", (oscar.Actor,), {"echo": _echo})
    pool = await oscar.create_actor_pool("127.0.0.1", n_process=0)
    async with pool:
        address = pool.external_address
        echo = await oscar.create_actor(echo_class, address=address)
        took: list[float] = []
        for number in range(n):
            began = perf_counter()
            await echo.echo(number)
            took.append(perf_counter() - began)
    return percentile(took, 0.5) * 1e6


async def _echo(_actor: object, message: object) -> object:
    return message
