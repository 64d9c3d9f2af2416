"""Closes the books of a run: asks all its actors what they know, and compares."""

from collections.abc import Sequence
from typing import Any

from ..supervision.runtime.asked_of_all import Describe
from ..supervision.runtime.cell import Cell
from ..supervision.runtime.future import Future
from ..supervision.specs import ChildSpec
from ..supervision.system import ActorSystem
from .execution import Execution
from .positions import Positions
from .summary import summarise
from .updates import Reconcile

_COMPARE = (Execution, Positions)
"""Who keeps books, in the order in which they hear of a fill."""


def close_books(places: Sequence[Cell], patience: float) -> dict[str, Any]:
    """Return what the actors at these places know.

    Execution is asked first to compare its orders with the exchange: what it learns
    from that, positions has to know before it compares balances.
    `silent` are the places that are expected to know something and did not answer
    within `patience` seconds: then counts may be too low. `reconciled` is True only if
    every actor that keeps books has compared them with the exchange and found no
    `differences`; None means that this is not known.
    """
    found = [each for kind in _COMPARE for each in _compared(kind, places, patience)]
    told = [(cell, _ask_facts(cell, patience)) for cell in places]
    facts = [(cell, _usable(_answer(asked))) for cell, asked in told]
    silent = [cell.path for cell, answer in [*facts, *found] if answer is None]
    sentences = [each for _, answer in found for each in answer or ()]
    known = bool(found) and all(answer is not None for _, answer in found)
    return {
        **summarise(answer for _, answer in facts if answer is not None),
        "reconciled": not sentences if known else None,
        "differences": sentences,
        "silent": sorted(set(silent)),
    }


def places_that_know(system: ActorSystem, tree_path: str) -> list[Cell]:
    """Return the places below `tree_path` to ask at the end.

    What brings work in is left out: it has ended by then, and has said all.
    """
    return [
        cell
        for cell in system.cells()
        if cell.path.startswith(f"{tree_path.rstrip('/')}/")
        and isinstance(cell.spec, ChildSpec)
        and not cell.spec.intake
    ]


VOUCH_WITHIN = 20.0
"""Seconds; what became of an order is proved some 7 s after it was sent, at the latest.

That is its lifetime, the margin, and the time between two denials (`InquirySettings`).
"""


def book_trouble(system: ActorSystem, patience: float = VOUCH_WITHIN) -> list[str]:
    """Close the books of a tree, and say what they do not agree about."""
    root = system.cells()[0].path
    books = close_books(places_that_know(system, root), patience)
    silent = [f"{path} did not tell what it knows" for path in books["silent"]]
    return [f"books: {sentence}" for sentence in [*books["differences"], *silent]]


def _compared(
    kind: type[Any], places: Sequence[Cell], patience: float
) -> list[tuple[Cell, Any]]:
    asked = [
        (cell, _ask_differences(cell, patience))
        for cell in places
        if issubclass(cell.actor_class, kind)
    ]
    return [(cell, _answer(each)) for cell, each in asked]


def _ask_facts(cell: Cell, patience: float) -> Future[Any] | None:
    if cell.life is None:
        return None
    return cell.ref.command(Describe(), timeout=patience)


def _ask_differences(cell: Cell, patience: float) -> Future[Any] | None:
    if cell.life is None:
        return None
    return cell.ref.ask(Reconcile(), block=False, timeout=patience)


def _usable(facts: Any) -> Any:
    """Return facts that can be added up; None for what a user's actor made of them."""
    try:
        summarise([facts])
    except (ArithmeticError, TypeError, ValueError):
        return None
    return facts


def _answer(asked: Future[Any] | None) -> Any:
    """Wait for an answer; None when there is none in time, or an error instead."""
    if asked is None:
        return None
    try:
        return asked.get()
    except Exception:  # noqa: BLE001 - what is unknown is said to be unknown
        return None
