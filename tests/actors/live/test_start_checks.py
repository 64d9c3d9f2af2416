"""What is not known of a venue is said before anybody trades there."""

from typing import Any

import pytest

from holdfast.actors.live.client import Account, WrongAccount, rest_client
from holdfast.actors.live.start_checks import check_has, check_profile
from holdfast.actors.live.venues import BINANCE, VENUES

WHOLE: dict[str, Any] = {
    "fills_from": "fromId",
    "fills_page": 500,
    "client_id": ".{1,36}",
    "limits": [{"capacity": 10}],
    "accepts_for": 60,
}


def of(profile: Any) -> Account:
    return Account(exchange="okx", profile=profile)


@pytest.mark.parametrize("exchange", VENUES)
def test_of_a_venue_that_is_shipped_everything_is_known(exchange: str) -> None:
    check_profile(Account(exchange=exchange))


@pytest.mark.parametrize(
    ("lacks", "told"),
    [
        ("fills_from", "fills_from or fills_below"),
        ("fills_page", "fills_page"),
        ("client_id", "client_id"),
        ("limits", "limits"),
        ("accepts_for", "expiry or accepts_for"),
    ],
)
def test_a_profile_that_says_too_little_is_told_what_it_lacks(
    lacks: str, told: str
) -> None:
    check_profile(of(WHOLE))
    without = {name: given for name, given in WHOLE.items() if name != lacks}

    with pytest.raises(
        WrongAccount, match=f"the argument profile must say {told}; see .*README"
    ):
        check_profile(of(without))


def test_names_that_the_venue_does_not_allow_are_refused() -> None:
    letters = {**WHOLE, "client_id": "[A-Za-z0-9]{1,32}"}
    check_profile(of({**letters, "names": "hex"}))

    with pytest.raises(WrongAccount, match="hf-a-1-1 at okx, which client_id does not"):
        check_profile(of(letters))


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ({"fils_from": "id"}, "unknown field `fils_from`"),
        ({"fills_page": "many"}, r"Expected `int \| null`, got `str` - at `\$.fills_p"),
        ({"words": {"proves": [1]}}, r"got `int` - at `\$.words.proves.0.`"),
        ({"client_id": "[a-z"}, "client_id is no regular expression"),
    ],
)
def test_what_is_no_profile_is_refused(profile: Any, told: str) -> None:
    with pytest.raises(WrongAccount, match=f"profile of the venue is wrong: .*{told}"):
        check_profile(of(profile))


def test_what_ccxt_can_not_do_at_an_exchange_is_named() -> None:
    client = rest_client(Account(exchange="bitstamp"), float, timeout=1.0)

    with pytest.raises(WrongAccount, match="ccxt has no fetchTime, fetchOrders there"):
        check_has(client, BINANCE)
