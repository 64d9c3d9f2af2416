"""What a specification may say, and the sentence for what it may not."""

import re
from typing import Any

import attrs
import pytest

from holdfast.supervision import (
    BRUTAL,
    INFINITY,
    UNLIMITED,
    Actor,
    AutoShutdown,
    Backoff,
    ChildSpec,
    InFlight,
    MailboxSpec,
    OnRestart,
    Overflow,
    Restart,
    Strategy,
    SupervisorSpec,
)


class Worker(Actor):
    pass


def worker(name: str = "a", **fields: Any) -> ChildSpec:
    return ChildSpec(id=name, start=Worker, **fields)


def test_a_worker_has_the_defaults_of_otp() -> None:
    spec = worker()

    assert spec.restart is Restart.PERMANENT
    assert spec.shutdown == 5.0
    assert spec.significant is False


def test_a_supervisor_has_the_defaults_of_otp_and_all_the_time_to_stop() -> None:
    spec = SupervisorSpec()

    assert spec.strategy is Strategy.ONE_FOR_ONE
    assert spec.auto_shutdown is AutoShutdown.NEVER
    assert spec.shutdown == INFINITY
    assert (spec.intensity, spec.period) == (3, 60.0)


def test_plain_words_become_what_they_mean() -> None:
    spec = worker(restart="transient", in_flight="redeliver")

    assert spec.restart is Restart.TRANSIENT
    assert spec.in_flight is InFlight.REDELIVER
    assert SupervisorSpec(strategy="rest_for_one").strategy is Strategy.REST_FOR_ONE


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"restart": "always"}, "'always' is not a valid Restart"),
        ({"in_flight": "twice"}, "'twice' is not a valid InFlight"),
        ({"shutdown": -1}, "shutdown must be seconds >= 0, 'brutal' or 'infinity'"),
        ({"shutdown": "soon"}, "was 'soon'"),
        ({"start_timeout": 0}, "'start_timeout' must be > 0"),
        ({"dispatcher": "thread"}, "'dispatcher' must be in"),
        ({"shutdown": float("nan")}, "was nan"),
        ({"shutdown": None}, "was None"),
        ({"significant": True}, "'a' is permanent, so it can't be significant"),
    ],
)
def test_a_worker_that_makes_no_sense_is_refused(
    fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        worker(**fields)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"strategy": "all_for_one"}, "'all_for_one' is not a valid Strategy"),
        ({"auto_shutdown": "maybe"}, "'maybe' is not a valid AutoShutdown"),
        ({"intensity": -1}, "'intensity' must be >= 0"),
        ({"period": 0}, "'period' must be > 0"),
        ({"period": float("inf")}, "'period' must be < inf"),
        ({"shutdown": -0.1}, "was -0.1"),
        ({"significant": True}, "'root' is permanent, so it can't be significant"),
        (
            {"children": [worker("x"), worker("x")]},
            "two children of 'root' are named 'x'",
        ),
        (
            {"children": [worker("x", restart="transient", significant=True)]},
            "'x' is significant, but 'root' has auto_shutdown never",
        ),
        ({"strategy": "simple_one_for_one"}, "needs exactly one worker as template"),
        (
            {
                "strategy": "simple_one_for_one",
                "children": [worker("x"), worker("y")],
            },
            "needs exactly one worker as template",
        ),
        (
            {
                "strategy": "simple_one_for_one",
                "children": [SupervisorSpec(id="x")],
            },
            "needs exactly one worker as template",
        ),
        (
            {
                "strategy": "simple_one_for_one",
                "children": [worker("x")],
                "auto_shutdown": "all_significant",
            },
            "it can't have auto_shutdown all_significant, its children come and go",
        ),
    ],
)
def test_a_supervisor_that_makes_no_sense_is_refused(
    fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        SupervisorSpec(**fields)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"start": "desk:Anything"}, "start must be a subclass of Actor"),
        ({"start": dict}, "start must be a subclass of Actor"),
        ({"args": ["x"]}, "args must be a mapping by name"),
        ({"mailbox": 10}, "'mailbox' must be <class"),
        ({"backoff": 1}, "'backoff' must be <class"),
        ({"significant": "maybe"}, "'significant' must be <class 'bool'>"),
        ({"intake": "maybe"}, "'intake' must be <class 'bool'>"),
    ],
)
def test_a_worker_of_the_wrong_types_is_refused(
    fields: dict[str, Any], complaint: str
) -> None:
    fields = {"id": "a", "start": Actor, **fields}
    with pytest.raises(TypeError, match=re.escape(complaint)):
        ChildSpec(**fields)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"children": ["a"]}, "children must be ChildSpec or SupervisorSpec"),
        ({"intensity": float("inf")}, "'intensity' must be <class 'int'>"),
        ({"backoff": "none"}, "'backoff' must be <class"),
        ({"significant": "maybe"}, "'significant' must be <class 'bool'>"),
    ],
)
def test_a_supervisor_of_the_wrong_types_is_refused(
    fields: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(complaint)):
        SupervisorSpec(**fields)


@pytest.mark.parametrize("name", ["", "a/b", "a b", "é", "a\n"])
def test_a_name_that_would_break_a_path_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="'id' must match regex"):
        worker(name)
    with pytest.raises(ValueError, match="'id' must match regex"):
        SupervisorSpec(id=name)


def test_only_a_supervisor_may_be_the_top() -> None:
    assert SupervisorSpec(id="/").id == "/"
    with pytest.raises(ValueError, match="'id' must match regex"):
        worker("/")


@pytest.mark.parametrize("shutdown", [0, 2.5, BRUTAL, INFINITY])
def test_every_kind_of_shutdown_is_allowed_for_both(shutdown: float | str) -> None:
    assert worker(shutdown=shutdown).shutdown == shutdown
    assert SupervisorSpec(shutdown=shutdown).shutdown == shutdown


@pytest.mark.parametrize(
    "fields",
    [
        {"minimum": 0},
        {"maximum": 0},
        {"factor": 0.9},
        {"factor": 1001},
        {"jitter": -0.1},
        {"jitter": 1},
        {"stable_for": 0},
    ],
)
def test_a_backoff_that_makes_no_sense_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"'{next(iter(fields))}' must be"):
        Backoff(**fields)


@pytest.mark.parametrize(
    "fields", [{"overflow": Overflow.CONFLATE}, {"on_restart": OnRestart.CONFLATE}]
)
def test_a_mailbox_that_conflates_needs_a_key(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a mailbox that conflates needs `key`"):
        MailboxSpec(**fields)

    assert MailboxSpec(**fields, key="symbol").key == "symbol"


def test_a_mailbox_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="'capacity' must be > 0"):
        MailboxSpec(capacity=0)


def test_specifications_say_what_they_are_in_a_few_words() -> None:
    assert worker(restart="transient").about == "worker transient"
    assert SupervisorSpec(period=2.5).about == "supervisor one_for_one 3/2.5"
    assert SupervisorSpec(intensity=UNLIMITED).about.endswith("one_for_one unlimited")


def test_specifications_are_values_that_nobody_changes() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        worker().shutdown = 1.0  # type: ignore[misc] # that is the point

    assert worker() == worker()
