"""Puts the market that somebody chose on the command line into a tree."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import attrs

from ..supervision.specs import ChildSpec, Spec, SupervisorSpec
from .market_data import MAX, Feed, RecordedFeed, SyntheticFeed


class MarketRefused(Exception):
    """The tree can't have that market, or it would never end."""

    exit_code: ClassVar[int] = 2


def with_market(
    tree: SupervisorSpec,
    *,
    files: tuple[str, ...] = (),
    speed: float | str | None = None,
    duration: float | None = None,
) -> SupervisorSpec:
    """Return the tree with its feeds as chosen; what is not chosen stays as it is.

    With `files` a feed replays these recordings, whatever it was before. `speed` is
    "max" or a factor of real time, `duration` seconds of market time.

    Raises:
        MarketRefused: no worker is a feed, or a made-up market would run at full speed
            for ever.

    """
    chosen = {"files": list(files) or None, "speed": speed, "duration": duration}
    args = {name: value for name, value in chosen.items() if value is not None}
    if not args:
        return tree
    fitted = _fitted_below(tree, args)
    feeds = [each for each in _workers(fitted) if issubclass(each.start, Feed)]
    if not feeds:
        raise MarketRefused(
            "no worker of the tree is a Feed of holdfast.actors, so --replay, --speed"
            " and --duration can change nothing: leave them out"
        )
    if speed == MAX and any(map(_is_endless, feeds)):
        raise MarketRefused(
            "--speed max on a made-up market never ends: add --duration SECONDS or"
            " --replay FILE"
        )
    return fitted


def _is_endless(feed: ChildSpec) -> bool:
    return issubclass(feed.start, SyntheticFeed) and feed.args.get("duration") is None


def _fitted_below(tree: SupervisorSpec, args: Mapping[str, Any]) -> SupervisorSpec:
    children = tuple(_fitted(child, args) for child in tree.children)
    return attrs.evolve(tree, children=children)


def _fitted(spec: Spec, args: Mapping[str, Any]) -> Spec:
    if isinstance(spec, SupervisorSpec):
        return _fitted_below(spec, args)
    if not issubclass(spec.start, Feed):
        return spec
    if "files" not in args:
        return attrs.evolve(spec, args={**spec.args, **args})
    taken = inspect.signature(RecordedFeed).parameters
    kept = {name: value for name, value in spec.args.items() if name in taken}
    return attrs.evolve(spec, start=RecordedFeed, args={**kept, **args})


def _workers(tree: SupervisorSpec) -> Iterator[ChildSpec]:
    for child in tree.children:
        if isinstance(child, SupervisorSpec):
            yield from _workers(child)
        else:
            yield child
