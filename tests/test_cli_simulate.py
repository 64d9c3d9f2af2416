"""`holdfast simulate`: runs of the configured tree that a seed repeats."""

import json
import subprocess
from collections.abc import Callable

import pytest

Typed = Callable[..., "subprocess.CompletedProcess[str]"]
WriteTree = Callable[..., str]


def test_the_shipped_tree_holds_under_failures(holdfast: Typed) -> None:
    told = holdfast("simulate", "--seed", "7", "--duration", "20", "--json")

    report = json.loads(told.stdout)
    assert told.returncode == 0
    assert report["violations"] == []
    assert report["seed"] == 7
    assert report["simulated_seconds"] >= 20.0
    assert sum(report["failures_injected"].values()) == len(report["faults"]) == 1
    assert len(report["trace_hash"]) == 64


def test_a_seed_does_the_same_in_every_process(holdfast: Typed) -> None:
    words = ("simulate", "--seed", "7", "--duration", "20", "--json")
    reports = [
        json.loads(holdfast(*words, PYTHONHASHSEED=hashes).stdout)
        for hashes in ("1", "2")
    ]
    for report in reports:
        del report["wall_seconds"]

    assert reports[0] == reports[1]


def test_a_readable_summary_says_what_happened(holdfast: Typed) -> None:
    told = holdfast("simulate", "--seed", "7", "--duration", "20")

    lines = told.stdout.splitlines()
    assert lines[0].startswith("seed 7: 20.")
    assert [line.split(" ")[0] for line in lines[1:]] == [
        "turns",
        "injected:",
        "ended:",
    ]
    assert told.stderr == ""


def test_many_seeds_are_summed_up(holdfast: Typed) -> None:
    told = holdfast("simulate", "--seeds", "3..8", "--duration", "5", "--json")

    summary = json.loads(told.stdout)
    assert (told.returncode, summary["seeds"]) == (0, 6)
    assert summary["simulated_seconds"] >= 30.0
    assert (summary["violations"], summary["unsound"]) == (0, [])


def test_without_a_seed_it_says_which_one_it_took(holdfast: Typed) -> None:
    words = ("simulate", "--duration", "2", "--json")
    seeds = {json.loads(holdfast(*words).stdout)["seed"] for _ in range(2)}

    assert len(seeds) == 2


def test_verified_runs_are_said_to_be(holdfast: Typed) -> None:
    told = holdfast("simulate", "--seed", "7", "--duration", "5", "--verify")

    assert told.returncode == 0
    assert told.stdout.endswith("each seed did the same in another process\n")


def test_runs_of_one_seed_that_differ_are_a_failure(
    holdfast: Typed, write_tree: WriteTree
) -> None:
    name = write_tree("Hashing")

    told = holdfast("simulate", name, "--seed", "7", "--duration", "5", "--verify")

    assert told.returncode == 21
    assert "NOT DETERMINISTIC: two runs of the same seed differ: 7" in told.stdout


def test_a_violation_is_told_with_its_faults(
    holdfast: Typed, write_tree: WriteTree
) -> None:
    name = write_tree("Chancy")

    told = holdfast("simulate", name, "--seed", "7", "--duration", "60")

    assert told.returncode == 1
    assert "VIOLATION: /root/chancy calls random.random in a" in told.stdout
    assert "must be the same: use self.random(...)\n" in told.stdout
    assert "\n  at " in told.stdout


def test_violations_of_many_seeds_are_told_by_seed(
    holdfast: Typed, write_tree: WriteTree
) -> None:
    name = write_tree("Chancy")

    told = holdfast("simulate", name, "--seeds", "1..2", "--duration", "5")

    assert told.returncode == 1
    assert "violations: 2 in 2 runs" in told.stdout
    assert "seed 1:\nVIOLATION: /root/chancy calls random.random" in told.stdout


def test_no_secret_is_told(holdfast: Typed, write_tree: WriteTree) -> None:
    args = {"key": {"$env": "MY_KEY"}, "starts": 1}
    login = {"id": "a", "start": "desk:Login", "args": args}
    name = write_tree(login, root={"intensity": 1})

    told = holdfast(
        "simulate", name, "--seed", "3", "--duration", "60", MY_KEY="c0ffee"
    )

    assert "PermissionError: no login with ***" in told.stdout
    assert "my key is ***" in told.stderr
    assert "c0ffee" not in told.stdout + told.stderr


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("nowhere.json",), 66, "nowhere.json"),
        (("--env", "staging"), 78, "staging"),
    ],
)
def test_what_can_not_be_simulated_has_the_usual_exit_codes(
    holdfast: Typed, words: tuple[str, ...], code: int, reason: str
) -> None:
    told = holdfast("simulate", *words)

    assert (told.returncode, told.stdout) == (code, "")
    assert reason in told.stderr
    assert "Traceback" not in told.stderr


def test_a_tree_that_does_not_start_is_an_error(
    holdfast: Typed, write_tree: WriteTree
) -> None:
    told = holdfast("simulate", write_tree("BadStart"), "--seed", "1")

    assert (told.returncode, told.stdout) == (70, "")
    assert "no connection" in told.stderr
