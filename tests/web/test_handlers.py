"""What can be asked and commanded over HTTP, and what every refusal looks like."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from holdfast.supervision import (
    Actor,
    ActorSystem,
    Cell,
    ChildSpec,
    EventKind,
    Ignore,
    ManualClock,
    SupervisorSpec,
    SystemClock,
    TerminateChild,
)
from holdfast.supervision.secret import Redactor, Secret

Serve = Callable[..., ActorSystem]
Specify = Callable[..., ChildSpec]
Ask = Callable[..., tuple[int, str, Any]]
Wait = Callable[[ActorSystem, str], None]

PATIENCE = 20.0
PARTS = "/api/v1/components"
JSON = "application/json"
PROBLEM = "application/problem+json"
REDACT = Redactor([Secret("hunter2")]).redact


CIRCLE: dict[str, Any] = {}
CIRCLE["again"] = CIRCLE


def hang_supervision(system: ActorSystem, gate: threading.Event) -> None:
    """Have the supervisor above all others stand still until the gate opens."""
    begun = threading.Event()

    def hold() -> None:
        begun.set()
        gate.wait(PATIENCE)

    top = system.cells()[0].life
    assert top is not None
    top.signal(hold)
    assert begun.wait(PATIENCE)


def turned_until(done: Callable[[], bool], clock: ManualClock) -> None:
    """Let time pass whenever somebody waits for it, until something is done."""
    for _ in range(int(PATIENCE / 0.001)):
        if done():
            return
        if clock.pending():
            clock.advance(1.0)
        SystemClock().wait(threading.Event(), 0.001)
    pytest.fail("it is never done")


def ask_in_vain(ask: Ask, clock: ManualClock, path: str, method: str = "GET") -> Any:
    """Ask while nobody answers inside, until it is given up."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, method, path)
        turned_until(asked.done, clock)
        return asked.result()


def test_while_all_is_well_it_is_live_and_ready(
    serve: Serve, part: Specify, ask: Ask
) -> None:
    serve(part("a"))

    assert ask("GET", "/livez") == (200, JSON, {"live": True})
    assert ask("GET", "/readyz") == (200, JSON, {"ready": True})


def test_while_something_starts_it_is_live_but_not_ready(
    serve: Serve, part: Specify, ask: Ask, wait_for: Wait
) -> None:
    system = serve(part("a", slow=True), start=False)
    system.start()
    wait_for(system, "/root/a starting #1")

    assert ask("GET", "/livez")[0] == 200
    assert ask("GET", "/readyz") == (503, JSON, {"ready": False})
    assert ask("GET", "/api/v1/status")[2]["verdict"] == "degraded"


def test_when_supervision_does_not_answer_nothing_is_known(
    serve: Serve, part: Specify, ask: Ask, clock: ManualClock, gate: threading.Event
) -> None:
    hang_supervision(serve(part("a")), gate)

    live = ask_in_vain(ask, clock, "/livez")
    status, _, document = ask_in_vain(ask, clock, "/api/v1/status")

    assert live == (503, JSON, {"live": False})
    assert (status, document["verdict"]) == (200, "unknown")
    assert [each["state"] for each in document["components"]] == ["running"] * 4


def test_the_status_names_every_component_and_one_verdict(
    serve: Serve, part: Specify, ask: Ask
) -> None:
    serve(part("a"), SupervisorSpec(id="deep", children=(part("b"),)))

    status, kind, document = ask("GET", "/api/v1/status")

    assert (status, kind) == (200, JSON)
    assert document["verdict"] == "ok"
    assert document["environment"] == "testing"
    assert document["counts"] == {"running": 6}
    assert [each["path"] for each in document["components"]] == [
        "/system",
        "/system/web",
        "/root",
        "/root/a",
        "/root/deep",
        "/root/deep/b",
    ]


def test_a_component_is_shown_with_what_it_says_of_itself(
    serve: Serve, part: Specify, ask: Ask
) -> None:
    deep = SupervisorSpec(
        id="deep", children=(part("b", facts=lambda: {"orders": 3, "at": {"x": None}}),)
    )
    serve(part("a"), deep)

    status, kind, document = ask("GET", f"{PARTS}/root/deep/b")

    assert (status, kind) == (200, JSON)
    assert document == {
        **document,
        "path": "/root/deep/b",
        "state": "running",
        "about": "worker permanent",
        "incarnation": 1,
        "restarts": 0,
        "since": 1_700_000_000.0,
        "last_exit": "",
        "waiting": 0,
        "lifecycle": "ready",
        "facts": {"orders": 3, "at": {"x": None}},
    }


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"when": threading}, {"when": repr(threading)}),
        ({("a", 1): 2, "b": 3}, {"b": 3}),
        ({"share": float("nan")}, {"share": "NaN"}),
        ({"set": {1}}, {"set": "{1}"}),
        (CIRCLE, None),
        (None, None),
    ],
)
def test_facts_that_are_no_json_are_shown_as_well_as_it_goes(
    serve: Serve, part: Specify, ask: Ask, facts: Any, shown: Any
) -> None:
    serve(part("a", facts=lambda: facts))

    status, _, document = ask("GET", f"{PARTS}/root/a")

    assert (status, document["facts"]) == (200, shown)


