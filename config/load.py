"""Turns the files, flags and secrets of a configuration into settings, or says why not.

Layers, the later ones win: what the file `extends`, the shipped settings of the
environment, the file itself, `<file>.<environment>.json` beside it, flags.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import attrs
import msgspec
from msgspec.inspect import type_info

from ..supervision.secret import Redactor, Secret
from .arguments import Arguments
from .layers import merged
from .members import members
from .place import Scalar, plain
from .problem import ConfigError, Problem, in_order
from .rules import broken_rules, slow_restarts
from .settings import Settings
from .shape import misfits
from .starts import wrong_starts


@attrs.frozen(kw_only=True)
class Configuration:
    """Settings that passed every check, what looks odd, and what to keep secret."""

    settings: Settings
    warnings: tuple[Problem, ...]
    redactor: Redactor


def load(
    path: Path | None,
    *,
    environment: str | None = None,
    flags: Mapping[str, Scalar] = MappingProxyType({}),
    environ: Mapping[str, str],
    directory: Path,
) -> Configuration:
    """Read and check a configuration; without a path, the one that is shipped.

    `environment` defaults to what the file says, else development. `flags` are settings
    of the command line by their path, such as `web.port`. `directory` is the working
    directory: `path` is relative to it, and modules of actors are found there.

    Raises:
        ConfigMissing: a file can't be read.
        ConfigError: something is wrong; it says everything that is.

    """
    root, problems = merged(
        path, environment=environment, flags=flags, directory=directory
    )
    nodes = list(members(root.get("tree")))
    arguments = Arguments(environ, {each.address: each for each in nodes})
    problems += misfits(root, type_info(Settings), ())
    for member in nodes:
        problems += broken_rules(member)
        problems += slow_restarts(member)
        if member.value("type") == "worker":
            problems += arguments.read(member)
            problems += wrong_starts(member, directory)
    redactor = Redactor(
        each for each in arguments.found.values() if isinstance(each, Secret)
    )
    # A module that fails when imported may well say a secret.
    problems = [
        attrs.evolve(each, message=redactor.redact(each.message)) for each in problems
    ]
    if any(each.severity == "error" for each in problems):
        raise ConfigError(problems)
    return Configuration(
        settings=msgspec.convert(plain(root, arguments.found), Settings),
        warnings=in_order(problems),
        redactor=redactor,
    )
