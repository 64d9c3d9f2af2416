"""An actor of coroutines that behaves as its character says."""

import asyncio
from typing import Any, ClassVar

from .characters import ANSWERS, Manner, Word
from .rogues import Rogue


class CoroutineRogue(Rogue):
    """Takes its time without holding a thread."""

    _may_block: ClassVar[bool] = False

    async def on_start(self) -> None:  # type: ignore[override] # a loop lets it
        self._dare_to_start()
        await self._take(self._is.slow_start)
        self._begin()

    async def on_receive(self, message: Any) -> Any:
        answer = super().on_receive(message)
        asks = self._is.manner is Manner.BLOCK and not self._is_calm
        if asks and isinstance(message, Word) and message.hops > 0:
            await self._take(0.05)
            await self._ask_a_friend()
        return answer

    async def on_stop(self) -> None:  # type: ignore[override] # a loop lets it
        await self._take(self._is.slow_stop)
        self._let_go()

    async def _take(self, seconds: float) -> None:
        if seconds > 0 and not self._is_calm:
            await asyncio.sleep(seconds)

    async def _ask_a_friend(self) -> None:
        friend = self._chance.choice([*self._friends, self.me])
        try:
            await friend.ask(Word(0, 0), block=False, timeout=self._is.patience)
        except ANSWERS:
            if not (self._is.careful or self._is_calm):
                raise
