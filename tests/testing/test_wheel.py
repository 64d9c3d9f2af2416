"""The harness is part of the package that others install."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

SCRIPT = """
import ccxt
from holdfast.testing import Fault, VenueServer

with VenueServer() as venue:
    venue.market.quote(100, 101)
    api = ccxt.binance(venue.ccxt_config())
    print(api.create_order("BTC/USDT", "market", "buy", 1)["status"])

import holdfast.testing
print(holdfast.testing.__file__)
"""


def run(*words: str | Path, cwd: Path, **environ: str) -> str:
    made = subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


def test_a_user_of_the_installed_package_has_a_venue(tmp_path: Path) -> None:
    clone, site, away = (tmp_path / name for name in ("clone", "site", "away"))
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)
    away.mkdir()

    run("-m", "pip", "install", "-q", "--no-deps", "--target", site, clone, cwd=away)
    said = run("-c", SCRIPT, cwd=away, PYTHONPATH=str(site)).split()

    assert said == ["closed", str(site / "holdfast" / "testing" / "__init__.py")]
