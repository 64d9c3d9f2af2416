"""A client reaches what it is told to reach, and sends nothing twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from holdfast.actors.live.client import (
    NOWHERE,
    Account,
    WrongAccount,
    rest_client,
    sealed,
    stream_client,
)
from holdfast.supervision.secret import Secret

LOCAL = "http://127.0.0.1:18080/api/v3"
URLS = {"public": LOCAL, "private": LOCAL, "ws": {"spot": "ws://127.0.0.1:18080/s"}}


def addresses(urls: Any) -> Iterator[str]:
    if isinstance(urls, dict):
        for each in urls.values():  # pyright: ignore[reportUnknownVariableType] - ccxt's
            yield from addresses(each)
    elif isinstance(urls, str):
        yield urls


def now() -> float:
    return 1_700_000_000.5


@pytest.mark.parametrize("make", [rest_client, stream_client])
@pytest.mark.parametrize("exchange", ["binance", "binanceus", "coinbaseexchange"])
def test_with_addresses_of_ours_no_other_is_reached(make: Any, exchange: str) -> None:
    client = make(Account(exchange=exchange, urls=URLS), now, timeout=1.0)

    elsewhere = {
        each
        for each in addresses(client.urls["api"])
        if "127.0.0.1:18080" not in each and NOWHERE not in each
    }
    assert elsewhere == set()
    assert client.urls["api"]["public"] == LOCAL


def test_an_address_keeps_its_path_and_scheme_when_it_is_sealed() -> None:
    urls = {"a": "https://api.x.com/v3", "b": {"c": "wss://s.x.com:443/ws"}, "d": None}

    assert sealed(urls, {"e": "ws://here"}) == {
        "a": f"https://{NOWHERE}/v3",
        "b": {"c": f"wss://{NOWHERE}/ws"},
        "d": None,
        "e": "ws://here",
    }


def test_the_sandbox_has_addresses_of_its_own() -> None:
    client = rest_client(Account(exchange="binance", sandbox=True), now, timeout=1.0)

    assert client.urls["api"]["private"] == "https://testnet.binance.vision/api/v3"


def test_an_exchange_without_a_sandbox_is_refused() -> None:
    with pytest.raises(WrongAccount, match="no sandbox"):
        rest_client(Account(exchange="kraken", sandbox=True), now, timeout=1.0)


def test_an_exchange_that_ccxt_does_not_have_is_refused() -> None:
    with pytest.raises(WrongAccount, match="ccxt has no 'binanze'"):
        rest_client(Account(exchange="binanze"), now, timeout=1.0)


@pytest.mark.parametrize(
    "options",
    [{"maxRetriesOnFailure": 1}, {"createOrder": {"maxRetriesOnFailure": 3}}],
)
def test_options_that_would_send_twice_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(WrongAccount, match="must be 0"):
        rest_client(Account(exchange="binance", options=options), now, timeout=1.0)


@pytest.mark.parametrize(
    ("exchange", "nonce"),
    [("binance", 1_700_000_000_500), ("coinbaseexchange", 1_700_000_000)],
)
def test_requests_are_signed_by_the_time_of_the_venue(
    exchange: str, nonce: int
) -> None:
    client = rest_client(Account(exchange=exchange), now, timeout=1.0)

    assert client.nonce() == nonce


def test_an_account_does_not_show_its_secrets() -> None:
    account = Account(exchange="binance", api_key=Secret("c0ffee"))

    assert "c0ffee" not in repr(account)


def test_a_quantity_is_sent_as_it_is() -> None:
    client = rest_client(Account(exchange="binance"), now, timeout=1.0)

    assert client.amount_to_precision("BTC/USDT", "0.123456789") == "0.123456789"


def test_the_errors_of_the_spot_market_are_known_at_every_address() -> None:
    client = rest_client(Account(exchange="binance", urls=URLS), now, timeout=1.0)

    assert "-1008" in client.get_exceptions_by_url(LOCAL, "exact")
