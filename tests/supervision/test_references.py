"""References in arguments are found, however deep they are."""

from holdfast.supervision import RefTo
from holdfast.supervision.references import references


def test_references_are_found_however_deep_they_are() -> None:
    args = {"a": RefTo(path="/1"), "b": [{"c": (RefTo(path="/2"), "x")}], "d": 3}

    assert list(references(args)) == ["/1", "/2"]
