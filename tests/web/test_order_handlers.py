"""What an operator says about orders, and where it may be said."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.supervision import ActorSystem

Serve = Callable[..., ActorSystem]
Ask = Callable[..., tuple[int, str, Any]]

RECONCILE = "/api/v1/orders/reconcile"
SETTLE = "/api/v1/orders/settle"


@attrs.define
class Books:
    """Writes down what it is told, and answers what a test wants."""

    told: list[Any] = attrs.field(factory=list[Any])
    found: dict[str, Any] = attrs.field(
        factory=lambda: {"asked": ["/root/execution"], "differences": [], "silent": []}
    )
    refused: str = ""

    def __call__(self, system: ActorSystem) -> "Books":
        assert isinstance(system, ActorSystem)
        return self

    async def reconcile(self, under: str) -> dict[str, Any]:
        self.told.append(under)
        return self.found

    async def settle(self, order: str, reason: str, under: str) -> str:
        self.told.append((order, reason, under))
        return self.refused


@pytest.fixture
def books(serve: Serve) -> Books:
    books = Books()
    serve(books=books)
    return books


def test_all_books_are_compared_or_those_below_a_path(books: Books, ask: Ask) -> None:
    first, _, document = ask("POST", RECONCILE, {})
    then, _, _ = ask("POST", RECONCILE, {"under": "/root/execution"})

    assert (first, then, document) == (200, 200, books.found)
    assert books.told == ["", "/root/execution"]


def test_where_nobody_keeps_books_it_says_so(books: Books, ask: Ask) -> None:
    books.found = {"asked": [], "differences": [], "silent": []}
    status, _, document = ask("POST", RECONCILE, {"under": "/root/feed"})

    assert status == 404
    assert document["detail"] == "nobody keeps books of orders in /root/feed"


def test_an_order_is_settled_with_a_reason(books: Books, ask: Ask) -> None:
    body = {"order": "hf-a-1-1", "reason": "purged there"}
    status, _, document = ask("POST", SETTLE, body)
    books.refused = "the venue lists it"
    refused, _, why = ask("POST", SETTLE, {**body, "under": "/root/execution"})

    assert (status, document) == (200, body)
    assert (refused, why["detail"]) == (409, "the venue lists it")
    assert books.told == [
        ("hf-a-1-1", "purged there", ""),
        ("hf-a-1-1", "purged there", "/root/execution"),
    ]


@pytest.mark.parametrize("body", [{"order": "x"}, {"reason": "x"}, {}])
def test_without_an_order_and_a_reason_nothing_is_settled(
    body: dict[str, str], books: Books, ask: Ask
) -> None:
    assert ask("POST", SETTLE, body)[0] == 400
    assert books.told == []


@pytest.mark.parametrize("path", [RECONCILE, SETTLE])
def test_a_system_without_trading_has_no_books(
    path: str, serve: Serve, ask: Ask
) -> None:
    serve()

    assert ask("POST", path, {})[0] == 404
