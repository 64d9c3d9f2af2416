"""The last good answers are kept by question, with their age, and not for ever."""

from holdfast.supervision.breaker.fallback import LastGood, LastGoods

ERROR = ConnectionError()


def test_an_answer_is_found_by_an_equal_question_with_its_age() -> None:
    good = LastGoods()
    good.keep(("orders", "BTC"), [1], 10.0)
    good.keep(("orders", "BTC"), [2], 20.0)

    assert good.instead_of(ERROR, ("orders", "BTC"), 25.0) == LastGood([2], 5.0, ERROR)
    assert good.instead_of(ERROR, ("orders", "ETH"), 25.0) is None


def test_what_is_renewed_least_is_forgotten_first() -> None:
    good = LastGoods(most=2)
    for at, question in enumerate(["a", "b", "a", "c"]):
        good.keep(question, question, float(at))

    kept = [each for each in "abc" if good.instead_of(ERROR, each, 9.0)]
    assert kept == ["a", "c"]


def test_a_question_that_cannot_be_looked_up_has_no_answer() -> None:
    good = LastGoods()
    good.keep(["a list"], 1, 0.0)

    assert good.instead_of(ERROR, ["a list"], 0.0) is None
