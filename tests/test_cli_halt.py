"""To halt works whatever is dead, and only a person with a reason arms again."""

import json
import signal
import subprocess
import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from holdfast.actors.messages import OrderType, PlaceOrder, Side
from holdfast.supervision import SystemClock
from holdfast.testing import VenueServer, VenueSettings

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
Started = Callable[..., "subprocess.Popen[str]"]
Ended = Callable[["subprocess.Popen[str]"], tuple[int, str, str]]

RUN = ("run", "--env", "testing", "--seed", "7")
HALT = ("halt", "--reason", "the market is mad")
ARM = ("arm", "--reason", "it is sane again")
KEYS = {"VENUE_KEY": "key-of-the-venue", "VENUE_SECRET": "secret-of-the-venue"}


def status_that_exits(holdfast: Typed, code: int) -> str:
    """Look again and again until the status exits so."""
    told = holdfast("status")
    for _ in range(100):
        if told.returncode == code:
            break
        SystemClock().wait(threading.Event(), 0.05)
        told = holdfast("status")
    assert told.returncode == code, told.stdout + told.stderr
    return told.stdout


def test_a_system_that_runs_is_halted_and_armed_again(
    started: Started, holdfast: Typed, tmp_path: Path
) -> None:
    started(*RUN)
    halted = holdfast(*HALT)
    status = holdfast("status")
    armed = holdfast(*ARM)

    assert (halted.returncode, status.returncode, armed.returncode) == (0, 12, 0)
    assert halted.stdout.splitlines()[0] == (
        "halted: nothing is ordered while .holdfast/halt is there"
    )
    assert halted.stdout.splitlines()[-1] == "confirmed: nothing is open"
    assert status.stdout.splitlines()[0].startswith("TESTING   HALTED   ")
    assert status.stdout.splitlines()[1] == "HALTED /root/risk: the market is mad"
    assert armed.stdout == "armed: system (it is sane again)\n"
    assert not (tmp_path / ".holdfast" / "halt").exists()
    status_that_exits(holdfast, 0)


def test_a_halt_outlives_the_process(
    started: Started, holdfast: Typed, ended: Ended
) -> None:
    process = started(*RUN)
    holdfast(*HALT)
    process.terminate()
    ended(process)
    alone = holdfast(*ARM)
    again = started(*RUN, until="HALTED (the market is mad), arm with")

    assert alone.returncode == 3
    assert "HALTED /root/risk: the market is mad" in status_that_exits(holdfast, 12)
    assert holdfast(*ARM).returncode == 0
    again.terminate()
    assert ended(again)[0] == 0


@pytest.mark.usefixtures("started")
def test_where_nothing_runs_a_halt_keeps_what_comes_from_trading(
    holdfast: Typed, tmp_path: Path
) -> None:
    halted = holdfast(*HALT)

    assert halted.returncode == 0
    assert halted.stdout.splitlines() == [
        "halted: nothing is ordered while .holdfast/halt is there",
        "no system runs in .holdfast",
        "confirmed: nothing is open",
    ]
    told = json.loads((tmp_path / ".holdfast" / "halt").read_text())
    assert told["reason"] == "the market is mad"


def test_a_part_is_halted_and_what_nobody_guards_is_not_confirmed(
    started: Started, holdfast: Typed
) -> None:
    alone = holdfast(*HALT, "--scope", "strategy:/root/strategy")
    started(*RUN)
    part = holdfast(*HALT, "--scope", "strategy:/root/strategy")
    wrong = [
        holdfast(*words, "--scope", "strategy:/root/strategi") for words in (HALT, ARM)
    ]
    sentence = "nobody here guards 'strategy:/root/strategi': there are "

    assert (alone.returncode, part.returncode) == (3, 0)
    assert part.stdout == "confirmed: nothing is open\n"
    assert [each.returncode for each in wrong] == [1, 1]
    assert wrong[0].stdout.startswith(f"NOT CONFIRMED: {sentence}")
    assert sentence in wrong[1].stderr


HOLDER = """
from decimal import Decimal
from holdfast.actors import Strategy

class Holder(Strategy):
    wants = True

    def on_trade(self, trade):
        if self.wants and self.position == 0:
            self.wants = False
            self.buy(Decimal("0.005"))

    def on_fill(self, fill):
        if self.position == Decimal("0.005"):
            self.alarm("it holds")
"""


def test_what_is_held_is_closed_by_the_system_that_runs(
    started: Started, holdfast: Typed, tmp_path: Path, ended: Ended
) -> None:
    (tmp_path / "holder.py").write_text(HOLDER)
    place = {"risk": {"$ref": "/root/risk"}, "symbol": "BTCUSDT"}
    children = [
        {"id": "strategy", "start": "holder:Holder", "args": place},
        {"id": "risk", "args": {"limits": {"lot_size": "0.001"}}},
    ]
    told = {"extends": "base", "environment": "testing", "tree": {"children": children}}
    (tmp_path / "own.json").write_text(json.dumps(told))
    process = started(
        "run", "own.json", "--seed", "7", "--verbose", until="it holds", PYTHONPATH="."
    )
    halted = holdfast(*HALT, "own.json", "--flatten", PYTHONPATH=".")
    status = holdfast("status")
    process.terminate()
    _, summary, _ = ended(process)

    assert halted.returncode == 0, halted.stdout + halted.stderr
    closed = [line for line in halted.stdout.splitlines() if "(sell 0.00" in line]
    assert closed
    assert halted.stdout.splitlines()[-1] == (
        "confirmed: nothing is open, and what was held is closed"
    )
    assert status.returncode == 12
    assert "position 0 BTCUSDT" in summary


