"""What is to follow a handler that may be a coroutine: once that is through."""

from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any, cast

Follow = Callable[[BaseException | None], None]
"""Called with what a handler raised; what it raises itself takes the place of that."""


def afterwards(result: Any, follow: Follow) -> Any:
    """Have `follow` called when the result is there, and return that.

    A coroutine becomes another one, which does both when it is run or closed.
    """
    if type(result) is CoroutineType:
        steps = cast("Coroutine[Any, Any, Any]", result)
        return _Unfinished(steps, follow).finish()
    follow(None)
    return result


class _Unfinished:
    """A coroutine that is to be run, or closed if it never is."""

    __slots__ = ("_coroutine", "_follow", "_is_begun")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], follow: Follow) -> None:
        self._coroutine = coroutine
        self._follow = follow
        self._is_begun = False

    async def finish(self) -> Any:
        self._is_begun = True
        error: BaseException | None = None
        try:
            return await self._coroutine
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._follow(error)

    def __del__(self) -> None:
        # Nothing of a coroutine runs that is closed before it has begun.
        if not self._is_begun:
            self._coroutine.close()
            self._follow(GeneratorExit())
