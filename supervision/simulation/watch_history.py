"""What happened to the watches of one run, and whether each was heard of once (I9)."""

from collections.abc import Callable, Iterable, Iterator

import attrs

from ..runtime.exit_reason import ExitReason
from ..runtime.incarnation import Incarnation
from ..runtime.ties import Ties
from ..runtime.watch import Link, Watch


@attrs.frozen
class Who:
    """One incarnation; number 0 is nobody, or somebody outside."""

    path: str
    number: int

    def __str__(self) -> str:
        return f"{self.path}#{self.number}"


@attrs.frozen
class Watched:
    """A watch began."""

    watch: int
    watcher: Who
    target: Who


@attrs.frozen
class Unwatched:
    """Nothing may be heard of it any more."""

    watch: int


@attrs.frozen
class Heard:
    """Its watcher began to handle the one `Down`."""

    watch: int


@attrs.frozen
class Ended:
    """An incarnation is over."""

    who: Who


Record = Watched | Unwatched | Heard | Ended


class RecordingTies(Ties):
    """Keeps a record of all watches; set it as `ties` of a system before its start."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []
        self._numbers: dict[Watch, int] = {}

    def close(self, tie: Watch) -> bool:
        """Take note of what is unwatched."""
        there = super().close(tie)
        if there and tie in self._numbers:
            self.records.append(Unwatched(self._numbers[tie]))
        return there

    def claim(self, tie: Watch) -> bool:
        """Take note of what is heard."""
        there = super().claim(tie)
        if there and tie in self._numbers:
            self.records.append(Heard(self._numbers[tie]))
        return there

    def ended(self, life: Incarnation, reason: ExitReason) -> list[Callable[[], None]]:
        """Take note of an end before anybody hears of it."""
        self.records.append(Ended(Who(life.cell.path, life.number)))
        return super().ended(life, reason)

    def _open(self, tie: Watch, *back: Link) -> None:
        if type(tie) is not Link:
            life = tie.watcher
            watcher = Who("", 0) if life is None else Who(life.cell.path, life.number)
            number = self._numbers[tie] = len(self._numbers) + 1
            target = Who(tie.path, tie.incarnation)
            self.records.append(Watched(number, watcher, target))
        super()._open(tie, *back)


def one_down_per_watch(records: Iterable[Record]) -> list[str]:
    """I9: return what is wrong with a run in which one thing happened at a time.

    Each watch is heard of exactly once, after its target has ended, unless it was
    undone or its watcher ended before. At the end of the records nothing may be on its
    way any more.
    """
    return list(_violations(records))


@attrs.define
class _Watches:
    """Those that still wait, those of them that are due, and why others do not."""

    waiting: dict[int, Watched] = attrs.field(factory=dict[int, Watched])
    due: set[int] = attrs.field(factory=set[int])
    over: dict[int, str] = attrs.field(factory=dict[int, str])

    def begin(self, watched: Watched) -> None:
        self.waiting[watched.watch] = watched
        if not watched.target.number:
            self.due.add(watched.watch)

    def finish(self, watch: int, why: str) -> bool:
        self.over[watch] = why
        return self.waiting.pop(watch, None) is not None

    def end(self, who: Who) -> None:
        for watch, each in list(self.waiting.items()):
            if each.watcher == who:
                self.finish(watch, "its watcher had ended")
            elif each.target == who:
                self.due.add(watch)


def _violations(records: Iterable[Record]) -> Iterator[str]:
    watches = _Watches()
    for record in records:
        match record:
            case Watched():
                watches.begin(record)
            case Unwatched(watch):
                watches.finish(watch, "it was undone")
            case Ended(who):
                watches.end(who)
            case Heard(watch):
                before = watches.over.get(watch, "nothing began")
                if not watches.finish(watch, "it had been heard of"):
                    yield f"I9: watch {watch} was heard of after {before}"
                elif watch not in watches.due:
                    yield f"I9: watch {watch} was heard of before its target ended"
    for watch, watched in watches.waiting.items():
        if watch in watches.due:
            yield f"I9: watch {watch} of {watched.target} was never heard of"
