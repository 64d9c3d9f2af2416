"""Opens one file of the configuration and finds the JSON object in it."""

import codecs
from pathlib import Path

from .locate import Duplicate, locate
from .place import Node, Place, Source
from .problem import ConfigMissing, Problem, Unusable
from .shape import shown


def read_object(path: Path, name: str) -> tuple[Node, list[Duplicate]]:
    """Return the object in a file, which messages call `name`, and its double keys.

    Raises:
        ConfigMissing: the file can't be read.
        Unusable: it is no JSON object.

    """
    raw = _bytes(path).removeprefix(codecs.BOM_UTF8)
    source = Source(name, raw.decode(errors="replace"), path.parent)
    _check_encoding(raw, source)
    if not raw.strip():
        raise _unusable("config.empty", Place(source), "the file is empty.")
    node, duplicates = locate(source)
    if not isinstance(node.value, dict):
        raise _unusable(
            "config.type", node.at, f"expected an object, was {shown(node)}."
        )
    return node, duplicates


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigMissing(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise ConfigMissing(path, "this is no path") from error


def _check_encoding(raw: bytes, source: Source) -> None:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise _unusable(
            "config.encoding",
            Place(source, len(raw[: error.start].decode())),
            f"the file is not UTF-8, at byte 0x{raw[error.start]:02x}.",
            "Save the file as UTF-8.",
        ) from error


def _unusable(
    code: str, place: Place, message: str, hint: str = 'Begin with {"tree": ...}.'
) -> Unusable:
    return Unusable(
        Problem(code=code, place=place, steps=(), message=message, hint=hint)
    )
