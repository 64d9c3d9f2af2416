"""What an operator says to those who guard the trading, and where it may be said."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from holdfast.supervision import ActorSystem

Serve = Callable[..., ActorSystem]
Ask = Callable[..., tuple[int, str, Any]]

HALTED = {"path": "/root/risk", "level": "halted", "why": "a loss"}
ACTIVE = {"path": "/root/other", "level": "active", "why": ""}


@attrs.define
class Desk:
    """Writes down what it is told, and answers what a test wants."""

    told: list[Any] = attrs.field(factory=list[Any])
    refused: list[str] = attrs.field(factory=list[str])
    stands: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])

    def __call__(self, system: ActorSystem) -> "Desk":
        assert isinstance(system, ActorSystem)
        return self

    async def halt(self, reason: str, scope: str) -> dict[str, Any]:
        self.told.append(("halt", reason, scope))
        return {"confirmed": True, "ended": [], "open": [], "trouble": []}

    async def flatten(self, scope: str) -> dict[str, Any]:
        self.told.append(("flatten", scope))
        told: dict[str, Any] = {"confirmed": False, "ended": [], "open": []}
        return {**told, "held": {}, "trouble": ["it holds"]}

    async def arm(self, reason: str, scope: str) -> dict[str, Any]:
        self.told.append(("arm", reason, scope))
        return {"armed": not self.refused, "refused": self.refused}

    async def report(self) -> list[dict[str, Any]]:
        return self.stands


@pytest.fixture
def desk(serve: Serve) -> Desk:
    desk = Desk()
    serve(risk=desk)
    return desk


def test_a_halt_is_passed_on_with_its_reason_and_its_scope(
    desk: Desk, ask: Ask
) -> None:
    body = {"reason": "mad market", "scope": "venue:spot"}
    first, _, document = ask("POST", "/api/v1/risk/halt", body)
    then, _, _ = ask("POST", "/api/v1/risk/halt", {})

    assert (first, then, document["confirmed"]) == (200, 200, True)
    assert desk.told == [
        ("halt", "mad market", "venue:spot"),
        ("halt", "an operator", "system"),
    ]


def test_what_is_held_is_closed_in_a_scope(desk: Desk, ask: Ask) -> None:
    body = {"scope": "venue:spot"}
    status, _, document = ask("POST", "/api/v1/risk/flatten", body)
    ask("POST", "/api/v1/risk/flatten", {})

    assert (status, document["trouble"]) == (200, ["it holds"])
    assert desk.told == [("flatten", "venue:spot"), ("flatten", "system")]


def test_to_arm_needs_a_reason(desk: Desk, ask: Ask) -> None:
    bare = [ask("POST", "/api/v1/risk/arm", body)[0] for body in ({}, {"reason": " "})]
    armed, _, _ = ask("POST", "/api/v1/risk/arm", {"reason": "looked at it"})

    assert (bare, armed) == ([400, 400], 200)
    assert desk.told == [("arm", "looked at it", "system")]


def test_what_is_not_armed_says_why(desk: Desk, ask: Ask) -> None:
    desk.refused = ["/root/risk: still broken"]
    status, _, problem = ask("POST", "/api/v1/risk/arm", {"reason": "please"})

    assert (status, problem["detail"]) == (409, "/root/risk: still broken")


@pytest.mark.parametrize(
    ("level", "verdict"),
    [
        ("halted", "halted"),
        ("reducing", "degraded"),
        ("active", "ok"),
        ("unknown", "ok"),
    ],
)
def test_the_status_tells_the_risk_state(
    level: str, verdict: str, desk: Desk, ask: Ask
) -> None:
    use = {"limit": "lag", "scope": "system", "used": "1", "most": "2"}
    told: dict[str, Any] = {**HALTED, "level": level, "gates": {}, "limits": [use]}
    desk.stands = [{**told, "more": 1}, {**ACTIVE, "gates": {}}]
    _, _, document = ask("GET", "/api/v1/status")

    assert document["verdict"] == verdict
    assert document["risk"] == [told, {**ACTIVE, "gates": {}, "limits": []}]
    assert ask("GET", "/api/v1/risk")[2] == desk.stands


def test_where_nobody_guards_anything_there_is_nothing_to_halt(
    serve: Serve, ask: Ask
) -> None:
    serve()

    assert ask("POST", "/api/v1/risk/halt", {})[0] == 404
    assert ask("GET", "/api/v1/risk")[2] == []
    assert ask("GET", "/api/v1/status")[2]["risk"] == []
