"""The example of a real exchange is a configuration that is sound."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

import holdfast.actors
from holdfast.actors.live import AccountStream, CcxtExchange, MarketStream
from holdfast.actors.live.venues import Limit, Venue, Words
from holdfast.actors.venue_breaker import VenueBreaker
from holdfast.config import ConfigError, Configuration, build, load
from holdfast.supervision import ChildSpec
from holdfast.supervision.secret import Secret

ROOT = Path(holdfast.actors.__file__).parent.parent
SHOWN = (ROOT / "examples" / "live_binance.json").read_text()
KEYS = {"VENUE_KEY": "key-of-the-venue", "VENUE_SECRET": "secret-of-the-venue"}


def loaded(folder: Path, text: str) -> Configuration:
    (folder / "live.json").write_text(text)
    return load(Path("live.json"), environ=KEYS, directory=folder)


def test_the_example_is_sound(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, SHOWN)
    children = {
        each.id: each
        for each in build(configuration.settings).children
        if isinstance(each, ChildSpec)
    }

    assert configuration.warnings == ()
    assert children["exchange"].start is CcxtExchange
    assert children["breaker"].start is VenueBreaker
    assert children["account"].start is AccountStream
    assert children["feed"].start is MarketStream
    assert children["exchange"].args["secret"] == Secret("secret-of-the-venue")
    assert "secret-of-the-venue" not in repr(children)


def test_a_key_that_is_written_down_gets_a_warning(tmp_path: Path) -> None:
    written = SHOWN.replace('{"$env": "VENUE_SECRET"}', '"c0ffee11c0ffee11"')
    warnings = loaded(tmp_path, written).warnings

    assert [each.code for each in warnings] == ["secret.literal"] * 2


def test_an_argument_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'takes no argument "symbol"') as refused:
        loaded(tmp_path, SHOWN.replace('"symbols"', '"symbol"', 1))

    assert "Did you mean `symbols`?" in str(refused.value)


COINBASE = (ROOT / "examples" / "live_coinbase.json").read_text()


def test_the_example_of_coinbase_is_sound(tmp_path: Path) -> None:
    (tmp_path / "live.json").write_text(COINBASE)
    keys = {**KEYS, "VENUE_PASSPHRASE": "passphrase-of-the-venue"}

    assert load(Path("live.json"), environ=keys, directory=tmp_path).warnings == ()


def test_the_profile_that_the_readme_shows_is_sound(tmp_path: Path) -> None:
    readme = (ROOT / "actors" / "live" / "README.md").read_text()
    (shown,) = re.findall(r"^```json\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    tree = f'{{"extends": "base", "tree": {{"children": [{shown}]}}}}'

    assert loaded(tmp_path, tree).warnings == ()


@pytest.mark.parametrize("kind", [Venue, Words, Limit])
def test_the_readme_explains_each_entry_of_a_profile(kind: Any) -> None:
    readme = (ROOT / "actors" / "live" / "README.md").read_text()
    entries = [each.name for each in msgspec.structs.fields(kind)]

    assert [each for each in entries if f"`{each}`" not in readme] == []
