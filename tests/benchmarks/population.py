"""Many idle actors: how fast they start and stop, and what each one holds."""

import gc
from time import perf_counter

import pykka

from .echo import ECHO, ask_all_ours, ask_all_pykkas, start_ours, start_pykkas
from .figures import Figure, resident_kib
from .supervised import dynamic, stop


def our_start(n: int) -> float:
    """Actors a second, each started by a supervisor and ready."""
    with dynamic(ECHO) as system:
        began = perf_counter()
        start_ours(system, n)
        return n / (perf_counter() - began)


def pykka_start(n: int) -> float:
    """Actors a second, each with its thread."""
    began = perf_counter()
    start_pykkas(n)
    rate = n / (perf_counter() - began)
    pykka.ActorRegistry.stop_all()
    return rate


def our_memory(n: int) -> float:
    """KiB for each actor that has answered once and is idle."""
    with dynamic(ECHO) as system:
        before = _settled_kib()
        refs = start_ours(system, n)
        ask_all_ours(refs)
        return (_settled_kib() - before) / n


def pykka_memory(n: int) -> float:
    """KiB for each actor that has answered once and is idle, with its thread."""
    before = _settled_kib()
    refs = start_pykkas(n)
    ask_all_pykkas(refs)
    return (_settled_kib() - before) / n


def our_stop(n: int) -> float:
    """Seconds until a supervisor has stopped them all in order."""
    with dynamic(ECHO) as system:
        start_ours(system, n)
        began = perf_counter()
        stop(system)
        return perf_counter() - began


def pykka_stop(n: int) -> float:
    """Seconds that Pykka's registry takes to stop them all."""
    start_pykkas(n)
    began = perf_counter()
    pykka.ActorRegistry.stop_all()
    return perf_counter() - began


def our_crowd(n: int) -> Figure:
    """KiB for each of them; the note says how long the stages of their life took."""
    with dynamic(ECHO) as system:
        before = _settled_kib()
        began = perf_counter()
        refs = start_ours(system, n)
        started = perf_counter()
        ask_all_ours(refs)
        answered = perf_counter()
        each = (_settled_kib() - before) / n
        stopping = perf_counter()
        stop(system)
        stopped = perf_counter()
    return Figure(
        each,
        f"{n:,} started in {started - began:.1f} s, answered in"
        f" {answered - started:.1f} s, stopped in {stopped - stopping:.1f} s",
    )


def _settled_kib() -> float:
    gc.collect()
    return resident_kib()
