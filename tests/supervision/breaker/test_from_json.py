"""A breaker in a configuration: it starts, or says in one sentence what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.config import ConfigError, build, load
from holdfast.supervision import ActorSystem, StartFailed, SupervisorSpec
from holdfast.supervision.simulation import World


def tree(**args: Any) -> str:
    to = {"$ref": "/root/venue"}
    start = "holdfast.supervision.breaker:CircuitBreaker"
    workers = [
        {"type": "worker", "id": "venue", "start": start, "args": {"to": to}},
        {"type": "worker", "id": "breaker", "start": start, "args": {"to": to, **args}},
    ]

    root = {"type": "supervisor", "id": "root", "backoff": None, "children": workers}
    return json.dumps({"tree": root})


def specified(folder: Path, text: str) -> SupervisorSpec:
    (folder / "my.json").write_text(text)
    return build(load(Path("my.json"), environ={}, directory=folder).settings)


def test_a_configuration_starts_it(tmp_path: Path) -> None:
    spec = specified(
        tmp_path,
        tree(
            key="client_order_id",
            window=60,
            lanes={"new": {"concurrency": 2}},
            consecutive=None,
        ),
    )
    with World(seed=1) as world:
        system = ActorSystem(spec, clock=world.clock, dispatchers=world.dispatchers)

        assert system.start().get().path == "/root"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (
            {"minimum_volume": 1000},
            "minimum_volume (1000) is never reached when every call hangs",
        ),
        (
            {"longest_open": 1},
            "longest_open (1 s) must be at least first_open (5 s)",
        ),
        ({"needed": 0}, "needed must be a whole number of at least 1, was 0"),
        ({"window": "30"}, "window must be a number of seconds above 0, was '30'"),
        ({"lanes": {"orders": {}}}, "there is no lane 'orders'"),
        (
            {"to": "/root/venue"},
            (
                'to must be a reference to an actor, {"$ref": "/root/exchange"}, was'
                " '/root/venue'"
            ),
        ),
        ({"fallback": "cache"}, 'fallback must be "error" or "last_good", was'),
        (
            {"fallback": "last_good", "fallback_to": {"$ref": "/root/venue"}},
            'give either fallback "last_good" or fallback_to, not both',
        ),
    ],
)
def test_what_makes_no_sense_fails_the_start_with_one_sentence(
    tmp_path: Path, args: dict[str, Any], told: str
) -> None:
    spec = specified(tmp_path, tree(**args))
    with World(seed=1) as world:
        system = ActorSystem(spec, clock=world.clock, dispatchers=world.dispatchers)
        with pytest.raises(StartFailed) as caught:
            system.start().get()

    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_argument_that_it_does_not_take_is_named_with_the_nearest(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError) as caught:
        specified(tmp_path, tree(windw=30))

    assert [(each.message, each.hint) for each in caught.value.problems] == [
        ('CircuitBreaker takes no argument "windw".', "Did you mean `window`?")
    ]
