"""The books of a run say what is known, and who did not tell."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from holdfast.actors.books import close_books
from holdfast.supervision import Actor, ActorSystem, ChildSpec, Describe, TerminateChild

Grown = Callable[..., AbstractContextManager[ActorSystem]]


class Told(Actor):
    """Says of itself what it was given, or fails to."""

    def __init__(self, facts: Any) -> None:
        self._facts = facts

    def facts(self) -> Any:
        if isinstance(self._facts, Exception):
            raise self._facts
        return self._facts


def told(name: str, facts: Any) -> ChildSpec:
    return ChildSpec(id=name, start=Told, args={"facts": facts})


def test_facts_are_added_up_and_nobody_is_silent(grown: Grown) -> None:
    with grown(told("a", {"ticks": 2}), told("b", {"ticks": 3})) as system:
        places = [system.cell("/root/a"), system.cell("/root/b")]

        books = close_books(places, 5.0)

    assert (books["ticks"], books["orders"], books["silent"]) == (5, None, [])
    assert (books["reconciled"], books["differences"]) == (None, [])


@pytest.mark.parametrize(
    "facts", [5, {"ticks": "many"}, {"fees": "cheap"}, KeyError("no luck")]
)
def test_who_tells_nothing_usable_is_silent(grown: Grown, facts: Any) -> None:
    with grown(told("a", {"ticks": 2}), told("odd", facts)) as system:
        places = [system.cell("/root/a"), system.cell("/root/odd")]

        books = close_books(places, 5.0)

    assert (books["ticks"], books["silent"]) == (2, ["/root/odd"])


def test_who_is_down_is_silent(grown: Grown) -> None:
    with grown(told("a", {"ticks": 2})) as system:
        system.ref("/root").command(TerminateChild("a")).get(timeout=20)

        books = close_books([system.cell("/root/a")], 5.0)

    assert (books["ticks"], books["silent"]) == (None, ["/root/a"])


def test_to_look_at_an_actor_never_crashes_it(grown: Grown) -> None:
    with grown(told("odd", KeyError("no luck"))) as system:
        asked = system.ref("/root/odd").command(Describe())

        with pytest.raises(KeyError, match="no luck"):
            asked.get(timeout=20)

        assert system.cell("/root/odd").incarnation == 1
        assert system.is_up
