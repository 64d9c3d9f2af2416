"""What is written down is read back as it was, to the last digit."""

from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.evidence import Entry, decoded, encoded, named
from holdfast.actors.messages import OrderStatus, OrderType, Side
from holdfast.actors.queries import Balance, Balances
from holdfast.tests.actors.order_words import ENTRIES, FILLED, PLACE

AMOUNTS = st.decimals(allow_nan=False, allow_infinity=False)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    Decimal: AMOUNTS,
    Side: st.sampled_from(Side),
    OrderType: st.sampled_from(OrderType),
    OrderStatus: st.sampled_from(OrderStatus),
    Balances: st.builds(
        Balances,
        balances=st.lists(
            st.builds(Balance, asset=st.text(), free=AMOUNTS, reserved=AMOUNTS)
        ).map(tuple),
        time=st.floats(0, 1e12),
    ),
}


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    """Draw an entry of any kind, with each field changed that has a simple type."""
    entry = draw(st.sampled_from(ENTRIES))
    changes = {
        name: draw(VALUES[kind])
        for name, kind in type(entry).__annotations__.items()
        if kind in VALUES and draw(st.booleans())
    }
    return attrs.evolve(entry, **changes)


@given(entry=entries())
def test_an_entry_is_read_back_as_it_was(entry: Entry) -> None:
    kind, fields = encoded(entry)

    again = decoded(kind, fields)

    assert (type(again), again) == (type(entry), entry)


def test_an_amount_keeps_its_digits() -> None:
    order = attrs.evolve(PLACE, quantity=Decimal("0.10000000000000000001"))

    again = decoded(*encoded(order))

    assert str(again) == str(order)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda each: type(each).__name__)
def test_every_kind_of_entry_has_an_example_here(entry: Entry) -> None:
    assert {type(each) for each in ENTRIES} == set(Entry.__args__)
    assert encoded(entry)[0] == type(entry).__name__


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("Nonsense", b"{}", "no entries of the kind 'Nonsense'"),
        ("PlaceOrder", b"{", "a PlaceOrder can't be read"),
        ("PlaceOrder", b"{}", "a PlaceOrder can't be read"),
        ("Intent", b'{"id": 3}', "a Intent can't be read"),
    ],
)
def test_what_nothing_was_encoded_as_is_refused(
    kind: str, fields: bytes, told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        decoded(kind, fields)


def test_a_fill_of_a_nameless_order_is_named_after_what_the_venue_calls_it() -> None:
    nameless = attrs.evolve(FILLED, client_order_id="")

    assert named(nameless).client_order_id == "venue:1"
    assert named(FILLED) is FILLED
    assert named(PLACE) is PLACE
