"""Names what was measured on: figures of different machines are not comparable."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def described() -> str:
    """Say the cores, the processor, and what it ran."""
    return (
        f"{cores()} cores, {processor()}, {platform.system()},"
        f" Python {platform.python_version()}, Pykka {version('pykka')}"
    )


def cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Return what the processor calls itself."""
    try:
        facts = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    models = [line for line in facts.splitlines() if line.startswith("model name")]
    return models[0].split(":", 1)[1].strip() if models else platform.machine()