def test_a_component_that_hangs_is_shown_without_facts(
    serve: Serve, part: Specify, ask: Ask, clock: ManualClock, gate: threading.Event
) -> None:
    hang_supervision(serve(part("a")), gate)

    status, _, document = ask_in_vain(ask, clock, f"{PARTS}/root/a")

    assert (status, document["state"], document["facts"]) == (200, "running", None)


def test_facts_show_no_secret(serve: Serve, part: Specify, ask: Ask) -> None:
    facts = {"url": "amqp://me:hunter2@host", "hunter2": ["hunter2", 2]}
    serve(part("a", facts=lambda: facts), redact=REDACT)

    document = ask("GET", f"{PARTS}/root/a")[2]

    assert document["facts"] == {"url": "amqp://me:***@host", "***": ["***", 2]}


def test_a_restart_is_answered_when_it_is_ready_again(
    serve: Serve, part: Specify, ask: Ask
) -> None:
    system = serve(SupervisorSpec(id="deep", children=(part("b"),)))

    answer = ask("POST", f"{PARTS}/root/deep/b/restart", {"reason": "new keys"})

    document = {"path": "/root/deep/b", "incarnation": 2, "ready": True}
    assert answer == (200, JSON, document)
    told = [
        each.reason
        for each in system.events.since(0)
        if each.kind is EventKind.COMMANDED
    ]
    assert told == ["restart ordered: new keys"]
    assert system.events.state().restarts == 0


def test_a_restart_without_a_reason_is_an_operators(
    serve: Serve, part: Specify, ask: Ask
) -> None:
    system = serve(part("a"))

    assert ask("POST", f"{PARTS}/root/a/restart")[0] == 200
    reasons = [each.reason for each in system.events.since(0)]
    assert "restart ordered: operator" in reasons


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (KeyError("hunter2"), "/root/a: start_failed: KeyError: '***'"),
        (Ignore("not wanted today"), "/root/a declined to start"),
    ],
)
def test_a_restart_that_fails_says_why_and_not_the_secret_in_it(
    error: Exception, detail: str, serve: Serve, part: Specify, ask: Ask
) -> None:
    def start(actor: Actor) -> None:
        if actor.incarnation > 1:
            raise error

    serve(part("a", starting=start), redact=REDACT)

    status, kind, document = ask("POST", f"{PARTS}/root/a/restart")

    assert (status, kind, document["detail"]) == (502, PROBLEM, detail)


def test_a_restart_that_takes_too_long_is_not_done_yet(
    serve: Serve, part: Specify, ask: Ask, clock: ManualClock
) -> None:
    def start(actor: Actor) -> None:
        if actor.incarnation == 1:
            actor.ready()

    serve(part("a", slow=True, starting=start, start_timeout=3600))

    status, kind, document = ask_in_vain(
        ask, clock, f"{PARTS}/root/a/restart", method="POST"
    )

    assert (status, kind, document["title"]) == (504, PROBLEM, "Not done yet")


def test_a_crash_is_begun_and_comes_back_by_itself(
    serve: Serve, part: Specify, ask: Ask, wait_for: Wait
) -> None:
    system = serve(part("a"))

    answer = ask("POST", f"{PARTS}/root/a/crash")
    wait_for(system, "/root/a ready #2")

    assert answer == (202, JSON, {"path": "/root/a", "incarnation": 1})
    exits = [each.reason for each in system.events.since(0) if each.decision]
    assert exits == ["crashed: InjectedCrash: injected by an operator"]


def test_a_hang_is_begun_and_crashes_nobody(
    serve: Serve, part: Specify, ask: Ask, clock: ManualClock
) -> None:
    system = serve(part("a", dispatcher="pinned"))

    answer = ask("POST", f"{PARTS}/root/a/crash", {"hang": 2.5})
    asked = system.ref("/root/a").ask(Actor.facts, block=False, timeout=3600.0)
    turned_until(lambda: asked.done, clock)

    assert answer == (202, JSON, {"path": "/root/a", "incarnation": 1})
    assert asked.get() == {}
    assert clock.now() == 3.0
    assert system.cell("/root/a").incarnation == 1


