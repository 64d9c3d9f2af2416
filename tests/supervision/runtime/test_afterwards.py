"""What follows a handler follows it once, however it ends."""

import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from holdfast.supervision.runtime.afterwards import afterwards


def run(coroutine: Any) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


async def fine() -> str:
    return "fine"


async def bad() -> str:
    raise LookupError("no such thing")


def test_it_follows_a_result_at_once() -> None:
    said: list[Any] = []

    assert afterwards("fine", said.append) == "fine"
    assert said == [None]


def test_it_follows_a_coroutine_when_that_is_through() -> None:
    said: list[Any] = []
    steps = afterwards(fine(), said.append)
    before = list(said)

    assert run(steps) == "fine"
    assert (before, said) == ([], [None])


def test_it_hears_what_a_coroutine_raises() -> None:
    said: list[Any] = []

    with pytest.raises(LookupError):
        run(afterwards(bad(), said.append))
    assert [repr(each) for each in said] == ["LookupError('no such thing')"]


@pytest.mark.parametrize("make", [lambda: "fine", fine])
def test_what_it_raises_takes_the_place_of_the_result(make: Callable[[], Any]) -> None:
    def fail(_: object) -> None:
        raise ValueError("boom")

    def play() -> None:
        run(afterwards(make(), fail))

    with pytest.raises(ValueError, match="boom"):
        play()


def test_it_follows_a_coroutine_that_is_closed_before_it_begins() -> None:
    said: list[Any] = []
    inner: Coroutine[Any, Any, str] = fine()

    afterwards(inner, said.append).close()

    assert [type(each) for each in said] == [GeneratorExit]
    assert inspect.getcoroutinestate(inner) == inspect.CORO_CLOSED
