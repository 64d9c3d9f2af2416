"""Guards stand only while a world runs, also under names that a module has imported."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from datetime import datetime
from time import time_ns as what_time
from typing import Any

import pytest

from holdfast.supervision import Actor, ActorSystem, ChildSpec
from holdfast.supervision.simulation import Escaped, World
from holdfast.supervision.simulation.escapes import Escapes

Inhabit = Callable[..., ActorSystem]


class Watcher(Actor):
    """Has imported the time by name, as this module shows."""

    def on_receive(self, message: Any) -> Any:
        return what_time() if message == "time" else datetime.today()  # noqa: DTZ002 - never done


@pytest.mark.parametrize(
    ("word", "name"), [("time", "time.time_ns"), ("day", "datetime.datetime.today")]
)
def test_names_that_a_module_has_imported_are_guarded_too(
    inhabit: Inhabit, word: str, name: str
) -> None:
    system = inhabit(ChildSpec(id="a", start=Watcher))
    asked = system.ref("/root/a").ask(word, block=False)

    with pytest.raises(Escaped, match=f"/root/a calls {name}"):
        asked.get()


def names() -> list[object]:
    return [time.monotonic_ns, what_time, dt.datetime, datetime, threading.Thread.start]


def test_all_is_as_before_once_the_world_is_closed(
    world: World, inhabit: Inhabit
) -> None:
    before = names()
    inhabit(ChildSpec(id="a", start=Watcher))
    meanwhile = names()

    world.close()

    assert names() == before
    assert not {id(each) for each in meanwhile} & {id(each) for each in before}


def test_the_last_of_several_worlds_puts_everything_back(inhabit: Inhabit) -> None:
    before = names()
    inhabit(ChildSpec(id="a", start=Watcher))
    meanwhile = names()

    with Escapes() as escapes:
        escapes.cover(Watcher)
        escapes.install()

    assert [*map(id, names())] == [*map(id, meanwhile)]
    assert meanwhile != before


def test_putting_back_twice_changes_nothing() -> None:
    before = names()
    with Escapes() as one, Escapes() as other:
        one.restore()
        one.restore()
        guarded = time.monotonic_ns is not before[0]
        other.restore()

    assert guarded
    assert names() == before