def test_where_nothing_runs_nothing_is_closed(holdfast: Typed, tmp_path: Path) -> None:
    halted = holdfast(*HALT, "--flatten")

    assert halted.returncode == 1
    assert "NOT CONFIRMED: what is held is not closed: no system runs" in halted.stdout
    assert (tmp_path / ".holdfast" / "halt").exists()


@pytest.mark.parametrize("words", [("arm",), ("arm", "--reason", " ")])
def test_to_arm_needs_a_reason(
    words: tuple[str, ...], started: Started, holdfast: Typed
) -> None:
    started(*RUN)
    holdfast(*HALT)
    told = holdfast(*words)

    assert told.returncode in (1, 2)
    assert "reason" in told.stderr
    assert holdfast("status").returncode == 12


def test_a_process_that_is_stopped_halts_as_soon_as_it_goes_on(
    started: Started, holdfast: Typed
) -> None:
    process = started(*RUN)
    process.send_signal(signal.SIGSTOP)
    halted = holdfast(*HALT)
    process.send_signal(signal.SIGCONT)

    assert halted.returncode == 1
    assert "NOT CONFIRMED: the system in .holdfast does not answer" in halted.stdout
    assert halted.stdout.splitlines()[-1] == "NOT CONFIRMED: look yourself"
    assert "HALTED /root/risk" in status_that_exits(holdfast, 12)


def test_without_its_web_a_system_halts_all_the_same(
    started: Started, holdfast: Typed, tmp_path: Path, ended: Ended
) -> None:
    process = started(*RUN, "--verbose")
    (tmp_path / ".holdfast" / "control.sock").unlink()
    halted = holdfast(*HALT)
    assert process.stderr is not None
    said = next(line for line in process.stderr if "no open order" in line)
    process.terminate()
    code, _, _ = ended(process)

    assert halted.returncode == 1
    assert "does not answer" in halted.stdout
    assert "alarm" in said
    assert code == 0


# -- at a real venue --


@pytest.fixture
def venue() -> Any:
    settings = VenueSettings(
        key=KEYS["VENUE_KEY"],
        secret=KEYS["VENUE_SECRET"],
        balances={"BTC": "10", "USDT": "1000000"},
    )
    with VenueServer(settings) as server:
        server.market.quote(60_000, 60_001, size=1)
        for name in ("hf-a-1-1", "web-7"):
            order = PlaceOrder(
                client_order_id=name,
                intent_id=name,
                symbol="BTCUSDT",
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal("0.01"),
                price=Decimal(59_000),
                time=1.0,
            )
            server.run(partial(server.core.exchange.place, order))
        yield server


@pytest.fixture
def live(venue: VenueServer, tmp_path: Path) -> str:
    """Write a configuration that trades at the venue."""
    exchange = {
        "type": "worker",
        "id": "exchange",
        "start": "holdfast.actors.live:CcxtExchange",
        "dispatcher": "loop",
        "args": {
            **venue.exchange_args(),
            "api_key": {"$env": "VENUE_KEY"},
            "secret": {"$env": "VENUE_SECRET"},
        },
    }
    root = {"type": "supervisor", "id": "root", "children": [exchange]}
    (tmp_path / "live.json").write_text(
        json.dumps({"environment": "testing", "tree": root})
    )
    return "live.json"


def open_orders(venue: VenueServer) -> list[str]:
    return [o.client_order_id for o in venue.orders() if o.status.is_open]


def test_with_everything_dead_the_venue_itself_confirms_it(
    venue: VenueServer, live: str, holdfast: Typed
) -> None:
    halted = holdfast(*HALT, live, **KEYS)

    assert halted.returncode == 0, halted.stdout + halted.stderr
    assert open_orders(venue) == []
    for name in ("hf-a-1-1", "web-7"):
        line = f"binance BTCUSDT {name} cancelled (buy 0.01, 0 filled)"
        assert line in halted.stdout.splitlines()
    assert "binance: the venue lists no open order" in halted.stdout
    assert halted.stdout.splitlines()[-1] == "confirmed: nothing is open"


def test_the_configuration_of_the_last_run_is_halted_while_it_is_stopped(
    venue: VenueServer, live: str, started: Started, holdfast: Typed
) -> None:
    process = started("run", live, **KEYS)
    process.send_signal(signal.SIGSTOP)
    halted = holdfast(*HALT, **KEYS)
    process.send_signal(signal.SIGCONT)

    assert halted.returncode == 0, halted.stdout + halted.stderr
    assert open_orders(venue) == []


def test_without_the_keys_nothing_is_confirmed_and_no_key_is_shown(
    venue: VenueServer, live: str, holdfast: Typed
) -> None:
    halted = holdfast(*HALT, live)

    assert halted.returncode == 1
    assert "VENUE_KEY" in halted.stderr
    assert halted.stdout.splitlines()[-1] == "NOT CONFIRMED: look yourself"
    assert len(open_orders(venue)) == 2
