"""Settings become the specs that the supervisors work with."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.config import ConfigError, Configuration, Settings, budgets, build
from holdfast.supervision.budget import BudgetSpec
from holdfast.supervision.runtime.actor import Actor
from holdfast.supervision.runtime.mailbox import MailboxSpec
from holdfast.supervision.specs import Backoff, ChildSpec, RefTo, SupervisorSpec

Load = Callable[..., Configuration]

ACTOR = "holdfast.supervision.runtime.actor:Actor"


def built(tree: dict[str, Any]) -> SupervisorSpec:
    return build(msgspec.convert({"tree": tree}, Settings))


def test_the_defaults_are_those_of_the_specs() -> None:
    worker = {"type": "worker", "id": "a", "start": ACTOR}

    spec = built({"type": "supervisor", "id": "root", "children": [worker]})

    assert spec == SupervisorSpec(children=(ChildSpec(id="a", start=Actor),))


def test_everything_said_reaches_the_specs() -> None:
    worker = {
        "type": "worker",
        "id": "a",
        "start": ACTOR,
        "args": {"to": [RefTo(path="/desk/pool")], "n": 1},
        "restart": "transient",
        "shutdown": 1,
        "start_timeout": 2,
        "dispatcher": "pinned",
        "mailbox": {
            "capacity": 3,
            "overflow": "conflate",
            "on_restart": "purge",
            "key": "symbol",
        },
        "in_flight": "redeliver",
        "backoff": {"minimum": 4},
        "hang_after": 5,
        "failures": {"ccxt:RateLimitExceeded": "rate_limit"},
        "dependency": "venue",
        "significant": True,
        "intake": True,
    }
    pool = {
        "type": "supervisor",
        "id": "pool",
        "strategy": "one_for_all",
        "restart": "temporary",
        "shutdown": "brutal",
        "significant": True,
        "backoff": None,
    }
    tree = {
        "type": "supervisor",
        "id": "desk",
        "intensity": 5,
        "period": 6,
        "auto_shutdown": "all_significant",
        "children": [worker, pool],
    }

    assert built(tree) == SupervisorSpec(
        id="desk",
        intensity=5,
        period=6.0,
        auto_shutdown="all_significant",
        children=(
            ChildSpec(
                id="a",
                start=Actor,
                args={"to": [RefTo(path="/desk/pool")], "n": 1},
                restart="transient",
                shutdown=1.0,
                start_timeout=2.0,
                dispatcher="pinned",
                mailbox=MailboxSpec(
                    capacity=3, overflow="conflate", on_restart="purge", key="symbol"
                ),
                in_flight="redeliver",
                backoff=Backoff(minimum=4.0),
                hang_after=5,
                failures={"ccxt:RateLimitExceeded": "rate_limit"},
                dependency="venue",
                significant=True,
                intake=True,
            ),
            SupervisorSpec(
                id="pool",
                strategy="one_for_all",
                restart="temporary",
                shutdown="brutal",
                significant=True,
                backoff=None,
            ),
        ),
    )


@pytest.mark.parametrize(
    "field", ["minimum", "maximum", "factor", "jitter", "stable_for"]
)
@pytest.mark.parametrize("value", [-1, 0, 0.5, 1, 1000, 1001, 1e308])
def test_waits_have_the_limits_of_the_specs(
    load_text: Load, field: str, value: float
) -> None:
    tree = {"type": "supervisor", "id": "root", "backoff": {field: value}}
    try:
        expected = Backoff(**{field: value})
    except ValueError:
        with pytest.raises(ConfigError):
            load_text(json.dumps({"tree": tree}))
    else:
        taken = load_text(json.dumps({"tree": tree}))
        assert build(taken.settings).backoff == expected


RESTART = st.sampled_from(["permanent", "transient", "temporary"])


@st.composite
def supervisors(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """Return a tree that may break any rule between its settings."""
    kinds = ["worker", "supervisor"] if depth else ["worker"]
    children: list[dict[str, Any]] = []
    for kind in draw(st.lists(st.sampled_from(kinds), max_size=3)):
        child: dict[str, Any] = {"id": draw(st.sampled_from("abc")), "type": kind}
        if kind == "supervisor":
            child = draw(supervisors(depth - 1)) | child
        else:
            child |= {"start": ACTOR, "mailbox": draw(mailboxes())}
        child |= draw(
            st.fixed_dictionaries(
                {}, optional={"restart": RESTART, "significant": st.booleans()}
            )
        )
        children.append(child)
    strategies = ["one_for_one", "simple_one_for_one"]
    return {
        "type": "supervisor",
        "id": "root",
        "children": children,
        "strategy": draw(st.sampled_from(strategies)),
        "auto_shutdown": draw(st.sampled_from(["never", "any_significant"])),
    }


@st.composite
def mailboxes(draw: st.DrawFn) -> dict[str, Any]:
    """Return a mailbox that may lack its key."""
    overflow = draw(st.sampled_from(["fail", "conflate"]))
    on_restart = draw(st.sampled_from(["keep", "conflate"]))
    key = draw(st.sampled_from([None, "symbol"]))
    return {"overflow": overflow, "on_restart": on_restart, "key": key}


@given(supervisors())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_rules_refuse_exactly_what_the_specs_refuse(
    load_text: Load, tree: dict[str, Any]
) -> None:
    try:
        expected = built(tree)
    except ValueError:
        with pytest.raises(ConfigError):
            load_text(json.dumps({"tree": tree}))
    else:
        assert build(load_text(json.dumps({"tree": tree})).settings) == expected


def test_what_dependencies_bear_reaches_the_system() -> None:
    said = {"venue": {"restarts": 3}, "feed": {"restarts": 1, "period": 5}}
    tree = {"type": "supervisor", "id": "root"}

    settings = msgspec.convert({"tree": tree, "budgets": said}, Settings)

    assert budgets(settings) == {
        "venue": BudgetSpec(restarts=3, period=60.0),
        "feed": BudgetSpec(restarts=1, period=5.0),
    }
