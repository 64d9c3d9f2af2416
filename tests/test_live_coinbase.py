"""The example of Coinbase trades at a venue that speaks its protocol."""

import itertools
import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holdfast.actors.messages import Side
from holdfast.testing import COINBASE, Fault, VenueServer
from holdfast.testing.venue.faults.fault import When

EXAMPLE = Path(__file__).parent.parent / "examples" / "live_coinbase.json"
PATIENCE = 40.0
MOMENT = 0.05

Started = Callable[..., "subprocess.Popen[str]"]
Ended = Callable[["subprocess.Popen[str]"], tuple[int, str, str]]


@pytest.fixture
def venue() -> Iterator[VenueServer]:
    with VenueServer(speech=COINBASE) as server:
        server.market.quote(60_000, 60_001, size=1)
        server.market.trade(60_000, "0.1")
        yield server


@pytest.fixture
def keys(venue: VenueServer) -> dict[str, str]:
    config = venue.ccxt_config()
    names = {"KEY": "apiKey", "SECRET": "secret", "PASSPHRASE": "password"}
    return {f"VENUE_{ours}": config[theirs] for ours, theirs in names.items()}


@pytest.fixture
def live(venue: VenueServer, tmp_path: Path) -> str:
    """Write a configuration that takes the example to this venue, and arms it."""
    there = {**venue.exchange_args(), "sandbox": False}
    risk = {"first_state": "active", "max_order_notional": "1000"}
    args: dict[str, Any] = {
        "exchange": there,
        "account": there,
        "feed": there,
        "risk": risk,
    }
    children = [{"id": name, "args": given} for name, given in args.items()]
    shutil.copy(EXAMPLE, tmp_path)
    (tmp_path / "mine.json").write_text(
        json.dumps({"extends": EXAMPLE.name, "tree": {"children": children}})
    )
    return "mine.json"


@pytest.fixture
def run(
    venue: VenueServer, live: str, keys: dict[str, str], started: Started
) -> Callable[[], "subprocess.Popen[str]"]:
    """Start the example; return once it hears the venue."""

    def begun() -> "subprocess.Popen[str]":
        process = started("run", live, "--json", "--env", "testing", **keys)
        for stream in ("matches", "ticker", "user"):
            venue.wait_for_listener(stream)
        return process

    return begun


def trade_until(done: Callable[[], bool], venue: VenueServer, *prices: int) -> None:
    """Let strangers trade at these prices in turn, until something has come of it."""
    moment = threading.Event()
    for price in itertools.islice(itertools.cycle(prices), int(PATIENCE / MOMENT)):
        if done():
            return
        venue.market.quote(price, price + 1, size=1)
        venue.market.trade(price, "0.5")
        moment.wait(MOMENT)
    raise AssertionError(f"waited in vain: {[each.status for each in venue.orders()]}")


WAVE = (60_000, 59_980, 59_960, 59_940, 59_960, 59_980, 60_000, 60_020, 60_040, 60_020)
"""The strategy buys below the average, and sells above it."""


def statuses(venue: VenueServer) -> list[str]:
    return [str(each.status) for each in venue.orders()]


def asked_by_name(venue: VenueServer) -> list[str]:
    """Return by which methods somebody has asked about an order by its name."""
    return [each.method for each in venue.requests() if "client:" in each.path]


def rest_an_order(venue: VenueServer) -> None:
    """Have the strategy bid, and the market leave its bid alone."""
    trade_until(lambda: bool(venue.orders()), venue, 60_000, 60_000, 59_990)
    venue.market.quote(60_020, 60_021, size=1)


def summary_of(process: "subprocess.Popen[str]", ended: Ended) -> dict[str, Any]:
    process.send_signal(signal.SIGINT)
    code, out, told = ended(process)
    assert code == 0, told
    summary: dict[str, Any] = json.loads(out)
    return summary


def agrees(summary: dict[str, Any]) -> bool:
    return (summary["reconciled"], summary["differences"]) == (True, [])


def test_orders_fill_and_are_taken_back_and_the_books_agree(
    venue: VenueServer, run: Callable[[], Any], ended: Ended
) -> None:
    process = run()
    trade_until(lambda: statuses(venue).count("FILLED") >= 4, venue, *WAVE)
    trade_until(lambda: "NEW" in statuses(venue), venue, *WAVE)
    (resting,) = [each for each in venue.orders() if each.status.is_open]
    price = resting.command.price
    away = 60 if resting.command.side is Side.BUY else -60
    assert price is not None
    trade_until(lambda: "CANCELED" in statuses(venue), venue, int(price) + away)
    summary = summary_of(process, ended)

    assert agrees(summary)
    assert summary["orders"] == len(venue.orders())
    assert summary["fills"] == len(venue.executions())
    assert (summary["restarts"], summary["dead_letters"]) == (0, 0)


def test_an_order_whose_answer_was_lost_is_found_by_its_name_and_never_sent_again(
    venue: VenueServer, run: Callable[[], Any], ended: Ended
) -> None:
    process = run()
    once = When(times=1)
    lost = Fault(id="lost", kind="timeout_after_execution", where="new", when=once)
    venue.inject(lost, Fault(id="silent", kind="silent", where="user"))
    trade_until(lambda: "GET" in asked_by_name(venue), venue, *WAVE)
    venue.heal()
    trade_until(lambda: statuses(venue).count("FILLED") >= 3, venue, *WAVE)
    summary = summary_of(process, ended)
    sent = [each.client_order_id for each in venue.requests() if each.method == "POST"]

    assert venue.faults_fired["lost"] == 1
    assert agrees(summary)
    assert summary["orders"] == len(venue.orders()) == len(set(sent)) == len(sent)


def test_after_a_crash_it_knows_its_order_and_takes_it_back(
    venue: VenueServer, run: Callable[[], Any], ended: Ended
) -> None:
    process = run()
    rest_an_order(venue)
    process.kill()
    process.wait(PATIENCE)
    again = run()
    trade_until(lambda: statuses(venue) == ["CANCELED"], venue, 60_020)
    summary = summary_of(again, ended)

    assert agrees(summary)
    assert (summary["open_orders"], summary["fills"]) == (0, 0)


@pytest.mark.parametrize(
    ("wrong", "code", "told"),
    [
        ("VENUE_KEY", 77, "coinbaseexchange does not accept the key"),
        ("VENUE_PASSPHRASE", 77, "coinbaseexchange does not accept the key"),
        ("", 69, "coinbaseexchange can't be prepared for trading"),
    ],
)
def test_a_venue_that_lets_nobody_in_ends_the_start_in_a_sentence(
    wrong: str,
    code: int,
    told: str,
    venue: VenueServer,
    live: str,
    keys: dict[str, str],
    holdfast: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    if code == 69:
        venue.inject(Fault(id="down", kind="status", where="*", params={"status": 503}))
    given = {**keys, **({wrong: "another"} if wrong else {})}

    ended = holdfast("run", live, "--json", "--env", "testing", **given)

    assert (ended.returncode, venue.orders()) == (code, ())
    assert f"holdfast: /root/exchange: {told}" in ended.stderr
    assert "Traceback" not in ended.stderr
