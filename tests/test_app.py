"""The whole application in this process: how a run begins, ends and is summed up."""

import contextlib
import itertools
import json
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from holdfast.app import (
    Application,
    RunOptions,
    RunRefused,
    exit_code_of,
    refuse_unless_allowed,
)
from holdfast.config import Configuration, load
from holdfast.supervision import (
    EventStore,
    Randomness,
    StartFailed,
    SupervisionEvent,
    crash,
)
from holdfast.supervision.state_dir import StateDir

WriteTree = Callable[..., str]
Record = Callable[..., str]
Grow = Callable[..., Application]

ACCOUNTS = {
    "exchange": {"$ref": "/root/exchange"},
    "execution": {"$ref": "/root/execution"},
    "to": {"$ref": "/root/risk"},
}


def nothing() -> None:
    pass


@pytest.fixture(autouse=True)
def every_thread_ends_with_its_test() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    late = set(threading.enumerate()) - before
    for thread in late:
        thread.join(20)
    assert {thread.name for thread in late if thread.is_alive()} == set()


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    with StateDir(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[Callable[..., Configuration]]:
    """Read a configuration, or the shipped one with some changes."""
    path = list(sys.path)

    def read(
        name: str | None = None, *, environment: str = "testing", **changes: Any
    ) -> Configuration:
        if name is None:
            name = "shipped.json"
            (tmp_path / name).write_text(json.dumps({"extends": "base", **changes}))
        return load(
            Path(name),
            environment=environment,
            environ={"MY_KEY": "hunter2-and-more"},
            directory=tmp_path,
        )

    yield read
    sys.path[:] = path
    sys.modules.pop("desk", None)


@pytest.fixture
def grow(state_dir: StateDir) -> Grow:
    def grown(configuration: Configuration, **options: Any) -> Application:
        return Application(configuration, RunOptions(**options), state_dir)

    return grown


@pytest.fixture
def journaled(state_dir: StateDir) -> Callable[[], list[SupervisionEvent]]:
    def read() -> list[SupervisionEvent]:
        with contextlib.closing(EventStore(state_dir.events)) as store:
            return [each.event for each in store.read()]

    return read


def short(**more: Any) -> dict[str, Any]:
    """Return options for a little of a made-up market, as fast as it goes."""
    return {"speed": "max", "duration": 5.0, **more}


def test_it_ends_with_its_market_and_says_what_it_came_to(
    configured: Callable[..., Configuration], grow: Grow
) -> None:
    said: list[str] = []
    application = grow(configured(seed=7), **short())

    summary = application.run(lambda: said.append("started"), nothing)

    assert said == ["started"]
    assert summary["ticks"] > 50
    assert (summary["reconciled"], summary["differences"]) == (True, [])
    assert (summary["ended"], summary["exit"], summary["seed"]) == ("shutdown", 0, 7)
    assert summary["events"] == application.system.events.state().seq


def test_a_market_that_ends_before_all_is_up_ends_the_run(
    configured: Callable[..., Configuration], grow: Grow, write_tree: WriteTree
) -> None:
    once = {"id": "once", "start": "desk:Once", "restart": "transient", "intake": True}
    name = write_tree(once, "AfterOnce")
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        if len(ticks) > 10:
            application.stop()

    application = grow(configured(name))
    summary = application.run(nothing, tick)

    assert len(ticks) <= 1
    assert (summary["ended"], summary["exit"]) == ("shutdown", 0)


def test_it_can_be_stopped_before_it_has_started(
    configured: Callable[..., Configuration], grow: Grow
) -> None:
    application = grow(configured())
    application.stop()

    summary = application.run(nothing, nothing)

    assert summary["exit"] == 0


def test_a_second_word_hurries_and_a_third_changes_nothing(
    configured: Callable[..., Configuration], grow: Grow
) -> None:
    application = grow(configured(shutdown={"total": 600, "drain": 600}))

    def stop() -> None:
        for _ in range(3):
            application.stop()

    summary = application.run(stop, nothing)

    assert (summary["ended"], summary["exit"]) == ("shutdown", 0)


def test_what_brings_work_in_stops_first_wherever_it_stands(
    configured: Callable[..., Configuration],
    grow: Grow,
    write_tree: WriteTree,
    journaled: Callable[[], list[SupervisionEvent]],
) -> None:
    source = {"id": "source", "start": "desk:Quiet", "intake": True}
    application = grow(configured(write_tree(source, "Quiet")))

    application.run(application.stop, nothing)

    exits = [each.path for each in journaled() if str(each.kind) == "exited"]
    assert exits[:3] == ["/root/source", "/root/quiet", "/root"]


def test_trading_goes_on_whatever_serves_the_operator_does(
    configured: Callable[..., Configuration],
    grow: Grow,
    journaled: Callable[[], list[SupervisionEvent]],
) -> None:
    application = grow(configured(seed=7), **short(duration=60.0))
    system = application.system

    def crash_both(event: SupervisionEvent) -> None:
        if event.path == "/root/feed" or event.kind == "backing_off":
            return
        for path in ("/system/web", "/system/journal"):
            if event.path == path and event.kind == "ready" and event.incarnation < 4:
                crash(system.cell(path), "a test")

    system.events.subscribe(crash_both)
    summary = application.run(nothing, nothing)

    assert (summary["reconciled"], summary["exit"]) == (True, 0)
    assert summary["restarts"] >= 2
    assert {each.path for each in journaled() if each.decision == "restart"} == {
        "/system/web",
        "/system/journal",
    }
    assert journaled() == system.events.since(0)


@pytest.mark.parametrize(
    ("start", "reconciled", "differences", "silent"),
    [
        ("Mute", None, [], ["/root/positions"]),
        ("Wrong", False, ["BTC: here 1, at the venue 2"], []),
    ],
)
def test_books_that_nobody_vouches_for_are_not_reconciled(
    configured: Callable[..., Configuration],
    grow: Grow,
    write_tree: WriteTree,
    start: str,
    reconciled: bool | None,  # noqa: FBT001 - a column of the table
    differences: list[str],
    silent: list[str],
) -> None:
    write_tree("Quiet")
    positions = {"id": "positions", "start": f"desk:{start}", "args": ACCOUNTS}
    settings = {"tree": {"children": [positions]}}
    shutdown = {"total": 1.0, "drain": 0.5}

    application = grow(configured(**settings, shutdown=shutdown), **short())
    summary = application.run(nothing, nothing)

    assert (summary["reconciled"], summary["differences"]) == (reconciled, differences)
    assert (summary["silent"], summary["exit"]) == (silent, 1)
    assert summary["ticks"] > 50


def test_a_tree_without_accounts_has_nothing_to_reconcile(
    configured: Callable[..., Configuration], grow: Grow, write_tree: WriteTree
) -> None:
    application = grow(configured(write_tree("Quiet")))

    summary = application.run(application.stop, nothing)

    assert (summary["reconciled"], summary["differences"]) == (None, [])
    assert (summary["ticks"], summary["positions"], summary["exit"]) == (None, {}, 0)


def test_a_crash_that_was_left_over_does_not_strike_the_last_questions(
    configured: Callable[..., Configuration], grow: Grow, record: Record, tmp_path: Path
) -> None:
    seed = next(
        seed
        for seed in itertools.count()
        if Randomness(seed).stream("crash plan").randint(1, 20) == 1
    )
    market = (str(tmp_path / record(2)),)
    crashes = (("/root/execution",), 1)

    application = grow(
        configured(seed=seed), replay=market, speed="max", crashes=crashes
    )
    summary = application.run(nothing, nothing)

    assert (summary["crashes_planned"], summary["crashes_fired"]) == (1, 0)
    assert (summary["reconciled"], summary["restarts"]) == (True, 0)
    assert summary["exit"] == 1


def test_the_journal_has_every_event_to_the_last(
    configured: Callable[..., Configuration],
    grow: Grow,
    journaled: Callable[[], list[SupervisionEvent]],
) -> None:
    application = grow(configured(), **short())

    application.run(nothing, nothing)

    assert journaled() == application.system.events.since(0)
    assert str(journaled()[-1].kind) == "exited"
    assert journaled()[-1].path == "/"


def test_a_second_run_goes_on_in_the_same_journal(
    configured: Callable[..., Configuration], grow: Grow, state_dir: StateDir
) -> None:
    counts = [grow(configured(), **short()).run(nothing, nothing) for _ in range(2)]

    with contextlib.closing(EventStore(state_dir.events)) as store:
        runs = [(each.run, each.event.seq) for each in store.read()]
    assert runs == [
        (run, seq)
        for run, summary in enumerate(counts, 1)
        for seq in range(1, summary["events"] + 1)
    ]


def test_the_journal_keeps_no_more_than_it_was_told(
    configured: Callable[..., Configuration],
    grow: Grow,
    journaled: Callable[[], list[SupervisionEvent]],
) -> None:
    application = grow(configured(journal={"limit": 5}), **short())

    application.run(nothing, nothing)

    assert journaled() == application.system.events.since(0)[-5:]


def test_a_disk_that_is_full_at_the_end_costs_no_summary(
    configured: Callable[..., Configuration],
    grow: Grow,
    state_dir: StateDir,
    full_disk: Callable[..., AbstractContextManager[None]],
) -> None:
    application = grow(configured(), **short())

    with contextlib.ExitStack() as until_the_end:
        summary = application.run(
            lambda: until_the_end.enter_context(full_disk(state_dir.path, 0)), nothing
        )

    assert (summary["reconciled"], summary["exit"]) == (True, 73)
    assert "make room on the disk" in summary["journal_trouble"]


def test_a_start_that_fails_is_said_without_secrets_and_journaled(
    configured: Callable[..., Configuration],
    grow: Grow,
    write_tree: WriteTree,
    journaled: Callable[[], list[SupervisionEvent]],
) -> None:
    login = {"id": "a", "start": "desk:Login", "args": {"key": {"$env": "MY_KEY"}}}
    application = grow(configured(write_tree("Quiet", login)))

    with pytest.raises(StartFailed) as failed:
        application.run(nothing, nothing)

    assert str(failed.value) == "/root/a: PermissionError: no login with ***"
    assert failed.value.__context__ is None or failed.value.__suppress_context__
    assert journaled() == application.system.events.since(0)
    assert exit_code_of(failed.value) == 70


@pytest.mark.parametrize(
    ("environment", "crashes", "refused"),
    [
        ("production", (("/root/strategy",), 1), True),
        ("production", ((), 0), False),
        ("testing", (("/root/strategy",), 1), False),
        ("development", (("/root/strategy",), 1), False),
    ],
)
def test_faults_are_refused_in_production_alone(
    configured: Callable[..., Configuration],
    environment: str,
    crashes: tuple[tuple[str, ...], int],
    refused: bool,  # noqa: FBT001 - a column of the table
) -> None:
    configuration = configured(environment=environment)
    options = RunOptions(crashes=crashes)

    expected = pytest.raises(RunRefused) if refused else contextlib.nullcontext()
    with expected:
        refuse_unless_allowed(configuration, options)


def test_it_knows_its_port_and_how_far_a_replay_is(
    configured: Callable[..., Configuration], grow: Grow, record: Record, tmp_path: Path
) -> None:
    market = (str(tmp_path / record(20)), str(tmp_path / record(30, name="b.ws")))
    application = grow(configured(web={"port": 0}), replay=market, speed="max")
    told: list[int | None] = []

    def at_the_end(event: SupervisionEvent) -> None:
        if event.path == "/root/feed" and event.kind == "exited":
            told.append(application.progress())

    application.system.events.subscribe(at_the_end)
    application.run(lambda: told.append(application.port), nothing)

    port, lines = sorted(each or 0 for each in told)[::-1]
    assert port > 1023
    assert lines == 50