def test_in_production_nothing_is_broken_on_purpose(
    serve: Serve, part: Specify, ask: Ask
) -> None:
    system = serve(part("a"), environment="production")

    crashed = ask("POST", f"{PARTS}/root/a/crash")
    restarted = ask("POST", f"{PARTS}/root/a/restart")

    assert crashed[:2] == (403, PROBLEM)
    assert crashed[2]["detail"] == "faults are never injected in production"
    assert restarted[0] == 200
    assert system.events.state().restarts == 0


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "title"),
    [
        ("GET", "/", None, 404, "Nothing here"),
        ("DELETE", "/nowhere", None, 404, "Nothing here"),
        ("GET", f"{PARTS}/root/z", None, 404, "No such component"),
        ("GET", f"{PARTS}/root/a/b", None, 404, "No such component"),
        ("POST", f"{PARTS}/root/z/restart", None, 404, "No such component"),
        ("POST", f"{PARTS}/root/z/crash", None, 404, "No such component"),
        ("POST", f"{PARTS}/root/a", None, 405, "Method Not Allowed"),
        ("PUT", "/api/v1/status", None, 405, "Method Not Allowed"),
        ("POST", f"{PARTS}/root/a/crash", "{", 400, "Body is not JSON"),
        ("POST", f"{PARTS}/root/a/crash", "[1]", 400, "Body is not a JSON object"),
        ("POST", f"{PARTS}/root/a/restart", "\xff", 400, "Body is not JSON"),
        ("POST", f"{PARTS}/root/a/crash", {"hang": "5"}, 400, "No duration"),
        ("POST", f"{PARTS}/root/a/crash", {"hang": True}, 400, "No duration"),
        ("POST", f"{PARTS}/root/a/crash", {"hang": 0}, 400, "No duration"),
        ("POST", f"{PARTS}/root/a/crash", {"hang": -1}, 400, "No duration"),
        ("POST", f"{PARTS}/root/a/crash", {"hang": float("inf")}, 400, "No duration"),
        ("POST", f"{PARTS}/root/a/crash", {"hang": float("nan")}, 400, "No duration"),
        ("POST", f"{PARTS}/root/gone/crash", None, 409, "Not running"),
    ],
)
def test_every_refusal_is_a_problem_document_and_breaks_nothing(
    serve: Serve,
    part: Specify,
    ask: Ask,
    method: str,
    path: str,
    body: object,
    status: int,
    title: str,
) -> None:
    system = serve(part("a"), part("gone"))
    gone = system.ref("/root").command(TerminateChild("gone"))
    gone.get(timeout=PATIENCE)
    before = system.events.state().seq

    answered, kind, document = ask(method, path, body)

    assert (answered, kind) == (status, PROBLEM)
    assert sorted(document) == ["detail", "instance", "status", "title"]
    assert (document["title"], document["status"]) == (title, status)
    assert document["instance"] == path
    assert document["detail"]
    assert system.events.state().seq == before


def test_a_page_of_somebody_else_may_not_command(
    serve: Serve, part: Specify, ask: Ask
) -> None:
    system = serve(part("a"))
    from_elsewhere = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}

    status, kind, _ = ask("POST", f"{PARTS}/root/a/crash", headers=from_elsewhere)

    assert (status, kind) == (403, PROBLEM)
    assert system.events.state().restarts == 0


def test_while_all_is_shut_down_a_restart_is_refused(
    serve: Serve, part: Specify, ask: Ask, gate: threading.Event, wait_for: Wait
) -> None:
    def hold(_: Actor) -> None:
        gate.wait(PATIENCE)

    system = serve(part("a"), part("b", stopping=hold, dispatcher="pinned"))
    system.stop(60.0)
    wait_for(system, "/root/b stopping #1")

    status, kind, document = ask("POST", f"{PARTS}/root/a/restart")

    assert (status, kind, document["title"]) == (503, PROBLEM, "shutting down")


class BrokenSystem(ActorSystem):
    """Fails where no system should."""

    def cell(self, path: str) -> Cell:
        if path == "/root/hunter2":
            raise ZeroDivisionError(path)
        return super().cell(path)


def test_a_fault_of_ours_is_a_problem_and_one_line_of_log_without_secrets(
    serve: Serve, part: Specify, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    serve(
        part("a"),
        kind=BrokenSystem,
        redact=REDACT,
    )

    status, kind, document = ask("POST", f"{PARTS}/root/hunter2/crash")

    assert (status, kind, document["title"]) == (500, PROBLEM, "Internal Server Error")
    assert caplog.messages == [
        f"POST {PARTS}/root/***/crash failed: ZeroDivisionError('/root/***')"
    ]
    assert caplog.records[0].exc_info is None
