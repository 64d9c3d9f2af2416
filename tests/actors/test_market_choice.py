"""The command line chooses the market, and nothing else of the tree."""

import contextlib
import inspect
from typing import Any

import attrs
import pytest

from holdfast.actors.market_choice import MarketRefused, with_market
from holdfast.actors.market_data import Feed, RecordedFeed, SyntheticFeed
from holdfast.supervision import Actor, ChildSpec, RefTo, SupervisorSpec

TO = [RefTo(path="/root/a")]


def feed(kind: type[Feed] = SyntheticFeed, **args: Any) -> ChildSpec:
    args = {"to": TO, **args}
    return ChildSpec(id="feed", start=kind, args=args, restart="transient", intake=True)


def chosen(spec: ChildSpec, **choice: Any) -> tuple[type[Actor], dict[str, Any]]:
    """Return class and arguments of a feed, deep in a tree, after a choice."""
    other = ChildSpec(id="a", start=Actor, args={"speed": 1})
    deep = SupervisorSpec(id="deep", children=(spec,))
    tree = with_market(SupervisorSpec(children=(other, deep)), **choice)
    assert tree.children[0] == other
    assert isinstance(tree.children[1], SupervisorSpec)
    (fitted,) = tree.children[1].children
    assert isinstance(fitted, ChildSpec)
    same = attrs.evolve(fitted, start=spec.start, args=spec.args)
    assert same == spec
    return fitted.start, dict(fitted.args)


def test_without_a_choice_the_tree_stays_as_it_is() -> None:
    tree = SupervisorSpec(children=(ChildSpec(id="a", start=Actor),))

    assert with_market(tree) is tree


@pytest.mark.parametrize(
    ("before", "choice", "start", "after"),
    [
        (feed(), {"speed": 2.0}, SyntheticFeed, {"speed": 2.0}),
        (
            feed(symbol="ETHUSDT", speed=3.0),
            {"duration": 60.0},
            SyntheticFeed,
            {"symbol": "ETHUSDT", "speed": 3.0, "duration": 60.0},
        ),
        (
            feed(symbol="ETHUSDT", speed=3.0, start_price="3000"),
            {"files": ("a.gz", "b.gz")},
            RecordedFeed,
            {"symbol": "ETHUSDT", "speed": 3.0, "files": ["a.gz", "b.gz"]},
        ),
        (
            feed(RecordedFeed, files=["old.gz"], venue="usdm", times=3),
            {"files": ("new.gz",), "speed": "max"},
            RecordedFeed,
            {"venue": "usdm", "times": 3, "files": ["new.gz"], "speed": "max"},
        ),
        (
            feed(RecordedFeed, files=["old.gz"]),
            {"speed": "max"},
            RecordedFeed,
            {"files": ["old.gz"], "speed": "max"},
        ),
    ],
)
def test_what_is_chosen_replaces_what_was_and_the_rest_is_kept(
    before: ChildSpec, choice: dict[str, Any], start: type[Feed], after: dict[str, Any]
) -> None:
    assert chosen(before, **choice) == (start, {"to": TO, **after})


def test_a_feed_takes_everything_that_can_be_chosen() -> None:
    before = feed(symbol="ETHUSDT", trades_per_second=9.0)

    start, args = chosen(before, files=("a.gz",), speed="max", duration=1.0)

    given = inspect.signature(start).bind(**args).arguments
    assert given == args


@pytest.mark.parametrize(
    ("before", "duration", "refused"),
    [
        (feed(), None, True),
        (feed(), 1.0, False),
        (feed(duration=1.0), None, False),
        (feed(RecordedFeed, files=["a.gz"]), None, False),
    ],
)
def test_a_market_that_would_never_end_is_refused_at_full_speed(
    before: ChildSpec, duration: float | None, *, refused: bool
) -> None:
    expected = (
        pytest.raises(MarketRefused, match="add --duration SECONDS or --replay FILE")
        if refused
        else contextlib.nullcontext()
    )

    with expected:
        chosen(before, speed="max", duration=duration)


@pytest.mark.parametrize(
    "choice", [{"files": ("a.gz",)}, {"speed": 2.0}, {"duration": 1.0}]
)
def test_a_tree_without_a_feed_can_have_no_market(choice: dict[str, Any]) -> None:
    tree = SupervisorSpec(children=(ChildSpec(id="a", start=Actor),))

    with pytest.raises(MarketRefused, match="no worker of the tree is a Feed"):
        with_market(tree, **choice)
    assert MarketRefused.exit_code == 2
