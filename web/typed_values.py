"""Turns what an operator types into values, or says what is wrong with it."""

from typing import Any

import click


class Speed(click.ParamType[float | str]):
    """A factor of real time, or max."""

    name = "X|max"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | str:
        """Return a number above 0 or "max"."""
        if value == "max":
            return "max"
        try:
            speed = float(value)
        except ValueError:
            speed = 0.0
        if not 0 < speed < float("inf"):
            self.fail(f"{value!r} is neither a number above 0 nor max", param, ctx)
        return speed


class Files(click.ParamType[tuple[str, ...]]):
    """Names of files."""

    name = "FILE[,FILE]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names, none of them empty."""
        files = tuple(str(value).split(","))
        if not all(files):
            self.fail(f"{value!r} is not FILE[,FILE]: a name is empty", param, ctx)
        return files


class Place(click.ParamType[str]):
    """A path in the tree; the slash at its beginning may be left out."""

    name = "PATH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the path with one slash at its beginning and none at its end."""
        path = str(value).strip("/")
        if not path:
            self.fail("name a place in the tree, such as /root/strategy", param, ctx)
        return f"/{path}"


class Crashes(click.ParamType[tuple[tuple[str, ...], int]]):
    """Places in the tree, and how many crashes go round them."""

    name = "PATH[,PATH]:COUNT"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[tuple[str, ...], int]:
        """Return the paths and a number above 0."""
        paths, _, count = str(value).rpartition(":")
        if not paths or not count.isdecimal() or int(count) == 0:
            self.fail(f"{value!r} is not PATH[,PATH]:COUNT", param, ctx)
        place = Place()
        return tuple(place(path, param, ctx) for path in paths.split(",")), int(count)


class Seeds(click.ParamType[range]):
    """Seeds from one number to another, both included."""

    name = "A..B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """Return the seeds; there is at least one."""
        first, _, last = str(value).partition("..")
        if not first.isdecimal() or not last.isdecimal() or int(first) > int(last):
            self.fail(f"{value!r} is not A..B, two numbers in their order", param, ctx)
        return range(int(first), int(last) + 1)
