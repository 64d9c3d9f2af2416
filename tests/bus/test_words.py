"""What words are, what becomes of them on the wire, and what is refused there."""

from decimal import Decimal
from typing import Any, ClassVar

import msgspec
import pytest

from holdfast.bus.words import (
    Command,
    Event,
    Fact,
    Market,
    MessageClass,
    UnreadableWord,
    Vocabulary,
)


class Ticked(Market, frozen=True, kw_only=True):
    key: ClassVar = "symbol"
    symbol: str
    price: Decimal


class Shown(Event, frozen=True, kw_only=True):
    text: str


class Filled(Fact, frozen=True, kw_only=True):
    schema: ClassVar = 2
    order: str
    fee: Decimal = Decimal(0)


class Stop(Command, frozen=True, kw_only=True):
    who: str


WORDS = (Ticked, Shown, Filled, Stop)
SAID = [
    Ticked(symbol="BTCUSDT", price=Decimal("60000.10")),
    Shown(text="ä\x00"),
    Filled(order="a1", fee=Decimal("0.000000001")),
    Stop(who="/root/feed", expires_at=1.5, term=7),
]


@pytest.fixture
def vocabulary() -> Vocabulary:
    return Vocabulary(WORDS)


@pytest.mark.parametrize("word", SAID, ids=lambda word: type(word).__name__)
def test_a_word_comes_out_as_it_went_in(
    word: Ticked | Shown | Filled | Stop, vocabulary: Vocabulary
) -> None:
    body = vocabulary.encode(word)

    assert vocabulary.decode(type(word).__name__, word.schema, body) == word


def test_the_class_belongs_to_the_word() -> None:
    assert [(each.message_class, each.message_class.is_kept) for each in SAID] == [
        (MessageClass.MARKET, False),
        (MessageClass.EVENT, False),
        (MessageClass.FACT, True),
        (MessageClass.COMMAND, True),
    ]


def test_words_belong_together_by_what_their_key_names() -> None:
    assert [each.key_value for each in SAID] == ["BTCUSDT", "", "", ""]


def test_a_word_of_an_older_schema_is_read_with_what_was_not_there_then(
    vocabulary: Vocabulary,
) -> None:
    older = msgspec.msgpack.encode({"type": "Filled", "order": "a1"})

    assert vocabulary.decode("Filled", 1, older) == Filled(order="a1")


@pytest.mark.parametrize(
    ("name", "schema", "body", "told"),
    [
        ("Gone", 1, b"", "nobody here knows a word 'Gone'"),
        (
            "Filled",
            3,
            b"",
            "Filled has the schema 3, here it is 2: update this process before",
        ),
        ("Filled", 2, b"", "this is no Filled: Input data was truncated"),
        ("Filled", 2, b"\xc1", "this is no Filled: "),
        (
            "Filled",
            2,
            Vocabulary(WORDS).encode(SAID[1]),
            "this is no Filled: Invalid value 'Shown' - at `$.type`",
        ),
    ],
)
def test_what_is_no_word_of_ours_says_why(
    name: str, schema: int, body: bytes, told: str, vocabulary: Vocabulary
) -> None:
    with pytest.raises(UnreadableWord) as refused:
        vocabulary.decode(name, schema, body)

    assert str(refused.value).startswith(told)


def test_two_words_of_one_name_are_refused(vocabulary: Vocabulary) -> None:
    twin: Any = msgspec.defstruct("Filled", [("order", str)], bases=(Fact,))

    with pytest.raises(ValueError, match="two words are called Filled"):
        vocabulary.add(twin)
    vocabulary.add(Filled)  # the same one again changes nothing
    assert set(vocabulary.words) == {"Ticked", "Shown", "Filled", "Stop"}
