"""What is in an envelope, and what is none."""

from typing import Any, ClassVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.bus.envelope import (
    VERSION,
    Envelope,
    Sender,
    Trace,
    decoded,
    encoded,
    sealed,
)
from holdfast.bus.words import Command, Fact, UnreadableWord, Vocabulary


class Moved(Fact, frozen=True, kw_only=True):
    key: ClassVar = "symbol"
    schema: ClassVar = 3
    symbol: str


class Halt(Command, frozen=True, kw_only=True):
    why: str


VOCABULARY = Vocabulary((Moved, Halt))
SENDER = Sender(source="a", id="a-1", seq=5, time=100.0)
MOVED = Moved(symbol="BTCUSDT")
HALT = Halt(why="loss", expires_at=103.0, term=9)


def test_a_fact_says_who_told_it_and_by_what_it_belongs_together() -> None:
    assert sealed(MOVED, "positions.BTCUSDT", SENDER, VOCABULARY) == Envelope(
        version=VERSION,
        id="a-1",
        source="a",
        seq=5,
        topic="positions.BTCUSDT",
        key="BTCUSDT",
        type="Moved",
        schema=3,
        term=0,
        time=100.0,
        expires_at=None,
        correlation="a-1",
        causation="",
        parent="",
        body=VOCABULARY.encode(MOVED),
    )


def test_a_command_says_until_when_it_is_good_and_for_which_term() -> None:
    envelope = sealed(HALT, "risk.halt", SENDER, VOCABULARY)

    assert (envelope.expires_at, envelope.term) == (103.0, 9)


def test_what_follows_from_something_says_so() -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    trace = Trace(correlation="c", causation="b-7", parent=parent)
    envelope = sealed(MOVED, "t", SENDER, VOCABULARY, trace)

    assert (envelope.correlation, envelope.causation, envelope.parent) == (
        "c",
        "b-7",
        parent,
    )


@pytest.mark.parametrize("word", [MOVED, HALT])
def test_it_comes_out_as_it_went_in(word: Moved | Halt) -> None:
    envelope = decoded(encoded(sealed(word, "a.b", SENDER, VOCABULARY)))

    assert envelope == sealed(word, "a.b", SENDER, VOCABULARY)
    assert VOCABULARY.decode(envelope.type, envelope.schema, envelope.body) == word


def test_fields_that_a_later_release_adds_at_the_end_are_passed_over() -> None:
    envelope = sealed(MOVED, "a.b", SENDER, VOCABULARY)
    fields = [*msgspec.structs.astuple(envelope), "new"]

    assert decoded(msgspec.msgpack.encode(fields)) == envelope


def test_a_newer_version_is_refused_by_that_name_whatever_its_fields_are() -> None:
    newer = msgspec.msgpack.encode([VERSION + 1, {"all": "is new"}])

    with pytest.raises(UnreadableWord, match=f"the version {VERSION + 1}, here it is"):
        decoded(newer)


@given(st.binary(max_size=60) | st.recursive(st.none() | st.integers(0, 9), st.lists))
def test_whatever_else_comes_is_no_envelope(data: Any) -> None:
    raw = data if isinstance(data, bytes) else msgspec.msgpack.encode(data)

    with pytest.raises(UnreadableWord):
        decoded(raw)
