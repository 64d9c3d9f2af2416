"""What must hold in every run, as questions to its history.

Each function returns the violations as sentences; none means that it holds. The
numbers are those of the design: I1, I2 and so on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..budget import ROUNDING
from ..events import Decision, EventKind
from ..tree_state import fold
from .history import Flow, History
from .order import Order
from .watch_history import one_down_per_watch


def one_life_at_a_time(history: History) -> list[str]:
    """I1: at most one unfenced incarnation lives at a place."""
    return [
        f"I1: {life.path}#{life.number} began at {life.at:g} s while"
        f" {', '.join(f'#{number}' for number in life.unfenced)} had not ended"
        for life in history.lives
        if life.unfenced
    ]


def nothing_is_lost(flows: Iterable[Flow]) -> list[str]:
    """I2: each accepted message is handled, waiting, a dead letter, or redelivered."""
    return [
        f"I2: {flow.path}: {sentence}" for flow in flows for sentence in _leaks(flow)
    ]


def _leaks(flow: Flow) -> Iterator[str]:
    came = flow.accepted + flow.put_back
    went = flow.taken + flow.discarded_unseen + flow.waiting
    if came != went:
        yield (
            f"{flow.accepted} messages were accepted and {flow.put_back} put back, but"
            f" {flow.taken} taken, {flow.discarded_unseen} discarded and"
            f" {flow.waiting} wait"
        )
    seen = flow.begun + flow.discarded + flow.expired + flow.given_back + flow.in_hand
    if flow.taken != seen or flow.in_hand:
        yield (
            f"{flow.taken} messages were taken, but {flow.begun} begun,"
            f" {flow.discarded} discarded, {flow.expired} expired and"
            f" {flow.given_back} given back"
        )
    if flow.begun != flow.finished + flow.cut_short + flow.open:
        yield (
            f"{flow.begun} messages were begun, but {flow.finished} finished,"
            f" {flow.cut_short} cut short and {flow.open} are open"
        )
    if flow.cut_short != flow.redelivered + flow.dead + flow.failed:
        yield (
            f"{flow.cut_short} messages were cut short, but {flow.redelivered}"
            f" redelivered, {flow.dead} dead letters and {flow.failed} answered"
        )


def order_is_kept(history: History) -> list[str]:
    """I3: children start in the order of the specification, and stop in reverse.

    While a supervisor starts, and where all or the rest are restarted, each starts
    after those before it are ready, and stops after those behind it are down.
    """
    return list(Order(history).violations())


def restarts_are_limited(history: History) -> list[str]:
    """I4: a supervisor answers at most `intensity` failures in `period` by restarts."""
    times: dict[str, list[float]] = {}
    found: list[str] = []
    for happened in history.events:
        event = happened.event
        if event.kind is EventKind.STARTING:
            times.pop(event.path, None)
        parent = event.path.rpartition("/")[0] or "/"
        spec = history.supervisors.get(parent)
        if event.decision is not Decision.RESTART or spec is None:
            continue
        recent = [at for at in times.get(parent, ()) if happened.at - at <= spec.period]
        times[parent] = [*recent, happened.at]
        if len(times[parent]) > spec.intensity:
            found.append(
                f"I4: {parent} restarted {len(times[parent])} times within"
                f" {spec.period:g} s at {happened.at:g} s, with intensity"
                f" {spec.intensity}"
            )
    return found


def budgets_are_kept(history: History) -> list[str]:
    """I4: a dependency never bears more restarts in a period than its budget."""
    found: list[str] = []
    for dependency, times in history.borne.items():
        budget = history.budgets[dependency]
        found += [
            f"I4: {dependency} bore more than {budget.restarts} restarts in"
            f" {budget.period:g} s at {last:g} s"
            for first, last in zip(times, times[budget.restarts :], strict=False)
            if budget.period - (last - first) > ROUNDING
        ]
    return found


def asks_end(history: History, now: float) -> list[str]:
    """I6: every ask that somebody waits for has ended by its deadline."""
    return [
        f"I6: an ask to {ask.path} that was to end by {ask.deadline:g} s "
        + ("is open still" if ask.ended_at is None else f"ended at {ask.ended_at:g} s")
        for ask in history.asks
        if ask.deadline < (now if ask.ended_at is None else ask.ended_at)
    ]


def supervisors_answer(history: History) -> list[str]:
    """I7: a supervisor answers at once, whatever it is at."""
    return [
        f"I7: {probe.path} did not tell its children at once at {probe.at:g} s"
        for probe in history.probes
        if not probe.answered and not probe.excuse
    ]


def shutdown_ends(history: History) -> list[str]:
    """I8: a shutdown is over by its total deadline."""
    stopped = history.shutdown
    if stopped is None:
        return []
    if stopped.ended_at is None:
        return [f"I8: the shutdown that began at {stopped.began:g} s did not end"]
    if stopped.ended_at > stopped.deadline:
        late = f"{stopped.ended_at:g} s, after its deadline {stopped.deadline:g} s"
        return [f"I8: the shutdown ended at {late}"]
    return []


def watches_are_heard_of(history: History) -> list[str]:
    """I9: each watch is heard of exactly once, unless it is over before."""
    return one_down_per_watch(history.watches)


def state_is_the_fold(history: History) -> list[str]:
    """I10: the state of the tree is the fold of its events."""
    folded = fold(each.event for each in history.events)
    if folded == history.state:
        return []
    paths = folded.nodes.keys() | history.state.nodes.keys()
    wrong = sorted(
        path
        for path in paths
        if folded.nodes.get(path) != history.state.nodes.get(path)
    )
    return [f"I10: the state of {', '.join(wrong) or 'the tree'} is not its events'"]


def lives_end_once(history: History) -> list[str]:
    """Each incarnation ends in one event, and each has when the tree has ended.

    It is the contract of the runtime: whatever ends an actor, there is one report.
    """
    places: Counter[str] = Counter()
    begun: Counter[tuple[str, int, int]] = Counter()
    ended: Counter[tuple[str, int, int]] = Counter()
    for event in (happened.event for happened in history.events):
        places[event.path] += event.kind is EventKind.ADDED  # it may come once more
        life = event.path, places[event.path], event.incarnation
        begun[life] += event.kind is EventKind.STARTING
        ended[life] += event.kind is EventKind.EXITED
    root = history.events[0].event.path if history.events else ""
    over = any(life[0] == root and ended[life] for life in ended)
    return [
        f"one report: {life[0]}#{life[2]} ended in {ended[life]} events"
        for life in begun
        if ended[life] > begun[life] or (over and ended[life] < begun[life])
    ]


_OF_HISTORY: Sequence[Callable[[History], list[str]]] = (
    one_life_at_a_time,
    order_is_kept,
    restarts_are_limited,
    budgets_are_kept,
    supervisors_answer,
    shutdown_ends,
    watches_are_heard_of,
    state_is_the_fold,
    lives_end_once,
)


def violations(history: History, now: float) -> list[str]:
    """Return what does not hold in a run that is over at `now`."""
    found = [sentence for holds in _OF_HISTORY for sentence in holds(history)]
    return [*found, *nothing_is_lost(history.flows), *asks_end(history, now)]
