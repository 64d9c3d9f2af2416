"""Talks to a running system over its control socket."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import quote

from ..supervision.state_dir import StateDir


class NotRunning(Exception):
    """No system runs in the state directory."""

    exit_code: ClassVar[int] = 3


class NoAnswer(Exception):
    """A system runs there, but nobody knows what it does: it did not answer."""

    exit_code: ClassVar[int] = 4


class Refused(Exception):
    """The system answered that it will not, or can't; `status` is HTTP's."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        super().__init__(detail)

    @property
    def exit_code(self) -> int:
        """The exit code of a command that met this refusal."""
        return {403: 77, 504: 75}.get(self.status, 1)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Client:
    """Asks the system that runs in a state directory.

    A look is answered within `look` seconds, a command within `wait`. Every method
    raises:
        NotRunning: no system runs there.
        NoAnswer: one does, but it did not answer.
        Refused: the answer is a problem.
    """

    def __init__(
        self, state_dir: StateDir, *, look: float = 5.0, wait: float = 35.0
    ) -> None:
        self._state_dir = state_dir
        self._look = look
        self._wait = wait

    def get(self, path: str) -> dict[str, Any]:
        """Read a resource."""
        return self._ask("GET", path, None, self._look)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Command something."""
        return self._ask("POST", path, json.dumps(body), self._wait)

    def _ask(
        self, method: str, path: str, body: str | None, timeout: float
    ) -> dict[str, Any]:
        connection = _UnixConnection(self._state_dir.control, timeout)
        headers = {"Content-Type": "application/json"}
        try:
            connection.request(method, quote(path), body=body, headers=headers)
            answer = connection.getresponse()
            document = cast("dict[str, Any]", json.loads(answer.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._nobody(error) from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(answer.status, str(document.get("detail", "")))
        return document

    def _nobody(self, error: Exception) -> Exception:
        where = self._state_dir.path
        if self._state_dir.is_in_use:
            return NoAnswer(
                f"the system in {where} does not answer ({error}): try again, and read"
                " what happened with `holdfast journal`"
            )
        return NotRunning(
            f"no system runs in {where}: start one with `holdfast run`, or choose the"
            " directory of another one with --state DIR"
        )
