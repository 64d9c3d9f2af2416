"""The table in the README says what is tested, and nothing else."""

import ast
import re
from collections import Counter
from pathlib import Path

import attrs
import pytest

HERE = Path(__file__).parent
PAGE = (HERE / "README.md").read_text()
REFERENCE = re.compile(r"`((?:runtime/)?test_\w+\.py)::(test_\w+)`(?:: \S.*)?")


@attrs.frozen
class Row:
    """One line of the table; a test is named by its file and function."""

    what: str
    how: str
    says: str

    def __str__(self) -> str:
        return self.what.strip("`")

    @property
    def test(self) -> tuple[str, str] | None:
        match = REFERENCE.fullmatch(self.says)
        return None if match is None else (match[1], match[2])


def rows(text: str) -> list[Row]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    return [Row(*each) for each in cells if each[1] != "how"]


FIRST, SECOND = PAGE.split("## What OTP has no case for")
OTP, OURS = rows(FIRST), rows(SECOND)


def functions_of(file: Path) -> set[str]:
    return {
        node.name
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def conformance_tests() -> set[tuple[str, str]]:
    return {
        (file.name, test)
        for file in HERE.glob("test_*.py")
        if file.name != Path(__file__).name
        for test in functions_of(file)
    }


@pytest.mark.parametrize("row", [row for row in OTP if row.how != "left out"], ids=str)
def test_each_case_has_a_test_of_its_name(row: Row) -> None:
    assert row.how in {"ported", "adapted"}
    assert row.test is not None
    file, test = row.test
    assert f"`{test}`" == row.what.replace("`", "`test_", 1)
    assert test in functions_of(HERE / file)


def test_each_test_is_in_the_table_once() -> None:
    named = Counter(row.test for row in OTP if row.test)

    assert set(named) == conformance_tests()
    assert set(named.values()) == {1}


@pytest.mark.parametrize("row", OURS, ids=str)
def test_what_is_proven_elsewhere_is_proven_by_a_test_that_exists(row: Row) -> None:
    if row.how == "later":
        assert row.test is None
    else:
        assert (row.how, row.test is None) == ("proven", False)
        file, test = row.test or ("", "")
        assert test in functions_of(HERE.parent / file)


def test_what_is_adapted_says_how_and_what_is_left_out_says_why() -> None:
    speechless = [
        row.what
        for row in OTP
        if (row.how == "adapted" and "`: " not in row.says)
        or (row.how == "left out" and (row.test is not None or not row.says))
    ]

    assert speechless == []


def test_an_adapted_test_says_so_itself_or_differs_on_purpose() -> None:
    silent = [
        row.what
        for row in OTP
        if row.how == "adapted"
        and row.test is not None
        and not _explains(HERE / row.test[0], row.test[1])
    ]

    assert silent == []


def test_the_counts_are_those_of_the_table() -> None:
    how = Counter(row.how for row in (*OTP, *OURS))

    assert len({row.what for row in OTP}) == len(OTP)
    assert (
        f"{len(OTP)} cases of OTP: {how['ported']} ported, {how['adapted']} adapted,"
        f" {how['left out']} left out. {len(OURS)} more that OTP has no case for:"
        f" {how['proven']} proven, {how['later']} later."
    ) in PAGE


def _explains(file: Path, test: str) -> bool:
    """Say whether a test tells in its docstring in what it is not OTP's."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == test:
            told = ast.get_docstring(node) or ""
            return told.startswith(("Adapted: ", "In OTP "))
    return False
