"""How ccxt's Binance classes are pointed at a venue on this machine.

`ccxt.binance`, `ccxt.async_support.binance` and `ccxt.pro.binance` take it as it is.
Every address that ccxt knows is replaced: none of the real ones can be reached.
"""

from typing import Any

NOWHERE = "http://127.0.0.1:9"
"""The discard port: nobody listens there."""

_ELSEWHERE = frozenset(
    {"sapi", "sapiV2", "sapiV3", "sapiV4", "v1", "papi", "papiV2"}
    | {"dapiPublic", "dapiPrivate", "dapiPrivateV2", "dapiData"}
    | {"eapiPublic", "eapiPrivate"}
    | {"fapiPublic", "fapiPublicV2", "fapiPublicV3", "fapiData"}
    | {"fapiPrivate", "fapiPrivateV2", "fapiPrivateV3"}
)
_OTHER_SOCKETS = frozenset(
    {"margin", "linear", "inverse", "stock", "papi"}
    | {"option", "optionMarket", "optionPrivate"}
)


def ccxt_config(
    url: str, *, key: str, secret: str, timeout: float = 2.0
) -> dict[str, Any]:
    """Return the settings for a ccxt client of the venue at `url`.

    `timeout` is how many seconds the client waits for an answer, and how old a request
    may be when it arrives (`recvWindow`).
    """
    sockets = url.replace("http", "ws", 1)
    return {
        "apiKey": key,
        "secret": secret,
        "timeout": int(timeout * 1000),
        "enableRateLimit": False,
        "options": {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchMargins": False,
            "fetchCurrencies": False,
            "warnOnFetchOpenOrdersWithoutSymbol": False,
            "recvWindow": int(timeout * 1000),
        },
        "urls": {
            "api": {
                **dict.fromkeys(_ELSEWHERE, NOWHERE),
                "public": f"{url}/api/v3",
                "private": f"{url}/api/v3",
                "ws": {
                    **dict.fromkeys(_OTHER_SOCKETS, NOWHERE),
                    # ccxt takes a stream for one of the spot market by "/stream" in it.
                    "spot": f"{sockets}/stream/ws",
                    "ws-api": {
                        "spot": f"{sockets}/ws-api/v3",
                        "linear": NOWHERE,
                        "inverse": NOWHERE,
                    },
                },
            }
        },
    }
