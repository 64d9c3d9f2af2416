"""The profile of a venue is checked with the configuration, at any depth."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import holdfast.actors.live
from holdfast.config import ConfigError, Configuration

PROFILES = Path(holdfast.actors.live.__file__).parent / "profiles"

Load = Callable[..., Configuration]


def text(profile: Any) -> str:
    exchange = {
        "id": "exchange",
        "start": "holdfast.actors.live:CcxtExchange",
        "args": {"exchange": "okx", "symbols": ["BTC-USDT"], "profile": profile},
    }
    return json.dumps({"extends": "base", "tree": {"children": [exchange]}})


@pytest.mark.parametrize(
    "shipped", sorted(PROFILES.glob("*.json")), ids=lambda each: each.stem
)
def test_the_profiles_that_are_shipped_are_sound(
    shipped: Path, load_text: Load
) -> None:
    assert load_text(text(json.loads(shipped.read_bytes()))).warnings == ()


@pytest.mark.parametrize(
    ("profile", "path", "message", "hint"),
    [
        (
            {"fils_from": "id"},
            "fils_from",
            'there is no setting "fils_from" here.',
            "Did you mean `fills_from`?",
        ),
        (
            {"fills_page": "100"},
            "fills_page",
            'expected a whole number > 0 or null, was "100".',
            "Write 100 without quotes.",
        ),
        (
            {"limits": [{"capacity": 1}, {"capacity": 0}]},
            "limits[1].capacity",
            "expected a number > 0, was 0.",
            None,
        ),
        (
            {"limits": [{"period": 1}]},
            "limits[0]",
            'the setting "capacity" is missing.',
            None,
        ),
        (
            {"weights": {"fills": "2"}},
            "weights.fills",
            'expected a number > 0, was "2".',
            "Write 2 without quotes.",
        ),
        (
            {"names": "uid"},
            "names",
            'expected "hex", "text" or "uuid", was "uid".',
            'Did you mean "uuid"?',
        ),
        (
            {"words": {"proves": ["1", 2]}},
            "words.proves[1]",
            "expected a text, was 2.",
            None,
        ),
        (
            {"words": {"restrained": {"4xx": 1}}},
            'words.restrained["4xx"]',
            'expected a whole number as the name, was "4xx".',
            None,
        ),
        (
            {"client_id": "[a-z"},
            "",
            (
                "CcxtExchange.profile can't be like that: client_id is no regular"
                " expression: unterminated character set at position 0."
            ),
            None,
        ),
        ([], "", "expected an object, was a list.", None),
    ],
)
def test_what_is_wrong_is_said_at_its_place(
    profile: Any, path: str, message: str, hint: str | None, load_text: Load
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(text(profile))
    (problem,) = caught.value.problems
    whole = f"$.tree.children[0].args.profile.{path}".removesuffix(".")

    assert (problem.path, problem.message, problem.hint) == (whole, message, hint)


def test_a_reason_is_one_of_ours(load_text: Load) -> None:
    with pytest.raises(ConfigError, match=r'"malformed", .*, was "no_mony"'):
        load_text(text({"words": {"reasons": {"funds": "no_mony"}}}))
