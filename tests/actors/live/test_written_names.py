"""A name of ours is read again from whatever a venue makes us write."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.actors.live.written_names import read, written

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
LOOKS: dict[Any, str] = {"text": r"hf-.*", "uuid": UUID, "hex": r"[0-9a-f]{32}"}
FORMS = tuple(LOOKS)
NAMES = st.from_regex(
    r"hf-[a-z0-9]{1,8}-(0|[1-9][0-9]{0,11})-(0|[1-9][0-9]{0,9})", fullmatch=True
)


@pytest.mark.parametrize("form", FORMS)
@given(name=NAMES)
def test_every_name_of_ours_is_written_as_it_has_to_be_and_read_again(
    form: Any, name: str
) -> None:
    told = written(name, form)

    assert re.fullmatch(LOOKS[form], told)
    assert read(told, form) == name


@pytest.mark.parametrize("form", ["uuid", "hex"])
@given(bits=st.integers(0, 2**128 - 1))
def test_what_a_stranger_has_named_keeps_a_name_of_its_own(
    form: Any, bits: int
) -> None:
    digits = f"{bits:032x}"
    name = read(digits, form)

    assert name == digits or written(name, form).replace("-", "") == digits


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "name", ["", "a", "web_1", "hf-a-01-1", "hf-A-1-1", "7f000001-0000", "x" * 32]
)
def test_a_name_that_is_not_of_ours_stays_as_it_is(form: Any, name: str) -> None:
    assert (written(name, form), read(name, form)) == (name, name)


def test_a_venue_may_write_it_in_capitals() -> None:
    assert read(written("hf-a-1-1", "uuid").upper(), "uuid") == "hf-a-1-1"
