"""Client order ids: which node made them, in which term, and as which one."""

import re

import attrs
from attrs import validators as must

LONGEST = 36
"""Characters; Binance's limit for newClientOrderId, of [A-Za-z0-9_-] only."""

LONGEST_NODE = 8

OURS = re.compile(r"hf-([a-z0-9]{1,8})-(\d{1,12})-(\d{1,10})")
"""Node, term and number."""

_NODE = re.compile(r"[a-z0-9]{1,8}")


@attrs.define
class OrderNames:
    """Makes names for orders: `hf-<node>-<term>-<number>`, each once.

    A node is 1 to 8 letters and digits. No two that trade on one account have the same;
    a term is never begun twice.
    """

    node: str = attrs.field(validator=must.matches_re(_NODE))
    term: int = attrs.field(validator=[must.ge(0), must.lt(10**12)])
    _last: int = attrs.field(default=0, init=False)

    def next(self) -> str:
        """Return a name that nothing else has."""
        self._last += 1
        return f"hf-{self.node}-{self.term}-{self._last}"


def is_of_node(client_order_id: str, node: str) -> bool:
    """Say whether an order has a name that this node has given, in whatever term."""
    found = OURS.fullmatch(client_order_id)
    return found is not None and found[1] == node


def term_of(client_order_id: str) -> int | None:
    """Return the term that stands in a name; None in a name of somebody else."""
    found = OURS.fullmatch(client_order_id)
    return None if found is None else int(found[2])


_NAMELESS = "venue:"


def name_of_nameless(exchange_order_id: str) -> str:
    """Return what an order is called here that nobody has given a name."""
    return f"{_NAMELESS}{exchange_order_id}"


def id_of_nameless(name: str) -> str | None:
    """Return the venue's own id of such an order; None: it has a name."""
    return name.removeprefix(_NAMELESS) if name.startswith(_NAMELESS) else None
