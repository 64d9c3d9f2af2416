"""Recordings told again and again as one longer market, from any place in it."""

from collections.abc import Iterator, Mapping, Sequence

import attrs
from msgspec.structs import replace

from .market import DepthSnapshot, DepthUpdate, MarketMessage, Quote, Trade
from .recording import BadFrame, Recorded, merge

ROUND_IDS = 10**12
"""By how much ids grow from one round to the next: more than any recording's span."""

ROUND_PAUSE_NS = 1_000_000


@attrs.frozen(kw_only=True)
class Place:
    """A place between two messages: the round, and the lines done in it.

    `first_ns` and `last_ns` are the receive times of the first message of all and of
    the last one said; `shift_ns` is what this round adds to its times.
    """

    round: int = 0
    lines: Mapping[str, int] = attrs.field(factory=dict[str, int])
    shift_ns: int = 0
    first_ns: int | None = None
    last_ns: int = 0


def replay(
    files: Sequence[str], *, times: int, symbol: str, venue: str, place: Place
) -> Iterator[tuple[Place, Recorded]]:
    """Yield each message after `place`, with the place that follows it.

    In later rounds times and ids go on growing, as if the market had. Raises
    `RecordingUnreadable` at once.
    """
    while place.round < times:
        recorded = merge(files, after_lines=place.lines, symbol=symbol, venue=venue)
        for path, line, message in recorded:
            told = _shifted(message, place)
            place = _after(place, path, line, told)
            yield place, told
        place = _next_round(place)


def _after(place: Place, path: str, line: int, told: Recorded) -> Place:
    lines = {**place.lines, path: line}
    if isinstance(told, BadFrame):
        return attrs.evolve(place, lines=lines)
    first_ns = told.received_ns if place.first_ns is None else place.first_ns
    last_ns = told.received_ns
    return attrs.evolve(place, lines=lines, first_ns=first_ns, last_ns=last_ns)


def _next_round(place: Place) -> Place:
    span = place.last_ns - (place.first_ns or 0) + ROUND_PAUSE_NS
    return attrs.evolve(place, round=place.round + 1, lines={}, shift_ns=span)


def _shifted(message: Recorded, place: Place) -> Recorded:
    if place.round == 0 or isinstance(message, BadFrame):
        return message
    return _later(message, place.round * ROUND_IDS, place.shift_ns)


def _later(message: MarketMessage, ids: int, shift_ns: int) -> MarketMessage:
    received_ns = message.received_ns + shift_ns
    match message:
        case Trade(id=number, time=time):
            time += shift_ns / 1e9
            return replace(message, id=number + ids, time=time, received_ns=received_ns)
        case Quote(update_id=number):
            return replace(message, update_id=number + ids, received_ns=received_ns)
        case DepthSnapshot(last_update_id=number):
            return replace(
                message, last_update_id=number + ids, received_ns=received_ns
            )
        case DepthUpdate():
            previous = message.previous_update_id
            return replace(
                message,
                first_update_id=message.first_update_id + ids,
                last_update_id=message.last_update_id + ids,
                previous_update_id=None if previous is None else previous + ids,
                received_ns=received_ns,
            )
