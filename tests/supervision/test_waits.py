import pytest

from holdfast.supervision.waits import grown


@pytest.mark.parametrize(
    ("times", "factor", "expected"),
    [
        (0, 2.0, 0.5),
        (1, 2.0, 1.0),
        (3, 2.0, 4.0),
        (4, 2.0, 5.0),
        (1_000_000, 2.0, 5.0),
        (2, 3.0, 4.5),
        (1_000_000, 1.0, 0.5),
        (1_000_000, 1e300, 5.0),
    ],
)
def test_a_wait_grows_up_to_its_limit(
    times: int, factor: float, expected: float
) -> None:
    assert grown(0.5, 5.0, times, factor) == expected
