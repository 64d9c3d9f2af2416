"""A venue in a process of its own, which outlives its clients."""

import contextlib
import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

CLIENT = """
import sys
import ccxt
from holdfast.testing.venue.binance.recipe import ccxt_config

api = ccxt.binance(ccxt_config(sys.argv[1], key="k", secret="s", timeout=60))
api.load_markets()
print("trades", flush=True)
api.create_order("BTC/USDT", "limit", "buy", 1, 90, {"newClientOrderId": "a"})
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a Python process; it is killed at the end."""
    with contextlib.ExitStack() as running:

        def started(*words: str) -> "subprocess.Popen[str]":
            process = subprocess.Popen(
                [sys.executable, *words], stdout=subprocess.PIPE, text=True
            )
            running.enter_context(process)
            running.callback(process.kill)
            return process

        yield started


def read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def venue(start: Start, *options: str) -> tuple["subprocess.Popen[str]", Any]:
    process = start("-m", "holdfast.testing.venue", *options)
    return process, json.loads(read_line(process))


def ask(url: str, what: str, data: bytes | None = None) -> Any:
    with urllib.request.urlopen(f"{url}/_venue/{what}", data) as answer:  # noqa: S310
        return json.load(answer)


def test_what_was_sent_is_there_when_the_client_was_killed(
    start: Start, tmp_path: Path
) -> None:
    faults = tmp_path / "faults.json"
    hang = {"id": "f", "kind": "timeout_after_execution", "where": "new"}
    faults.write_text(json.dumps([hang]))
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"balances": {"USDT": "1000"}}))

    _, told = venue(start, "--faults", str(faults), "--settings", str(settings))
    ask(told["control"], "quote", b'{"bid": "100", "ask": "101"}')
    client = start("-c", CLIENT, told["url"])
    read_line(client)
    while ask(told["control"], "faults")["fired"] != {"f": 1}:
        pass
    client.kill()
    client.wait()

    orders = ask(told["control"], "orders")
    assert [(each["client_order_id"], each["status"]) for each in orders] == [
        ("a", "NEW")
    ]
    assert ask(told["control"], "balances")["USDT"]["reserved"] == "90"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_by_a_signal(start: Start, number: signal.Signals) -> None:
    process, _ = venue(start)
    process.send_signal(number)

    assert process.wait() == 0


def test_it_plays_a_recording(
    start: Start, record: Callable[..., str], tmp_path: Path
) -> None:
    _, told = venue(start, "--replay", str(tmp_path / record(3)))
    trades = f"{told['url']}/api/v3/trades?symbol=BTCUSDT"
    seen: list[Any] = []
    while len(seen) < 3:
        with urllib.request.urlopen(trades) as answer:  # noqa: S310 - our own
            seen = json.load(answer)

    assert [each["price"] for each in seen] == [
        "60000.00000000",
        "60000.01000000",
        "60000.02000000",
    ]
