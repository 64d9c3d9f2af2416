"""What a permit allows, and to whom."""

import attrs
import pytest

from holdfast.supervision import Permit, PermitScope, PermitVoid


@attrs.define
class Holder:
    ended: bool = False


def answer(permit: Permit, *, reduces: bool) -> str:
    try:
        permit.check(reduces=reduces)
    except PermitVoid as refused:
        return str(refused)
    return "allowed"


def both(permit: Permit) -> tuple[str, str]:
    return answer(permit, reduces=False), answer(permit, reduces=True)


def test_a_fresh_permit_allows_everything() -> None:
    assert both(Permit("/root/a", Holder())) == ("allowed", "allowed")


def test_a_narrowed_permit_allows_to_cancel_and_reduce() -> None:
    permit = Permit("/root/a", Holder())

    permit.narrow()

    assert permit.scope is PermitScope.REDUCE_AND_CANCEL
    assert both(permit) == (
        "/root/a may not act: it may only cancel and reduce now",
        "allowed",
    )


@pytest.mark.parametrize("narrowed", [False, True])
def test_a_revoked_permit_allows_nothing_and_tells_the_first_reason(
    narrowed: bool,  # noqa: FBT001 - a table
) -> None:
    permit = Permit("/root/a", Holder())
    if narrowed:
        permit.narrow()

    permit.revoke("the lease is lost")
    permit.revoke("the system stops")

    assert both(permit) == ("/root/a may not act: the lease is lost",) * 2


def test_the_permit_of_an_incarnation_that_has_ended_allows_nothing() -> None:
    holder = Holder()
    permit = Permit("/root/a", holder)

    holder.ended = True

    assert both(permit) == ("/root/a may not act: this incarnation has been ended",) * 2
