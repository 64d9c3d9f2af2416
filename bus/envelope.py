"""What travels with a word: who said it, when, where to, and what it follows from."""

import attrs
import msgspec
from msgspec import Struct

from .words import Command, UnreadableWord, Vocabulary, Word

VERSION = 1

MEDIA_TYPE = "application/x-msgpack+holdfast"
"""How the bytes of an envelope are called on the wire."""


@attrs.frozen(kw_only=True)
class Trace:
    """What a word follows from.

    All that follows from one thing shares its `correlation`; `causation` is the id of
    the very word that it was said because of; `parent` is W3C's `traceparent`.
    """

    correlation: str = ""
    causation: str = ""
    parent: str = ""


class Envelope(Struct, frozen=True, array_like=True, kw_only=True):
    """One word under way; the fields are in this order on the wire, new ones go last.

    `source` is the node that said it and `seq` its number there, without holes for
    words that are kept, 0 for others. `time` and `expires_at` are wall seconds, the
    latter None if it is good for ever. `term` is that of the sender, 0 if it has none.
    `attempts` is how often its handling has failed, `replay_of` the id under which it
    was said first, if it is said again.
    """

    version: int
    id: str
    source: str
    seq: int
    topic: str
    key: str
    type: str
    schema: int
    term: int
    time: float
    expires_at: float | None
    correlation: str
    causation: str
    parent: str
    body: bytes
    attempts: int = 0
    replay_of: str = ""


@attrs.frozen(kw_only=True)
class Sender:
    """Who says something, and by which numbers it is known again."""

    source: str
    id: str
    seq: int = 0
    time: float


def sealed(
    word: Word,
    topic: str,
    sender: Sender,
    vocabulary: Vocabulary,
    trace: Trace | None = None,
) -> Envelope:
    """Return a word in its envelope."""
    trace = trace or Trace()
    expires_at, term = None, 0
    if isinstance(word, Command):
        expires_at, term = word.expires_at, word.term
    return Envelope(
        version=VERSION,
        id=sender.id,
        source=sender.source,
        seq=sender.seq,
        topic=topic,
        key=word.key_value,
        type=type(word).__name__,
        schema=word.schema,
        term=term,
        time=sender.time,
        expires_at=expires_at,
        correlation=trace.correlation or sender.id,
        causation=trace.causation,
        parent=trace.parent,
        body=vocabulary.encode(word),
    )


class _Beginning(Struct, array_like=True):
    """What envelopes of all versions have in common."""

    version: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Envelope)
_beginning = msgspec.msgpack.Decoder(_Beginning)


def encoded(envelope: Envelope) -> bytes:
    """Return the bytes of an envelope."""
    return _encoder.encode(envelope)


def decoded(data: bytes) -> Envelope:
    """Return the envelope that these bytes are.

    Raises:
        UnreadableWord: they are none, or one of a newer version.

    """
    try:
        version = _beginning.decode(data).version
        if version > VERSION:
            raise UnreadableWord(
                f"the envelope has the version {version}, here it is {VERSION}: update"
                " this process before those that publish"
            )
        return _decoder.decode(data)
    except msgspec.DecodeError as error:
        raise UnreadableWord(f"this is no envelope: {error}") from error
