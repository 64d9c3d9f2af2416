"""Puts guards in the place of what gets round a simulated world, and back again."""

import sys
import threading
from types import ModuleType
from typing import Any, Self

from ..runtime.actor import Actor
from .guards import GUARDED, REPLACEMENTS, Place

_OURS = ("holdfast.supervision", "pykka")
"""Packages that use what is guarded only as they should."""


class _Replaced:
    """What is replaced in this process, for all worlds together."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.originals: list[tuple[Place, str, Any]] = []
        self.modules: set[str] = set()

    def replace(self, place: Place, name: str) -> None:
        original = getattr(place, name)
        self.originals.append((place, name, original))
        setattr(place, name, REPLACEMENTS[original])

    def replace_in(self, module: ModuleType) -> None:
        """Replace what a module has imported by name."""
        self.modules.add(module.__name__)
        if not module.__name__.startswith(_OURS):
            for name, value in list(vars(module).items()):
                if _is_guarded(value):
                    self.replace(module, name)

    def put_back(self) -> None:
        for place, name, original in reversed(self.originals):
            setattr(place, name, original)
        self.originals.clear()
        self.modules.clear()


_replaced = _Replaced()


class Escapes:
    """Keeps the guards in place from `install` until `restore`; several may overlap."""

    def __init__(self) -> None:
        self._installed = False

    def __enter__(self) -> Self:
        self.install()
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def install(self) -> None:
        """Put the guards in place."""
        with _replaced.lock:
            if self._installed:
                return
            self._installed = True
            _replaced.users += 1
            if _replaced.users == 1:
                for place, name in GUARDED:
                    _replaced.replace(place, name)

    def cover(self, actor_class: type[Actor]) -> None:
        """Guard also what the modules of an actor class have imported by name."""
        with _replaced.lock:
            for each in actor_class.__mro__:
                module = sys.modules.get(each.__module__)
                if module is not None and module.__name__ not in _replaced.modules:
                    _replaced.replace_in(module)

    def restore(self) -> None:
        """Put everything back, unless another one still needs it."""
        with _replaced.lock:
            if not self._installed:
                return
            self._installed = False
            _replaced.users -= 1
            if _replaced.users == 0:
                _replaced.put_back()


def _is_guarded(value: Any) -> bool:
    try:
        return value in REPLACEMENTS
    except Exception:  # noqa: BLE001 - what can't be hashed is none of them
        return False
