"""Which markets of a venue are traded, and what they are called here and there."""

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from .answers import Incomplete, text_of
from .client import WrongAccount


@attrs.frozen(kw_only=True)
class Market:
    """One market: `symbol` is the venue's name and ours, `unified` is ccxt's."""

    symbol: str
    unified: str
    base: str
    quote: str


def markets(by_id: Any, symbols: Iterable[str]) -> Mapping[str, Market]:
    """Find the spot markets with these names among those that ccxt has loaded.

    Raises:
        Incomplete: the venue has told of no market at all.
        WrongAccount: it has none of that name.

    """
    if not isinstance(by_id, Mapping) or not by_id:
        raise Incomplete("the venue told of no market")
    return {symbol: _market(by_id, symbol) for symbol in symbols}  # pyright: ignore[reportUnknownArgumentType] - of ccxt


def _market(by_id: Mapping[str, Any], symbol: str) -> Market:
    for each in by_id.get(symbol, ()):
        if each.get("spot"):
            return Market(
                symbol=symbol,
                unified=text_of(each, "symbol"),
                base=text_of(each, "base"),
                quote=text_of(each, "quote"),
            )
    near = sorted(name for name in by_id if name[:3] == symbol[:3])[:5]
    raise WrongAccount(
        f"the venue has no spot market {symbol!r}: names are the venue's own, such as"
        f" {', '.join(near or sorted(by_id)[:5])}"
    )
