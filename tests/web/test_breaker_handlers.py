"""What an operator may say to a circuit breaker, and what it answers."""

from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import Actor, ActorSystem, ChildSpec, RefTo
from holdfast.supervision.breaker import CircuitBreaker
from holdfast.supervision.runtime.asked_of_all import Describe

Serve = Callable[..., ActorSystem]
Ask = Callable[..., tuple[int, str, Any]]

PATIENCE = 20.0
PLACE = "/api/v1/components/root/breaker/breaker"


class Venue(Actor):
    """Answers nothing: nobody asks it here."""


TREE = (
    ChildSpec(id="venue", start=Venue),
    ChildSpec(
        id="breaker", start=CircuitBreaker, args={"to": RefTo(path="/root/venue")}
    ),
)


@pytest.fixture
def served(serve: Serve) -> ActorSystem:
    return serve(*TREE)


def say(ask: Ask, command: str, **body: Any) -> Any:
    status, _, document = ask("POST", f"{PLACE}/{command}", body)
    return document["state"] if status == 200 else (status, document["detail"])


def test_it_tells_how_it_is(served: ActorSystem, ask: Ask) -> None:
    del served
    status, _, report = ask("GET", PLACE)

    assert status == 200
    assert (report["path"], report["state"], report["holds"]) == (
        "/root/breaker",
        "closed",
        [],
    )


def test_it_does_what_it_is_told_and_says_how_it_is_then(
    served: ActorSystem, ask: Ask
) -> None:
    del served
    states = [
        say(ask, "force-open", reason="maintenance", ttl=60),
        say(ask, "disable", reason="it is wrong"),
        say(ask, "measure", reason="trying a setting"),
        say(ask, "reset", reason="all is well"),
        say(ask, "unlock", reason="new key"),
        say(ask, "reconciled", reason="looked at the venue", calls=["a1"]),
    ]

    assert states == [
        "forced_open",
        "disabled",
        "metrics_only",
        "closed",
        "closed",
        "closed",
    ]


def test_each_command_is_an_event_with_its_reason(
    served: ActorSystem, ask: Ask
) -> None:
    say(ask, "force-open", reason="maintenance")

    told = [e.reason for e in served.events.since(0) if e.path == "/root/breaker"]
    assert any("maintenance" in reason for reason in told)


def test_nothing_is_done_without_a_reason(served: ActorSystem, ask: Ask) -> None:
    del served
    bare = say(ask, "force-open")

    assert bare == (400, "to steer a breaker needs a reason")
    assert ask("GET", PLACE)[2]["state"] == "closed"


@pytest.mark.parametrize("ttl", [0, -1, "soon"])
def test_a_time_that_can_not_be_is_refused(
    ttl: Any, served: ActorSystem, ask: Ask
) -> None:
    del served
    status, _ = say(ask, "force-open", reason="why not", ttl=ttl)

    assert (status, ask("GET", PLACE)[2]["state"]) == (400, "closed")


@pytest.mark.parametrize("calls", [7, "a1", [1]])
def test_calls_that_are_no_names_are_refused(
    calls: Any, served: ActorSystem, ask: Ask
) -> None:
    del served
    status, _ = say(ask, "reconciled", reason="looked", calls=calls)

    assert status == 400


def test_what_is_no_breaker_can_not_be_told(served: ActorSystem, ask: Ask) -> None:
    del served
    venue = ask("GET", "/api/v1/components/root/venue/breaker")
    nobody = ask("GET", "/api/v1/components/root/nobody/breaker")

    assert (venue[0], venue[2]["detail"]) == (
        404,
        "/root/venue is a Venue, not a circuit breaker",
    )
    assert nobody[0] == 404


def test_over_tcp_it_can_be_seen_and_not_steered(serve: Serve, ask: Ask) -> None:
    system = serve(*TREE, port=0)
    asked = system.ref("/system/web").command(Describe(), timeout=PATIENCE)
    port = asked.get(timeout=PATIENCE)["port"]
    seen = ask("GET", PLACE, port=port)[0]
    told = ask("POST", f"{PLACE}/disable", {"reason": "fun"}, port=port)[0]

    assert (seen, told) == (200, 405)
