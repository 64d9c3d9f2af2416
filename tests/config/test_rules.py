"""The rules between settings are those of the specs, reported where they are broken."""

from collections.abc import Callable

import pytest

from holdfast.config.nodes import Backoff
from holdfast.config.rules import most_restarts

Complaints = Callable[..., list[str]]

A = '"type": "worker", "id": "a", "start": "desk:Anything"'
B = '"type": "worker", "id": "b", "start": "desk:Anything"'


def tree(supervisor: str, *children: str) -> str:
    """Return a tree with the children on line 2 and following, one on each."""
    inside = ",\n".join(f"{{{child}}}" for child in children)
    return (
        f'{{"tree": {{"type": "supervisor", "id": "root"{supervisor},'
        f' "children": [\n{inside}]}}}}'
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            tree("", A, B, A),
            ["my.json:4:26 tree.duplicate $.tree.children[2].id"],
        ),
        (
            tree("", A + ', "significant": true', B),
            [
                "my.json:2:72 tree.significant $.tree.children[0].significant",
                "my.json:2:72 tree.significant $.tree.children[0].significant",
            ],
        ),
        (
            tree("", A + ', "significant": true, "restart": "transient"'),
            ["my.json:2:72 tree.significant $.tree.children[0].significant"],
        ),
        (
            tree(', "auto_shutdown": "any_significant"', A + ', "significant": true'),
            ["my.json:2:72 tree.significant $.tree.children[0].significant"],
        ),
        (
            tree(
                ', "auto_shutdown": "any_significant"',
                A + ', "significant": true, "restart": "temporary"',
            ),
            [],
        ),
        (
            tree(', "significant": true'),
            ["my.json:1:62 tree.significant $.tree.significant"],
        ),
        (
            '{"tree": {"type": "supervisor", "id": "system"}}',
            ["my.json:1:39 tree.reserved $.tree.id"],
        ),
        (
            tree("", '"type": "supervisor", "id": "system"'),
            [],
        ),
        (
            tree(', "strategy": "simple_one_for_one"', A, B),
            ["my.json:1:93 tree.template $.tree.children"],
        ),
        (
            tree(', "strategy": "simple_one_for_one"'),
            ["my.json:1:93 tree.template $.tree.children"],
        ),
        (
            tree(
                ', "strategy": "simple_one_for_one"', '"type": "supervisor", "id": "a"'
            ),
            ["my.json:1:93 tree.template $.tree.children"],
        ),
        (tree(', "strategy": "simple_one_for_one"', A), []),
        (
            tree(
                ', "auto_shutdown": "any_significant", "strategy":'
                ' "simple_one_for_one"',
                A,
            ),
            ["my.json:1:64 tree.template $.tree.auto_shutdown"],
        ),
        (
            tree(
                "",
                A + ', "mailbox": {"overflow": "conflate", "on_restart": "conflate"}',
            ),
            [
                "my.json:2:81 tree.mailbox $.tree.children[0].mailbox.overflow",
                "my.json:2:107 tree.mailbox $.tree.children[0].mailbox.on_restart",
            ],
        ),
        (tree("", A + ', "mailbox": {"overflow": "conflate", "key": "symbol"}'), []),
        (
            tree("", A + ', "concurrency": 2'),
            ["my.json:2:72 tree.concurrency $.tree.children[0].concurrency"],
        ),
        (tree("", A + ', "concurrency": 2, "dispatcher": "loop"'), []),
        (tree("", A + ', "concurrency": 1, "dispatcher": "pinned"'), []),
        (
            tree(', "intensity": 20', A),
            ["my.json:1:60 tree.backoff $.tree.intensity"],
        ),
        (tree(', "intensity": 20, "backoff": null', A), []),
        (
            tree(', "intensity": 20000', A),
            ["my.json:1:60 config.range $.tree.intensity"],
        ),
        (
            tree(
                ', "intensity": 20',
                A + ', "backoff": {"minimum": 0.01, "factor": 1}',
                B,
            ),
            ["my.json:1:60 tree.backoff $.tree.intensity"],
        ),
        (
            tree(
                ', "intensity": 20', A + ', "backoff": {"minimum": 0.01, "factor": 1}'
            ),
            [],
        ),
        (
            tree("", A + ', "backoff": {"minimum": 30}', B),
            ["my.json:2:68 tree.backoff $.tree.children[0].backoff"],
        ),
    ],
)
def test_broken_rules_are_found_where_they_are_broken(
    complaints: Complaints, text: str, expected: list[str]
) -> None:
    assert complaints(text) == expected


def test_a_wrong_value_hides_no_broken_rule_elsewhere(complaints: Complaints) -> None:
    text = tree(', "intensity": "x"', A + ', "restart": "allways"', A, A)

    assert complaints(text) == [
        "my.json:1:60 config.type $.tree.intensity",
        "my.json:2:68 config.choice $.tree.children[0].restart",
        "my.json:3:26 tree.duplicate $.tree.children[1].id",
        "my.json:4:26 tree.duplicate $.tree.children[2].id",
    ]


@pytest.mark.parametrize(
    ("backoff", "period", "enough", "expected"),
    [
        # Restarts at 0, 1, 2, 3: one that is exactly a period old still counts.
        (Backoff(minimum=1, factor=1, jitter=0), 3, 99, 4),
        (Backoff(minimum=1, factor=2, jitter=0), 7, 99, 4),
        (Backoff(minimum=1, factor=2, jitter=0, maximum=2), 7, 99, 5),
        (Backoff(minimum=10, factor=1, jitter=0), 3, 99, 1),
        # Chance may shorten each wait by half.
        (Backoff(minimum=1, factor=1, jitter=0.5), 3, 99, 7),
        (Backoff(minimum=1e-9, factor=1, jitter=0), 3, 99, 99),
        (Backoff(minimum=1e300, factor=1e300, jitter=0, maximum=1e-9), 3, 99, 99),
    ],
)
def test_waits_bound_the_restarts_within_a_period(
    backoff: Backoff, period: float, enough: int, expected: int
) -> None:
    assert most_restarts(backoff, period, enough) == expected
