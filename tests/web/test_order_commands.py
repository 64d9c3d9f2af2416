"""The commands about orders say what was found, also by their exit code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from holdfast.supervision import ActorSystem
from holdfast.web.client import Refused
from holdfast.web.order_commands import reconcile, settle

Serve = Callable[..., ActorSystem]


class Books:
    """Answers what a test wants."""

    def __init__(self, **found: list[str]) -> None:
        self.refused = ""
        self._found = {"asked": ["/root/execution"], "differences": [], "silent": []}
        self._found |= found

    def __call__(self, system: ActorSystem) -> "Books":
        assert isinstance(system, ActorSystem)
        return self

    async def reconcile(self, under: str) -> dict[str, Any]:
        return {**self._found, "asked": [under or "/root/execution"]}

    async def settle(self, order: str, reason: str, under: str) -> str:
        assert (order, reason, under) == ("hf-a-1-1", "purged", "/root/execution")
        return self.refused


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        ({}, 0, "all agree: /root/execution"),
        ({"differences": ["a: b"]}, 1, "differs: a: b"),
        ({"silent": ["c: d"]}, 4, "not known: c: d"),
        (
            {"differences": ["a: b"], "silent": ["c: d"]},
            1,
            "differs: a: b\nnot known: c: d",
        ),
    ],
)
def test_what_a_comparison_has_found_is_said(
    found: dict[str, list[str]], code: int, said: str, serve: Serve, tmp_path: Path
) -> None:
    serve(books=Books(**found))
    told = CliRunner().invoke(reconcile, ["--state", str(tmp_path)])

    assert (told.exit_code, told.output) == (code, f"{said}\n")


def test_it_is_json_on_demand_and_only_of_a_path(serve: Serve, tmp_path: Path) -> None:
    serve(books=Books())
    words = ["root/execution", "--json", "--state", str(tmp_path)]
    told = CliRunner().invoke(reconcile, words)

    assert json.loads(told.output) == {
        "asked": ["/root/execution"],
        "differences": [],
        "silent": [],
    }


def test_an_order_is_settled_or_it_is_said_why_not(
    serve: Serve, tmp_path: Path
) -> None:
    words = ["hf-a-1-1", "/root/execution", "--reason", "purged"]
    books = Books()
    serve(books=books)
    done = CliRunner().invoke(settle, [*words, "--state", str(tmp_path)])
    books.refused = "it is open"
    refused = CliRunner().invoke(settle, [*words, "--state", str(tmp_path)])

    assert done.output == "settled: hf-a-1-1 (purged)\n"
    assert isinstance(refused.exception, Refused)
    assert (str(refused.exception), refused.exception.exit_code) == ("it is open", 1)


def test_to_settle_needs_a_reason() -> None:
    assert CliRunner().invoke(settle, ["hf-a-1-1"]).exit_code == 2
