"""What tests of several rooms need."""

import contextlib
import itertools
import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes depends on the machine: no test may assert it.
settings.register_profile(
    "holdfast", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("holdfast")

PATIENCE = 40.0
"""Seconds of real time before a command that does not end is a failed test."""

DESK = '''
import logging
import random
import re
import threading

from holdfast.actors.updates import Reconcile
from holdfast.actors.positions import Positions
from holdfast.supervision import Actor, Future


logging.basicConfig()


class Quiet(Actor):
    pass


class BadInit(Actor):
    def __init__(self):
        raise ValueError("no luck today")


class BadStart(Actor):
    def on_start(self):
        raise RuntimeError("no connection")


class Login(Actor):
    """Fails with its key in the error: at once, or when it is restarted."""

    def __init__(self, key, starts=0, aside=False):
        self.key = key.reveal()
        self.starts = starts
        self.aside = aside

    def on_start(self):
        logging.getLogger("desk").warning("my key is %s", self.key)
        if self.aside:
            thread = threading.Thread(target=self.fail, name="aside")
            thread.start()
            thread.join()
        if self.incarnation > self.starts:
            raise PermissionError(f"no login with {self.key}")

    def fail(self):
        raise ConnectionError(f"no line for {self.key}")


class Chancy(Actor):
    """Forgets where chance comes from."""

    def on_start(self):
        self.after(1.0, random.random)


class Hashing(Actor):
    """Does what no seed can repeat, because strings hash otherwise each time."""

    def on_start(self):
        self.after(1.0 + hash("a string") % 1000 / 1000, self.stop)


class Once(Actor):
    """Ends normally as soon as it has started."""

    def on_start(self):
        self.soon(self.stop)


class AfterOnce(Actor):
    """Is ready when its sibling `once` has ended."""

    says_ready = True

    def on_start(self):
        self.unsubscribe = self.system.events.subscribe(self.look)
        for event in self.system.events.since(0):
            self.look(event)

    def look(self, event):
        if event.path == "/root/once" and event.kind == "exited":
            self.soon(self.ready)


class Stubborn(Actor):
    """Never stops."""

    def on_stop(self):
        threading.Event().wait()


class Sleeper(Actor):
    """Hangs at its first message, which it sends to itself."""

    def on_start(self):
        if self.incarnation == 1:
            self.me.tell("hang")

    def on_receive(self, message):
        threading.Event().wait()


class Hog(Actor):
    """Matches a text in a way that takes years and lets nothing else run."""

    def on_start(self):
        self.me.tell("hog")

    def on_receive(self, message):
        re.match("(a+)+$", "a" * 60 + "b")


class Slow(Actor):
    """Is never ready."""

    says_ready = True


class Mute(Positions):
    """Never answers when it shall reconcile."""

    def on_receive(self, message):
        if isinstance(message, Reconcile):
            return Future()
        return super().on_receive(message)


class Wrong(Positions):
    """Knows better than the exchange."""

    def on_receive(self, message):
        if isinstance(message, Reconcile):
            return ["BTC: here 1, at the venue 2"]
        return super().on_receive(message)
'''


@pytest.fixture(autouse=True)
def every_thread_ends_with_its_test() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    late = set(threading.enumerate()) - before
    for thread in late:
        thread.join(PATIENCE)
    assert {thread.name for thread in late if thread.is_alive()} == set()


@pytest.fixture(scope="session", autouse=True)
def locks_are_not_the_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep account locks of tests, also of commands they type, out of the home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded market data, outside the repository."""
    beside = Path(__file__).parent.parent / ".." / "shared" / "data"
    folder = Path(os.environ.get("HOLDFAST_RECORDINGS", beside))
    if not folder.is_dir():
        absent = f"no recordings at {folder}: set HOLDFAST_RECORDINGS"
        if os.environ.get("HOLDFAST_NEEDS_RECORDINGS"):
            pytest.fail(absent)
        pytest.skip(absent)
    return folder


@pytest.fixture
def full_disk() -> Callable[..., AbstractContextManager[None]]:
    """Let no file grow beyond a size for as long as a block lasts.

    By default that is the size of the largest file in a folder.
    """

    @contextlib.contextmanager
    def filled(folder: Path, size: int | None = None) -> Generator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        largest = max(each.stat().st_size for each in folder.iterdir())
        limit = largest if size is None else size
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return filled


@pytest.fixture
def write_tree(tmp_path: Path) -> Callable[..., str]:
    """Write `my.json` around some workers, with a module of actors for it beside.

    A worker is a class of the module or a whole child; `root` changes the root
    supervisor, what else is named the settings. The name of the file is returned.
    """
    (tmp_path / "desk.py").write_text(DESK)

    def written(*workers: str | dict[str, Any], **settings: Any) -> str:
        children = [
            {"type": "worker", "id": each.lower(), "start": f"desk:{each}"}
            if isinstance(each, str)
            else {"type": "worker", **each}
            for each in workers
        ]
        root = {"type": "supervisor", "id": "root", "backoff": None}
        tree = {**root, **settings.pop("root", {}), "children": children}
        plain = {"environment": "testing", **settings, "tree": tree}
        (tmp_path / "my.json").write_text(json.dumps(plain))
        return "my.json"

    return written


def _environ(more: dict[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if "HOLDFAST" not in name}
    return {**ours, **more}


@pytest.fixture
def holdfast(tmp_path: Path) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Type a command in an empty folder and wait for its end."""

    def typed(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "holdfast", *words],
            cwd=tmp_path,
            env=_environ(environ),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return typed


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start a command in an empty folder; return once standard error says `until`.

    With `until=""` nothing of it is read.

    It is killed when it takes too long, so that nobody reads its pipes for ever.
    """
    with contextlib.ExitStack() as all_of_them:

        def start(
            *words: str, until: str = "holdfast runs", **environ: str
        ) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, "-m", "holdfast", *words],
                cwd=tmp_path,
                env=_environ(environ),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            all_of_them.enter_context(process)
            limit = threading.Timer(PATIENCE, process.kill)
            limit.start()
            all_of_them.callback(process.kill)
            all_of_them.callback(limit.join)
            all_of_them.callback(limit.cancel)
            assert process.stderr is not None
            if until:
                lines = iter(process.stderr)
                said = list(itertools.takewhile(lambda line: until not in line, lines))
                assert process.poll() is None, said
            return process

        yield start


@pytest.fixture
def ended() -> Callable[["subprocess.Popen[str]"], tuple[int, str, str]]:
    """Wait for the end of a process: exit code, and what it still wrote to both."""

    def wait(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
        assert process.stdout is not None
        assert process.stderr is not None
        rest = process.stderr.read(), process.stdout.read()
        return process.wait(PATIENCE), rest[1], rest[0]

    return wait


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., str]:
    """Write so many trades, a tenth of a second apart, and further lines."""

    def recorded(count: int, *more: str, name: str = "day.ws") -> str:
        lines = [
            f'{(number + 1) * 100_000_000} {{"stream":"btcusdt@trade","data":{{'
            f'"s":"BTCUSDT","t":{number},"p":"60000.{number % 100:02}","q":"0.01",'
            f'"T":1500,"m":true}}}}'
            for number in range(count)
        ]
        (tmp_path / name).write_text("\n".join([*lines, *more]) + "\n")
        return name

    return recorded
