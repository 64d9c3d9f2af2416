"""The live example trades at a venue that plays a recorded market."""

import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from holdfast.supervision.state_dir import StateDir
from holdfast.testing import Fault, VenueServer
from holdfast.web.client import Client

EXAMPLE = Path(__file__).parent.parent / "examples" / "live_binance.json"
TRADES = 9757
KEYS = {"VENUE_KEY": "k", "VENUE_SECRET": "s"}
PATIENCE = 60.0

Started = Callable[..., "subprocess.Popen[str]"]
Ended = Callable[["subprocess.Popen[str]"], tuple[int, str, str]]


@pytest.fixture
def venue() -> Iterator[VenueServer]:
    with VenueServer() as server:
        yield server


@pytest.fixture
def live(venue: VenueServer, tmp_path: Path) -> str:
    """Write a configuration that takes the example to this venue, and arms it."""
    there = {**venue.exchange_args(), "sandbox": False}
    armed = {"first_state": "active"}
    args = {"exchange": there, "account": there, "feed": there, "risk": armed}
    children = [{"id": name, "args": given} for name, given in args.items()]
    shutil.copy(EXAMPLE, tmp_path)
    (tmp_path / "mine.json").write_text(
        json.dumps({"extends": EXAMPLE.name, "tree": {"children": children}})
    )
    return "mine.json"


def wait_for_ticks(client: Client) -> None:
    """Wait until the strategy has heard of every trade."""
    never = threading.Event()
    heard = -1
    for _ in range(int(PATIENCE / 0.1)):
        heard = client.get("/api/v1/components/root/strategy")["facts"]["ticks"]
        if heard >= TRADES:
            return
        never.wait(0.1)
    raise AssertionError(f"of {TRADES} trades {heard} were heard")


@pytest.mark.recording
@pytest.mark.timeout(120)
def test_every_trade_arrives_orders_fill_and_the_books_agree(
    venue: VenueServer,
    live: str,
    recordings: Path,
    tmp_path: Path,
    started: Started,
    ended: Ended,
) -> None:
    recording = recordings / "binance_spot_btcusdt_20240808.ws.gz"
    replay = venue.replay(recording, restamp=True)
    process = started("run", live, "--json", "--env", "testing", **KEYS)
    for stream in ("btcusdt@trade", "btcusdt@bookTicker", "user"):
        venue.wait_for_listener(stream)

    replay.play()
    replay.wait()
    wait_for_ticks(Client(StateDir(tmp_path / ".holdfast")))
    process.send_signal(signal.SIGINT)
    code, out, told = ended(process)

    summary = json.loads(out)
    assert (code, told.count("alarm")) == (0, 0), told
    assert summary["ticks"] == TRADES
    assert summary["orders"] == len(venue.orders()) > 0
    assert summary["fills"] == len(venue.executions()) > 0
    assert (summary["reconciled"], summary["differences"]) == (True, [])
    assert (summary["restarts"], summary["dead_letters"]) == (0, 0)


@pytest.mark.parametrize(
    ("keys", "code", "told"),
    [
        (
            {"VENUE_KEY": "another", "VENUE_SECRET": "secret"},
            77,
            "holdfast: /root/exchange: binance does not accept the key",
        ),
        (KEYS, 69, "holdfast: /root/exchange: binance can't be prepared for trading"),
    ],
)
def test_a_venue_that_lets_nobody_in_ends_the_start_in_a_sentence(
    keys: dict[str, str],
    code: int,
    told: str,
    venue: VenueServer,
    live: str,
    holdfast: Callable[..., "subprocess.CompletedProcess[str]"],
) -> None:
    if code == 69:
        venue.inject(Fault(id="down", kind="status", where="*", params={"status": 503}))

    ended = holdfast("run", live, "--json", "--env", "testing", **keys)

    assert ended.returncode == code
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert venue.orders() == ()
