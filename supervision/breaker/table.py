"""The transitions of the breaker, as a table: what is not in it changes nothing."""

from collections.abc import Mapping
from typing import Literal

import attrs

from .states import Event, State

Guard = Literal["always", "trips", "nothing_holds", "enough", "may_reset"]
Action = Literal[
    "new_generation",
    "decay_attempt",
    "count_attempt",
    "hold_for_a_while",
    "grant_permits",
    "return_permit",
    "count_success",
    "begin_healthy",
    "clear_window",
    "clear_holds",
    "warn",
]


@attrs.frozen
class Rule:
    """What follows from an event if the guard allows it; the first such rule counts.

    `tells`: it is told even where the state stays the same.
    """

    after: State
    guard: Guard = "always"
    actions: tuple[Action, ...] = ()
    tells: bool = False


Table = Mapping[tuple[State, Event], tuple[Rule, ...]]

_OPENS: tuple[Action, ...] = ("new_generation", "count_attempt", "hold_for_a_while")
_TRIES: tuple[Action, ...] = ("new_generation", "grant_permits")
_CLOSES: tuple[Action, ...] = ("new_generation", "clear_window", "begin_healthy")

_OWN: Table = {
    (State.CLOSED, Event.BAD): (
        Rule(State.OPEN, guard="trips", actions=("decay_attempt", *_OPENS)),
    ),
    (State.CLOSED, Event.FACT): (Rule(State.OPEN, actions=("new_generation",)),),
    (State.OPEN, Event.FACT): (Rule(State.OPEN, tells=True),),
    (State.OPEN, Event.LIFTED): (
        Rule(State.HALF_OPEN, guard="nothing_holds", actions=_TRIES),
        Rule(State.OPEN, tells=True),
    ),
    (State.HALF_OPEN, Event.TRIAL_GOOD): (
        Rule(State.CLOSED, guard="enough", actions=_CLOSES),
        Rule(State.HALF_OPEN, actions=("count_success", "return_permit")),
    ),
    (State.HALF_OPEN, Event.TRIAL_NEUTRAL): (
        Rule(State.HALF_OPEN, actions=("return_permit",)),
    ),
    (State.HALF_OPEN, Event.BAD): (Rule(State.OPEN, actions=_OPENS),),
    (State.HALF_OPEN, Event.FACT): (Rule(State.OPEN, actions=("new_generation",)),),
    (State.HALF_OPEN, Event.DWELL_OVER): (Rule(State.OPEN, actions=_OPENS),),
    (State.FORCED_OPEN, Event.FACT): (Rule(State.FORCED_OPEN, tells=True),),
    (State.FORCED_OPEN, Event.LIFTED): (Rule(State.FORCED_OPEN, tells=True),),
    (State.FORCED_OPEN, Event.TTL_OVER): (
        Rule(State.HALF_OPEN, guard="nothing_holds", actions=_TRIES),
        Rule(State.OPEN, actions=("new_generation",)),
    ),
    (State.DISABLED, Event.FACT): (Rule(State.DISABLED, tells=True),),
    (State.METRICS_ONLY, Event.FACT): (Rule(State.METRICS_ONLY, actions=("warn",)),),
    (State.METRICS_ONLY, Event.BAD): (
        Rule(State.METRICS_ONLY, guard="trips", actions=("warn",)),
    ),
}

_COMMANDED: Mapping[Event, Rule] = {
    Event.FORCE_OPEN: Rule(State.FORCED_OPEN, actions=("new_generation",), tells=True),
    Event.DISABLE: Rule(State.DISABLED, actions=("new_generation",), tells=True),
    Event.ONLY_MEASURE: Rule(
        State.METRICS_ONLY, actions=("new_generation", "clear_window"), tells=True
    ),
    Event.RESET: Rule(
        State.CLOSED, guard="may_reset", actions=("clear_holds", *_CLOSES), tells=True
    ),
}

TABLE: Table = {
    **_OWN,
    **{
        (state, event): (rule,) for state in State for event, rule in _COMMANDED.items()
    },
}
