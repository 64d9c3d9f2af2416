"""What may leave the process: words of four classes, each of a name and a schema.

The class of a word says what it may count on:

| class | counts on |
|---|---|
| `Market` | nothing: the latest of a key wins, a late one is dropped |
| `Event` | little: in order, and the oldest are dropped where they pile up |
| `Fact` | all: on disk before it is offered, until each consumer has handled it |
| `Command` | as a fact, but never obeyed after `expires_at` or from an old term |
"""

import enum
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import msgspec
from msgspec import Struct


class MessageClass(enum.StrEnum):
    """How far a word is carried, whatever happens."""

    MARKET = "market"
    EVENT = "event"
    FACT = "fact"
    COMMAND = "command"

    @property
    def is_kept(self) -> bool:
        """Whether nothing of it may be lost."""
        return self in (MessageClass.FACT, MessageClass.COMMAND)


class Word(Struct, frozen=True, kw_only=True, tag=True):
    """What the four classes of words have in common; subclass one of those.

    On the wire a word has the name of its class, and `schema` is the version of its
    fields: raise it when they change, and give new ones a default, so that an older
    word can still be read. `key` names the attribute by which words belong together.
    """

    message_class: ClassVar[MessageClass]
    schema: ClassVar[int] = 1
    key: ClassVar[str] = ""

    @property
    def key_value(self) -> str:
        """By what this word belongs together with others."""
        return str(getattr(self, self.key)) if self.key else ""


class Market(Word, frozen=True, kw_only=True):
    """How a market is: only the latest of each key is worth anything."""

    message_class: ClassVar = MessageClass.MARKET


class Event(Word, frozen=True, kw_only=True):
    """What happened, for whoever looks: a few may be missing."""

    message_class: ClassVar = MessageClass.EVENT


class Fact(Word, frozen=True, kw_only=True):
    """What happened and must not be missed."""

    message_class: ClassVar = MessageClass.FACT


class Command(Word, frozen=True, kw_only=True):
    """What somebody is to do, but not later, and not for who leads no longer.

    `expires_at` is in wall seconds; `term` is that of the sender.
    """

    message_class: ClassVar = MessageClass.COMMAND
    expires_at: float
    term: int


class UnreadableWord(Exception):
    """Bytes are no word that is known here; the message says why not."""


class Vocabulary:
    """The words that a process understands, by name."""

    def __init__(self, words: Iterable[type[Word]] = ()) -> None:
        self._words: dict[str, type[Word]] = {}
        self._decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {}
        self._encoder = msgspec.msgpack.Encoder()
        for word in words:
            self.add(word)

    def add(self, word: type[Word]) -> None:
        """Understand one more word.

        Raises:
            ValueError: another one has its name.

        """
        name = word.__name__
        if self._words.setdefault(name, word) is not word:
            other = self._words[name].__module__
            raise ValueError(
                f"two words are called {name}, in {other} and in {word.__module__}:"
                " rename one, the name is all that the wire has"
            )
        self._decoders[name] = msgspec.msgpack.Decoder(word)

    @property
    def words(self) -> Mapping[str, type[Word]]:
        """All words, by name."""
        return dict(self._words)

    def encode(self, word: Word) -> bytes:
        """Return the bytes of a word."""
        return self._encoder.encode(word)

    def decode(self, name: str, schema: int, body: bytes) -> Word:
        """Return the word with this name, of this or an older schema.

        Raises:
            UnreadableWord: it is unknown, newer, or not what its name says.

        """
        word = self._words.get(name)
        if word is None:
            raise UnreadableWord(f"nobody here knows a word {name!r}")
        if schema > word.schema:
            raise UnreadableWord(
                f"{name} has the schema {schema}, here it is {word.schema}: update this"
                " process before those that publish"
            )
        try:
            found: Word = self._decoders[name].decode(body)
        except msgspec.DecodeError as error:
            raise UnreadableWord(f"this is no {name}: {error}") from error
        return found
