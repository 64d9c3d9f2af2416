import pytest

from holdfast.tests.benchmarks.figures import percentile, resident_kib, warmed


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1.0), (0.5, 3.0), (0.99, 5.0), (1.0, 5.0)]
)
def test_a_percentile_is_one_of_the_values(share: float, value: float) -> None:
    assert percentile([5.0, 3.0, 1.0, 4.0, 2.0], share) == value


def test_a_tenth_runs_first_and_does_not_count() -> None:
    runs: list[int] = []

    def sample(n: int) -> float:
        runs.append(n)
        return float(n)

    values = warmed(sample)(100), warmed(sample)(3)

    assert (values, runs) == ((100.0, 3.0), [10, 100, 1, 3])


def test_resident_memory_grows_with_what_is_held() -> None:
    before = resident_kib()
    held = bytearray(b"\1" * 20_000_000)

    grown = resident_kib() - before

    assert len(held) / 1024 * 0.9 < grown < len(held) / 1024 * 3
