"""A private RabbitMQ node on this machine: own name, ports, cookie and folder.

It needs Debian's `rabbitmq-server` or another installation of it; no service of the
machine is touched (RabbitMQ: "Configuration", environment variables; Erlang: epmd).
"""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Self

from holdfast.supervision.runtime.clock import SystemClock

HERE = "127.0.0.1"

READY_WITHIN = 90.0
"""Seconds for a node to come up; it takes some 5 on an idle machine."""

STOP_WITHIN = 30.0

LOOK_EVERY = 0.05

PROGRAMS = (
    Path("/usr/lib/rabbitmq/bin"),
    Path("/usr/local/lib/rabbitmq/bin"),
    Path("/opt/rabbitmq/sbin"),
)
"""Where the server's own scripts are; the ones on the PATH change the user first."""

_HELLO = b"AMQP\x00\x00\x09\x01"
_METHOD_FRAME = b"\x01"


class NoBroker(Exception):
    """RabbitMQ is not installed here, or a node of it does not come up."""

    exit_code: ClassVar[int] = 69


def programs() -> Path:
    """Return the folder of RabbitMQ's own scripts.

    Raises:
        NoBroker: it is not installed.

    """
    for folder in PROGRAMS:
        if (folder / "rabbitmq-server").is_file() and shutil.which("epmd"):
            return folder
    raise NoBroker(
        "RabbitMQ is not installed here: apt-get install rabbitmq-server, or on another"
        " system what its website says"
    )


def free_port() -> int:
    """Return a port of this machine that nobody has now."""
    with socket.create_server((HERE, 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


class Epmd:
    """Erlang's port mapper, by which the nodes of one cluster find each other."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            ["epmd", "-port", str(self.port), "-address", HERE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


class BrokerNode:
    """One node; `close` it in the end, or use `with`, which starts it as well.

    `settings` are lines of `rabbitmq.conf`. Nodes that share `epmd` can form a cluster.
    A quorum queue that is killed within about a second of its first declaration is gone
    for ever: wait three before a fault (measured with RabbitMQ 3.10).
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "holdfast",
        epmd: Epmd | None = None,
        settings: Mapping[str, str] | None = None,
        cookie: str = "holdfast",
    ) -> None:
        self.folder = folder
        self.name = f"{name}@localhost"
        self.cookie = cookie
        self.port = free_port()
        self._programs = programs()
        self._shares_epmd = epmd is not None
        self._epmd = epmd or Epmd()
        self._process: subprocess.Popen[bytes] | None = None
        self._clock = SystemClock()
        self._write(settings or {})
        self._environment = self._described()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"amqp://guest:guest@{HERE}:{self.port}//"

    # -- its life --

    def start(self) -> None:
        """Start it, for the first time or again, and wait until it speaks AMQP.

        Raises:
            NoBroker: it does not come up.

        """
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start it, and do not wait."""
        log = (self.folder / "console.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [self._programs / "rabbitmq-server"],
                env=self._environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it speaks AMQP; raises as `start`."""
        until = self._clock.now() + READY_WITHIN
        while not self._speaks():
            ended = None if self._process is None else self._process.poll()
            if ended is not None or self._clock.now() > until:
                how = f"ended with {ended}" if ended is not None else "does not answer"
                raise NoBroker(f"the node {self.name} {how}:\n{self._said()}")
            self._clock.wait(threading.Event(), LOOK_EVERY)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def hang(self) -> None:
        """Let it stand still, with all its connections, until `resume`."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it in order; killed if that takes too long."""
        if self._process is None:
            return
        self.resume()
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()

    def close(self) -> None:
        """End it and forget all that it kept."""
        self.kill()
        if not self._shares_epmd:
            self._epmd.close()
        self._clock.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def control(self, *words: str) -> str:
        """Run `rabbitmqctl` with these words, and return what it prints.

        Raises:
            NoBroker: it refuses.

        """
        done = subprocess.run(
            [self._programs / "rabbitmqctl", "-n", self.name, *words],
            env=self._environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            told = f"{done.stdout}{done.stderr}"
            raise NoBroker(f"rabbitmqctl {' '.join(words)}: {told}")
        return done.stdout

    # -- inside --

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            os.kill(self._process.pid, number)

    def _said(self) -> str:
        """Return what it has logged, from its first complaint on."""
        log = (self.folder / "console.log").read_text(errors="replace")
        return log[max(0, log.find("[error]")) :][:2000]

    def _speaks(self) -> bool:
        """Say whether it has begun to speak: to accept a connection is not enough."""
        try:
            with socket.create_connection((HERE, self.port), 0.5) as connection:
                connection.settimeout(0.5)
                connection.sendall(_HELLO)
                return connection.recv(1) == _METHOD_FRAME
        except OSError:
            return False

    def _write(self, settings: Mapping[str, str]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        given = {
            "loopback_users": "none",
            "log.console": "false",
            "listeners.tcp.1": f"{HERE}:{self.port}",
            **settings,
        }
        lines: Sequence[str] = [f"{name} = {value}\n" for name, value in given.items()]
        (self.folder / "rabbitmq.conf").write_text("".join(lines))
        (self.folder / "enabled_plugins").write_text("[].\n")
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(self.cookie)
        cookie.chmod(0o400)

    def _described(self) -> Mapping[str, str]:
        """Return the environment that makes the scripts mean this node."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("RABBITMQ_")}
        paths = {
            "CONF_ENV_FILE": "none.conf",
            "CONFIG_FILE": "rabbitmq.conf",
            "ADVANCED_CONFIG_FILE": "advanced.config",
            "GENERATED_CONFIG_DIR": "generated",
            "SCHEMA_DIR": "schema",
            "MNESIA_BASE": "data",
            "MNESIA_DIR": f"data/{self.name}",
            "LOG_BASE": "log",
            "PLUGINS_EXPAND_DIR": "plugins",
            "ENABLED_PLUGINS_FILE": "enabled_plugins",
            "FEATURE_FLAGS_FILE": "feature_flags",
            "PID_FILE": "pid",
        }
        settings = {
            "NODENAME": self.name,
            "NODE_PORT": str(self.port),
            "NODE_IP_ADDRESS": HERE,
            "DIST_PORT": str(free_port()),
            # The script becomes the node then, so that a signal hits the right process.
            "ALLOW_INPUT": "true",
            "SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} -noinput"
            ),
            **{name: str(self.folder / path) for name, path in paths.items()},
        }
        return {
            **kept,
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(self._epmd.port),
            "ERL_EPMD_ADDRESS": HERE,
            **{f"RABBITMQ_{name}": value for name, value in settings.items()},
        }
