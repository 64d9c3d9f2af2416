"""A name is given once, says who gave it, and fits every venue."""

import pytest

from holdfast.actors.order_names import LONGEST, OrderNames, is_of_node, term_of


def test_names_count_within_a_term() -> None:
    names = OrderNames("a", 7)

    assert [names.next() for _ in range(3)] == ["hf-a-7-1", "hf-a-7-2", "hf-a-7-3"]


def test_the_longest_name_is_as_long_as_venues_allow() -> None:
    names = OrderNames("abcdef12", 10**12 - 1)
    object.__setattr__(names, "_last", 10**10 - 2)

    assert len(names.next()) <= LONGEST


@pytest.mark.parametrize("node", ["", "A", "a-b", "ninechars", "ü", "a\n"])
def test_a_node_that_would_be_misread_is_refused(node: str) -> None:
    with pytest.raises(ValueError, match="node"):
        OrderNames(node, 1)


@pytest.mark.parametrize("term", [-1, 10**12])
def test_a_term_that_no_name_can_hold_is_refused(term: int) -> None:
    with pytest.raises(ValueError, match="term"):
        OrderNames("a", term)


@pytest.mark.parametrize(
    ("name", "is_ours", "term"),
    [
        ("hf-a-12-3", True, 12),
        ("hf-b-12-3", False, 12),
        ("hf-a-12-3-4", False, None),
        ("xhf-a-12-3", False, None),
        ("hf-a-x-3", False, None),
        ("web_123", False, None),
        ("", False, None),
    ],
)
def test_a_name_tells_its_node_and_term(
    name: str,
    is_ours: bool,  # noqa: FBT001 - a column of the table
    term: int | None,
) -> None:
    assert (is_of_node(name, "a"), term_of(name)) == (is_ours, term)
