"""An exchange is ready once it can trade; what else ends a start says what helps."""

import queue
from collections.abc import Callable
from typing import Any

import pytest

from holdfast.supervision import ActorSystem, Backoff, ChildSpec
from holdfast.supervision.runtime.exit_reason import ExitKind, ExitReason
from holdfast.supervision.system import StartFailed

KILLED = ExitReason(ExitKind.KILLED)
HTML = "<html><body>Bad Gateway</body></html>"
KEY = "binance does not accept the key"
UNREACHABLE = "binance can't be prepared for trading"
LEFT_ALONE = "binance wants no call for "
Grown = Callable[..., ActorSystem]
Specified = Callable[..., ChildSpec]


def why_not(grown: Grown, spec: ChildSpec) -> str:
    """Return why a system of this exchange does not start."""
    with pytest.raises(StartFailed) as failed:
        grown(spec)
    return str(failed.value).removeprefix("/root/exchange: ")


def test_a_healthy_venue_is_ready_when_all_is_loaded(
    wire: Any, exchange: Callable[..., Any]
) -> None:
    exchange(wire.urls)

    assert [each.path.removeprefix("/api/v3") for each in wire.requests] == [
        "/exchangeInfo",
        "/time",
        "/account",
        "/aggTrades",
    ]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (400, '{"code":-2014,"msg":"API-key format invalid."}', KEY),
        (401, '{"code":-2015,"msg":"Invalid API-key."}', KEY),
        (429, HTML, LEFT_ALONE),
        (418, HTML, LEFT_ALONE),
        (500, HTML, UNREACHABLE),
        (524, HTML, UNREACHABLE),
        (400, '{"code":-1102,"msg":"A parameter is missing."}', UNREACHABLE),
    ],
)
def test_an_answer_that_ends_the_start_says_what_helps(
    wire: Any,
    grown: Grown,
    specified: Specified,
    reply: Any,
    status: int,
    body: str,
    told: str,
) -> None:
    wire.answers["GET /account"] = reply(status, body)

    assert why_not(grown, specified(wire.urls)).startswith(told)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (path, body)
        for path in ("/exchangeInfo", "/time", "/account", "/aggTrades")
        for body in ("", "{", "{}", "[]", "null", HTML, '{"code":0}')
        if (path, body) != ("/aggTrades", "[]")  # nobody has traded yet
    ],
)
def test_garbage_is_never_taken_for_a_venue_to_trade_at(
    wire: Any, grown: Grown, specified: Specified, reply: Any, path: str, body: str
) -> None:
    wire.answers[f"GET {path}"] = reply(200, body)

    assert why_not(grown, specified(wire.urls)).startswith(UNREACHABLE)


def test_nobody_listens(grown: Grown, specified: Specified) -> None:
    nowhere = "http://127.0.0.1:9/api/v3"
    told = why_not(grown, specified({"public": nowhere, "private": nowhere}))

    assert told.startswith(f"{UNREACHABLE}: not sent")


def test_a_host_that_has_no_address(grown: Grown, specified: Specified) -> None:
    nowhere = "http://no-such-host.invalid/api/v3"
    told = why_not(grown, specified({"public": nowhere, "private": nowhere}))

    assert told.startswith(f"{UNREACHABLE}: not sent")


def test_trade_ids_that_are_no_numbers_are_refused(
    wire: Any, grown: Grown, specified: Specified, reply: Any
) -> None:
    trades = '[{"a":"7f-3","p":"1","q":"1","f":1,"l":1,"T":1,"m":true,"M":true}]'
    wire.answers["GET /aggTrades"] = reply(200, trades)

    assert why_not(grown, specified(wire.urls)) == (
        "trade ids must be whole numbers, was '7f-3'"
    )


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"symbols": ["BTC/USDT"]}, "no spot market 'BTC/USDT'"),
        (
            {"exchange": "kraken"},
            (
                "nobody can trade at kraken by what is known of it: a profile must say"
                " fills_from or fills_below, fills_page, client_id, expiry or"
                " accepts_for; see"
            ),
        ),
        ({"options": {"maxRetriesOnFailure": 2}}, "maxRetriesOnFailure must be 0"),
    ],
)
def test_what_can_not_work_is_said_in_a_sentence(
    wire: Any, grown: Grown, specified: Specified, args: Any, told: str
) -> None:
    assert told in why_not(grown, specified(wire.urls, **args))


def kill(system: ActorSystem) -> None:
    life: Any = system.cell("/root/exchange").life
    life.kill(KILLED)


def exits(system: ActorSystem) -> "queue.Queue[Any]":
    """Collect how the exchange ends from now on."""
    ended: queue.Queue[Any] = queue.Queue()

    def hear(event: Any) -> None:
        if event.path == "/root/exchange" and event.kind == "exited":
            ended.put((event.exit_kind, event.decision))

    system.events.subscribe(hear)
    return ended


@pytest.mark.parametrize(
    ("status", "body", "decision"),
    [
        (401, '{"code":-2015,"msg":"Invalid API-key."}', "leave_stopped"),
        (500, HTML, "retry"),
        (429, HTML, "retry"),
    ],
)
def test_what_helps_is_done_when_it_is_started_again(
    wire: Any,
    grown: Grown,
    specified: Specified,
    reply: Any,
    status: int,
    body: str,
    decision: str,
) -> None:
    """A wrong key is left alone; all others are tried again, later."""
    system = grown(specified(wire.urls), backoff=None)
    wire.answers["GET /account"] = reply(status, body)
    ended = exits(system)
    kill(system)

    assert ended.get(timeout=20) == ("killed", "restart")
    assert ended.get(timeout=20) == ("start_failed", decision)


def test_a_stop_leaves_no_connection(
    wire: Any, grown: Grown, specified: Specified
) -> None:
    system = grown(specified(wire.urls))
    assert wire.open == 1
    system.stop(5.0).get(timeout=20)
    system.close()
    wire.wait_for_hang_up()

    assert wire.open == 0


def test_a_kill_leaves_no_connection(
    wire: Any, grown: Grown, specified: Specified
) -> None:
    system = grown(specified(wire.urls), backoff=Backoff())
    kill(system)
    wire.wait_for_hang_up()

    assert wire.open == 0


def test_a_failed_start_leaves_no_connection(
    wire: Any, grown: Grown, specified: Specified, reply: Any
) -> None:
    wire.answers["GET /account"] = reply(500, HTML)
    why_not(grown, specified(wire.urls))
    wire.wait_for_hang_up()

    assert wire.open == 0
