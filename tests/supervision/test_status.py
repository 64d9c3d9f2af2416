"""The word for each place, and the one for the whole system."""

import pytest

from holdfast.supervision import NodeState, Phase, TreeState, Verdict, Word
from holdfast.supervision.status import count_by_word, verdict, word, worst


def tree(**phases: Phase) -> TreeState:
    """Return places by their paths, written as `root__strategy`."""
    paths = {f"/{name.replace('__', '/')}": phase for name, phase in phases.items()}
    return TreeState(
        {path: NodeState(path, phase=phase) for path, phase in paths.items()}
    )


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (Phase.RUNNING, Word.RUNNING),
        (Phase.STARTING, Word.STARTING),
        (Phase.STOPPING, Word.RESTARTING),
        (Phase.RESTARTING, Word.RESTARTING),
        (Phase.FAILED, Word.FAILED),
        (Phase.STOPPED, Word.STOPPED),
    ],
)
def test_each_phase_has_a_word(phase: Phase, expected: Word) -> None:
    assert word(NodeState("/root/a", phase=phase)) is expected


def test_no_phase_is_without_a_word() -> None:
    words = {word(NodeState("/root/a", phase=phase)) for phase in Phase}

    assert words == set(Word) - {Word.DEGRADED, Word.PAUSED, Word.UNKNOWN}


@pytest.mark.parametrize(
    ("phase", "of_trading", "of_operations"),
    [
        (Phase.RUNNING, Verdict.OK, Verdict.OK),
        (Phase.STOPPED, Verdict.OK, Verdict.OK),
        (Phase.STARTING, Verdict.DEGRADED, Verdict.DEGRADED),
        (Phase.STOPPING, Verdict.DEGRADED, Verdict.DEGRADED),
        (Phase.RESTARTING, Verdict.DEGRADED, Verdict.DEGRADED),
        (Phase.FAILED, Verdict.CRITICAL, Verdict.DEGRADED),
    ],
)
def test_a_place_is_judged_by_its_phase_and_its_branch(
    phase: Phase, of_trading: Verdict, of_operations: Verdict
) -> None:
    assert verdict(tree(root=Phase.RUNNING, root__a=phase)) is of_trading
    assert verdict(tree(system=phase)) is of_operations
    assert verdict(tree(system__web=phase, root=Phase.RUNNING)) is of_operations


@pytest.mark.parametrize("root", ["systematic", "system-2", "root__system"])
def test_a_trading_tree_with_a_similar_name_is_no_operations_branch(root: str) -> None:
    assert verdict(tree(**{root: Phase.FAILED})) is Verdict.CRITICAL


def test_the_worst_place_decides() -> None:
    state = tree(root=Phase.RUNNING, root__a=Phase.FAILED, root__b=Phase.RESTARTING)

    assert verdict(state) is Verdict.CRITICAL


def test_of_a_tree_without_places_nothing_is_known() -> None:
    assert verdict(TreeState()) is Verdict.UNKNOWN


def test_words_are_counted_in_a_fixed_order_and_without_zeros() -> None:
    state = tree(a=Phase.STOPPED, b=Phase.RUNNING, c=Phase.FAILED, d=Phase.RUNNING)

    counts = count_by_word(state.nodes.values())

    assert list(counts.items()) == [("running", 2), ("failed", 1), ("stopped", 1)]


def test_the_worst_of_several_verdicts_counts() -> None:
    assert worst(Verdict.OK, Verdict.HALTED, Verdict.CRITICAL) is Verdict.HALTED
    assert worst(Verdict.HALTED, Verdict.UNKNOWN) is Verdict.UNKNOWN
    assert worst() is Verdict.UNKNOWN
