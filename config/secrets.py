"""Fetches secrets from where they are kept: the environment or a file of their own."""

import stat
from collections.abc import Mapping
from pathlib import Path

from ..supervision.secret import Secret
from .place import quoted
from .problem import Refused, nearest


def from_environment(name: str, environ: Mapping[str, str]) -> Secret:
    """Return what an environment variable holds.

    Raises:
        Refused: it is not set, or empty.

    """
    if name not in environ:
        meant = nearest(name, environ)
        raise Refused(
            "secret.env",
            f"the environment variable {quoted(name)} is not set.",
            f"Did you mean {quoted(meant)}?" if meant else None,
        )
    if not environ[name]:
        raise Refused(
            "secret.env", f"the environment variable {quoted(name)} is empty."
        )
    return Secret(environ[name])


def from_file(path: Path) -> Secret:
    """Return what a file holds, without the line breaks at its end.

    Raises:
        Refused: it can't be read, is empty, or others than its owner may use it.

    """
    shown = quoted(str(path))
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise Refused("secret.file", f"{shown} is no file.")
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Refused(
                "secret.mode",
                f"the file {shown} is open to others than its owner.",
                f"chmod 600 {path}",
            )
        value = path.read_text("utf-8").rstrip("\r\n")
    except OSError as error:
        raise Refused(
            "secret.file", f"the file {shown} can't be read: {error.strerror}."
        ) from error
    except ValueError as error:
        # Not chained into the message: a decoding error shows what it decoded.
        raise Refused(
            "secret.file", f"the file {shown} has a wrong name or is not UTF-8."
        ) from error
    if not value:
        raise Refused("secret.file", f"the file {shown} is empty.")
    return Secret(value)
