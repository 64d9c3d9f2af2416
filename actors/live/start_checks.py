"""What has to be true of a venue before anybody trades there, said in a sentence."""

import re
from collections.abc import Sequence
from typing import Any

from ...supervision.outcome import OutcomeUnknown, VenueRefused
from ..queries import QueryOrders
from .answers import Incomplete, trade_id
from .client import Account, VenueClient, WrongAccount
from .reading import Reading
from .venues import Venue

NEVER_WAS = "hf-a-0-0"
"""The name of an order that nobody has ever placed: terms begin with 1."""

WHERE = 'see "The profile of a venue" in actors/live/README.md'

A_NAME = "hf-a-1-1"

NEEDED = (
    "createOrder",
    "cancelOrder",
    "fetchOrder",
    "fetchOpenOrders",
    "fetchMyTrades",
    "fetchBalance",
    "fetchTrades",
    "fetchTime",
)


def check_profile(account: Account) -> None:
    """Refuse a venue of which too little is known.

    Raises:
        WrongAccount: it says what has to be known.

    """
    lacks = account.venue.lacks()
    if lacks:
        given = "the argument profile" if account.profile is not None else "a profile"
        raise WrongAccount(
            f"nobody can trade at {account.exchange} by what is known of it: {given}"
            f" must say {', '.join(lacks)}; {WHERE}"
        )
    name = account.venue.written(A_NAME)
    if not re.fullmatch(account.venue.client_id or "", name):
        raise WrongAccount(
            f"an order of ours is called {name} at {account.exchange}, which client_id"
            f" does not allow: names may be text, uuid or hex; {WHERE}"
        )


def check_has(client: VenueClient, venue: Venue) -> None:
    """Refuse an exchange for which ccxt lacks something; raises as above."""
    needed = (*NEEDED, *(("fetchOrders",) if venue.orders_from else ()))
    lacks = [each for each in needed if not client.has.get(each)]
    if lacks:
        raise WrongAccount(
            f"nobody can trade at {client.id}: ccxt has no {', '.join(lacks)} there"
        )


def check_trade_ids(trades: Sequence[Any]) -> None:
    """Refuse a venue that does not number its trades: nothing here could count them.

    Raises:
        WrongAccount: it does not.

    """
    for each in trades:
        try:
            trade_id(each)
        except Incomplete as error:
            raise WrongAccount(str(error)) from error


async def check_answers(reading: Reading) -> None:
    """See whether a venue answers as a profile says that nobody has tried before.

    Raises:
        CallFailed: it can't be asked now.
        WrongAccount: it answers otherwise.

    """
    symbol = next(iter(reading.markets))
    check_trade_ids(await reading.newest_fills(symbol))
    query = QueryOrders(symbol=symbol, client_order_ids=(NEVER_WAS,))
    try:
        found = await reading.orders(query)
    except (OutcomeUnknown, VenueRefused) as told:
        hint = (
            f"{told} (asked for an order that never was: the profile has to say in"
            f" words.unknown_order how the venue denies one; {WHERE})"
        )
        if isinstance(told, VenueRefused):
            raise WrongAccount(hint) from told
        raise OutcomeUnknown(hint) from told
    if found.absent != (NEVER_WAS,):
        raise WrongAccount(f"the venue knows an order that never was: {found.orders}")
