"""Talks to a running system over its control socket."""

import http.client
import json
import socket
from pathlib import Path
from typing import Any, ClassVar, cast


class NotRunning(Exception):
    """Nobody answers on the control socket."""

    exit_code: ClassVar[int] = 3


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
    """Asks the system whose control socket is at `control`.

    Every method raises:
        NotRunning: nobody answers there.
        Refused: the answer is a problem.
    """

    def __init__(self, control: Path, *, timeout: float = 35.0) -> None:
        self._control = control
        self._timeout = timeout

    def get(self, path: str) -> dict[str, Any]:
        """Read a resource."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Command something."""
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        connection = _UnixConnection(self._control, self._timeout)
        text = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"}
        try:
            connection.request(method, path, body=text, headers=headers)
            answer = connection.getresponse()
            document = cast("dict[str, Any]", json.loads(answer.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotRunning(
                f"nothing answers on {self._control} ({error}): is a system running"
                " there? Choose its directory with --state DIR"
            ) from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(answer.status, str(document.get("detail", "")))
        return document
