"""What is wrong with a configuration, said so that it can be put right at once."""

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import attrs

from .place import JsonPath, Place, json_path


@attrs.frozen(kw_only=True)
class Problem:
    """One thing that is wrong (error) or looks wrong (warning), and where.

    `steps` lead to the value in the merged configuration; `place` is where it stands.
    """

    code: str
    place: Place
    steps: JsonPath
    message: str
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"

    @property
    def path(self) -> str:
        """The JSON path, such as `$.tree.children[1].restart`."""
        return json_path(self.steps)

    def __str__(self) -> str:
        lines = [
            f"{self.place}  {self.severity}  {self.code}  {self.path}: {self.message}",
            *self.place.excerpt(),
        ]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)


class Unusable(Exception):
    """A file says nothing that can be used, because of this problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


class Refused(Exception):
    """A value leads nowhere: a class, a secret or a reference can't be had."""

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        super().__init__(message)

    def at(self, place: Place, steps: JsonPath) -> Problem:
        """Return the problem that this is for the value at a place."""
        return Problem(
            code=self.code,
            place=place,
            steps=steps,
            message=self.message,
            hint=self.hint,
        )


class ConfigError(Exception):
    """The configuration can't be used; the text is the whole report."""

    exit_code = 78

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__(report(self.problems))


class ConfigMissing(Exception):
    """The configuration file is not there or can't be read."""

    exit_code = 66

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"the configuration {path} can't be read: {reason};"
            " check the path and its permissions"
        )


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems as one meets them when reading the files."""
    return tuple(
        sorted(problems, key=lambda each: (each.place.source.name, each.place.offset))
    )


def report(problems: Sequence[Problem]) -> str:
    """Return all problems and, as the last line, how many there are."""
    counts = [
        f"{number} {severity}{'' if number == 1 else 's'}"
        for severity in ("error", "warning")
        if (number := sum(each.severity == severity for each in problems))
    ]
    return "\n".join([*map(str, problems), ", ".join(counts) or "0 errors"])


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    names = {name.lower(): name for name in known}
    wanted = word.lower()
    close = difflib.get_close_matches(wanted, names, n=1) or [
        name for name in names if wanted and name.startswith(wanted)
    ]
    return names[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return a hint with the nearest known word, else with all of them."""
    names = list(known)
    meant = nearest(word, names)
    if meant:
        return f"Did you mean `{meant}`?"
    return f"Known here: {', '.join(names)}." if names else None
