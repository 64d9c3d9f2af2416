"""What may be typed on the command line, and what is said of all else."""

import click
import pytest

from holdfast.web.typed_values import Crashes, Files, Place, Seeds, Speed


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (Speed(), "max", "max"),
        (Speed(), "10", 10.0),
        (Speed(), "0.5", 0.5),
        (Files(), "a.gz", ("a.gz",)),
        (Files(), "a.gz,b c.gz", ("a.gz", "b c.gz")),
        (Place(), "/root/a", "/root/a"),
        (Place(), "root/a/", "/root/a"),
        (Crashes(), "/root/a:3", (("/root/a",), 3)),
        (Crashes(), "root/a,/root/b:20", (("/root/a", "/root/b"), 20)),
        (Seeds(), "3..5", range(3, 6)),
        (Seeds(), "7..7", range(7, 8)),
    ],
)
def test_what_makes_sense_becomes_a_value(
    kind: click.ParamType[object], typed: str, value: object
) -> None:
    assert kind(typed) == value


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [
        (Speed(), "fast", "'fast' is neither a number above 0 nor max"),
        (Speed(), "0", "'0' is neither a number above 0 nor max"),
        (Speed(), "-1", "'-1' is neither a number above 0 nor max"),
        (Speed(), "inf", "'inf' is neither a number above 0 nor max"),
        (Speed(), "nan", "'nan' is neither a number above 0 nor max"),
        (Files(), "", "'' is not FILE[,FILE]: a name is empty"),
        (Files(), "a.gz,", "'a.gz,' is not FILE[,FILE]: a name is empty"),
        (Place(), "/", "name a place in the tree, such as /root/strategy"),
        (Place(), "", "name a place in the tree, such as /root/strategy"),
        (Crashes(), "/root/a", "'/root/a' is not PATH[,PATH]:COUNT"),
        (Crashes(), "/root/a:0", "'/root/a:0' is not PATH[,PATH]:COUNT"),
        (Crashes(), "/root/a:-1", "'/root/a:-1' is not PATH[,PATH]:COUNT"),
        (Crashes(), "/root/a:²", "'/root/a:²' is not PATH[,PATH]:COUNT"),
        (Crashes(), ":3", "':3' is not PATH[,PATH]:COUNT"),
        (Seeds(), "7", "'7' is not A..B, two numbers in their order"),
        (Seeds(), "5..3", "'5..3' is not A..B, two numbers in their order"),
        (Seeds(), "-1..3", "'-1..3' is not A..B, two numbers in their order"),
        (Crashes(), ",:3", "name a place in the tree, such as /root/strategy"),
    ],
)
def test_all_else_is_a_sentence(
    kind: click.ParamType[object], typed: str, sentence: str
) -> None:
    with pytest.raises(click.BadParameter) as refused:
        kind(typed)

    assert refused.value.message == sentence
