"""A venue in a process of its own: `python -m holdfast.testing.venue`.

Prints one line of JSON, `{"url": ..., "control": ...}`, once it listens, and ends by
SIGTERM or SIGINT. What `--settings` may hold is in `VenueSettings`; `--faults` holds a
list of faults as `Fault.to_json` writes them.
"""

import json
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import attrs
import click

from holdfast.testing.venue.binance.speech import BINANCE
from holdfast.testing.venue.coinbase.speech import COINBASE
from holdfast.testing.venue.faults.fault import Fault
from holdfast.testing.venue.server import VenueServer
from holdfast.testing.venue.speech import Speech

SPEECHES: dict[str, Speech] = {"binance": BINANCE, "coinbase": COINBASE}

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(help=__doc__)
@click.option("--protocol", type=click.Choice(list(SPEECHES)), default="binance")
@click.option("--port", default=0, help="0: any free one.")
@click.option("--control-port", default=0, help="0: any free one.")
@click.option("--settings", type=_FILE, help="JSON of what differs from usual.")
@click.option("--replay", type=_FILE, help="A recording of raw frames.")
@click.option("--speed", type=float, help="Without: as fast as it goes.")
@click.option("--restamp", is_flag=True, help="Say that it happens now.")
@click.option("--faults", type=_FILE, help="JSON list of faults.")
def main(
    *,
    protocol: str,
    port: int,
    control_port: int,
    settings: Path | None,
    replay: Path | None,
    speed: float | None,
    restamp: bool,
    faults: Path | None,
) -> None:
    """Listen until nobody needs it any more."""
    told_to_end = _signalled()
    told: dict[str, Any] = _read(settings, {})
    chosen = attrs.evolve(
        SPEECHES[protocol].settings, **told, port=port, control_port=control_port
    )
    armed = [Fault.from_json(each) for each in _read(faults, [])]
    with VenueServer(chosen, SPEECHES[protocol]) as venue:
        venue.inject(*armed)
        click.echo(json.dumps({"url": venue.url, "control": venue.control_url}))
        if replay is not None:
            venue.replay(replay, restamp=restamp).play(speed)
        told_to_end.wait()


def _signalled() -> threading.Event:
    """Return what is set when somebody wants the process to end."""
    told_to_end = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        told_to_end.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return told_to_end


def _read(path: Path | None, otherwise: Any) -> Any:
    return otherwise if path is None else json.loads(path.read_text())


if __name__ == "__main__":
    main()
