"""Settings among the arguments are checked by name and value, each at its place."""

from collections.abc import Callable

import pytest

from holdfast.config import ConfigError, Configuration

Load = Callable[..., Configuration]


def text(limits: str) -> str:
    return f"""{{"extends": "base", "tree": {{"children": [{{"id": "risk", "args": {{
"limits": {limits}}}}}]}}}}"""


def found(load_text: Load, limits: str) -> list[tuple[str, str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        load_text(text(limits))
    return [(p.code, p.message, p.hint) for p in caught.value.problems]


@pytest.mark.parametrize(
    ("limits", "code", "message", "hint"),
    [
        (
            '{"max_open_order": 5}',
            "args.unknown",
            'Risk.limits has no "max_open_order".',
            "Did you mean `max_open_orders`?",
        ),
        (
            '{"tick_size": 0.01}',
            "args.value",
            (
                "Risk.limits can't be like that: an amount is written as text, such as"
                ' "0.1", was 0.01.'
            ),
            None,
        ),
        (
            '{"max_open_orders": 0}',
            "args.value",
            "Risk.limits can't be like that: 'max_open_orders' must be > 0: 0.",
            None,
        ),
        (
            '{"order_types": ["stop"]}',
            "args.value",
            "Risk.limits can't be like that: 'stop' is not a valid OrderType.",
            None,
        ),
    ],
)
def test_what_settings_refuse_is_said_before_anything_starts(
    limits: str, code: str, message: str, hint: str | None, load_text: Load
) -> None:
    assert found(load_text, limits) == [(code, message, hint)]


def test_all_that_is_wrong_is_said_at_once_at_its_place(load_text: Load) -> None:
    with pytest.raises(ConfigError) as caught:
        load_text(text('{"max_open_orders": -1, "lot_size": "0", "nonsense": 1}'))

    assert [str(each.place) for each in caught.value.problems] == [
        "my.json:2:31",
        "my.json:2:47",
        "my.json:2:52",
    ]


@pytest.mark.parametrize(
    "limits", ["{}", '{"max_open_orders": 5, "tick_size": "0.01", "fee": "0"}']
)
def test_sound_settings_pass(limits: str, load_text: Load) -> None:
    assert load_text(text(limits)).warnings == ()
