"""The places that the arguments of a specification refer to."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from .runtime.reference import Ref
from .specs import RefTo


def references(value: Any) -> Iterator[str]:
    """Yield each path that arguments refer to."""
    if isinstance(value, RefTo):
        yield value.path
    elif isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from references(item)
    elif isinstance(value, list | tuple):
        for item in cast("list[Any]", value):
            yield from references(item)


def resolved(args: Mapping[str, Any], ref: Callable[[str], Ref]) -> Mapping[str, Any]:
    """Return the arguments with what `ref` returns in the place of each path."""
    return {name: _resolve(value, ref) for name, value in args.items()}


def _resolve(value: Any, ref: Callable[[str], Ref]) -> Any:
    if isinstance(value, RefTo):
        return ref(value.path)
    if isinstance(value, Mapping):
        return resolved(cast("Mapping[str, Any]", value), ref)
    if isinstance(value, list | tuple):
        return [_resolve(item, ref) for item in cast("list[Any]", value)]
    return value
