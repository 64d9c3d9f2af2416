"""Numbers come and go as they were said."""

from decimal import Decimal
from typing import Any

import pytest

from holdfast.actors.live.exact import exact, plain


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Decimal("1E-8"), "0.00000001"),
        (Decimal("1E+3"), "1000"),
        (Decimal("0.10"), "0.10"),
        ("61000.5", "61000.5"),
        (Decimal("1234567890.123456789"), "1234567890.123456789"),
    ],
)
def test_a_number_is_written_without_an_exponent(number: Any, text: str) -> None:
    assert plain(number) == text


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("0.1", Decimal("0.1")),
        ("1E-8", Decimal("1E-8")),
        (3, Decimal(3)),
        (Decimal("0.3"), Decimal("0.3")),
        (0.1, None),
        (True, None),
        ("", None),
        ("ten", None),
        ("NaN", None),
        ("Infinity", None),
        (None, None),
        ([], None),
    ],
)
def test_only_what_is_exact_is_read(told: Any, value: Decimal | None) -> None:
    assert exact(told) == value
