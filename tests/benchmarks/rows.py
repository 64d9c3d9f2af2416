"""What is measured: to add a row, write one function for each side and name it here."""

from collections.abc import Mapping

import attrs

from . import ask, breaker, hop, population, restart, tell, tick_to_order
from .figures import Sample, warmed
from .peers import erlang, is_here, thespian, xoscar


@attrs.frozen(kw_only=True)
class Row:
    """One line of the report, and further ones for all peers but the first.

    Each side does it `n` times and says the same value of itself. `budget` and `goal`
    are the least ratio to the first peer or, where `limits` is set, the most that ours
    may be. A sample that takes more than `seconds` is given up; a row that takes long
    has `rounds` of its own.
    """

    name: str
    unit: str
    ours: Sample
    peers: Mapping[str, Sample] = attrs.field(factory=dict[str, Sample])
    n: int
    quick_n: int
    budget: float | None = None
    goal: float | None = None
    limits: bool = False
    one_core: bool = False
    rounds: int | None = None
    seconds: float = 40.0

    @property
    def sides(self) -> list[str]:
        """Who can be measured on this machine."""
        return ["ours", *filter(is_here, self.peers)]

    def sample(self, side: str) -> Sample:
        """Return what measures one side."""
        return self.ours if side == "ours" else self.peers[side]


def on_one_core(row: Row, *, budget: float, goal: float | None = None) -> Row:
    """Return the row that measures the same, beside Pykka alone, bound to one core."""
    return attrs.evolve(
        row,
        name=f"{row.name}_one_core",
        peers={"Pykka": row.peers["Pykka"]},
        budget=budget,
        goal=goal,
        one_core=True,
    )


TELL = Row(
    name="tell",
    unit="messages/s",
    ours=warmed(tell.ours),
    peers={"Pykka": warmed(tell.with_pykka), "Erlang": erlang("tell", times=20)},
    n=100_000,
    quick_n=20_000,
    budget=3,
    goal=7,
)
HOP = Row(
    name="hop",
    unit="us",
    ours=warmed(hop.ours),
    peers={"Pykka": warmed(hop.with_pykka), "Erlang": erlang("hop", times=20)},
    n=50_000,
    quick_n=5_000,
    budget=6,
)
BETWEEN_ACTORS = Row(
    name="ask_between_actors",
    unit="us",
    ours=warmed(ask.ours_between_actors),
    peers={
        "Pykka": warmed(ask.pykka_between_actors),
        "Erlang": erlang("ask", times=20),
    },
    n=20_000,
    quick_n=4_000,
    budget=4,
)
ASK = Row(
    name="ask",
    unit="us",
    ours=warmed(ask.ours),
    peers={
        "Pykka": warmed(ask.with_pykka),
        "Thespian": warmed(thespian),
        "xoscar": warmed(xoscar),
    },
    n=5_000,
    quick_n=1_000,
)
PROXY_CALL = Row(
    name="proxy_call",
    unit="us",
    ours=warmed(ask.our_proxy),
    peers={"Pykka": warmed(ask.pykka_proxy)},
    n=5_000,
    quick_n=1_000,
)
START = Row(
    name="start",
    unit="actors/s",
    ours=warmed(population.our_start),
    peers={"Pykka": warmed(population.pykka_start), "Erlang": erlang("start")},
    n=3_000,
    quick_n=500,
    budget=10,
)
MEMORY = Row(
    name="memory_per_actor",
    unit="KiB",
    ours=population.our_memory,
    peers={"Pykka": population.pykka_memory, "Erlang": erlang("memory")},
    n=3_000,
    quick_n=1_000,
    budget=3,
)
STOP = Row(
    name="stop_10000",
    unit="s",
    ours=population.our_stop,
    peers={"Pykka": population.pykka_stop, "Erlang": erlang("stop")},
    n=10_000,
    quick_n=1_000,
    rounds=3,
)
STOP_MANY = attrs.evolve(
    STOP, name="stop_100000", n=100_000, goal=10, limits=True, rounds=1
)
RESTART = Row(
    name="restart_p50",
    unit="us",
    ours=warmed(restart.our_p50),
    peers={"Erlang": erlang("restart_p50")},
    n=2_000,
    quick_n=300,
    budget=100,
    goal=100,
    limits=True,
)
RESTART_LATE = attrs.evolve(
    RESTART,
    name="restart_p99",
    ours=warmed(restart.our_p99),
    peers={"Erlang": erlang("restart_p99")},
    budget=None,
)
OVERHEAD = attrs.evolve(
    TELL,
    name="supervisor_overhead",
    peers={"bare queue and thread": warmed(tell.bare)},
    budget=None,
    goal=None,
)
SHARED_VS_PINNED = attrs.evolve(
    HOP,
    name="shared_vs_pinned",
    peers={"holdfast pinned": warmed(hop.pinned)},
    budget=None,
)
CROWD = Row(
    name="actors_100000",
    unit="KiB",
    ours=population.our_crowd,
    n=100_000,
    quick_n=1_000,
    budget=6,
    goal=6,
    limits=True,
    rounds=1,
)

TICK_TO_ORDER = Row(
    name="tick_to_order_p50",
    unit="us",
    ours=warmed(tick_to_order.p50),
    n=2_000,
    quick_n=300,
    budget=50,
    goal=50,
    limits=True,
)
TICK_TO_ORDER_LATE = attrs.evolve(
    TICK_TO_ORDER,
    name="tick_to_order_p99",
    ours=warmed(tick_to_order.p99),
    budget=None,
    goal=None,
)
TICK_TO_ORDER_ON_DISK = attrs.evolve(
    TICK_TO_ORDER,
    name="tick_to_order_on_disk",
    ours=warmed(tick_to_order.durable_p50),
    peers={"fsync alone": warmed(tick_to_order.fsync_p50)},
    n=500,
    quick_n=100,
    budget=None,
    goal=None,
)
BREAKER_CLOSED = Row(
    name="breaker_closed",
    unit="us",
    ours=warmed(breaker.closed),
    peers={name: warmed(each) for name, each in breaker.GUARDED.items()},
    n=50_000,
    quick_n=10_000,
    goal=1.0,
    limits=True,
)
BREAKER_REJECTED = Row(
    name="breaker_rejected",
    unit="us",
    ours=warmed(breaker.rejected),
    peers={name: warmed(each) for name, each in breaker.REFUSED.items()},
    n=20_000,
    quick_n=5_000,
    goal=0.35,
    limits=True,
)
CANCEL_BEHIND_HUNG = Row(
    name="cancel_behind_hung_p99_ms",
    unit="ms",
    ours=warmed(breaker.cancel_behind_hung),
    n=2_000,
    quick_n=300,
    goal=50,
    limits=True,
)

ROWS: tuple[Row, ...] = (
    TELL,
    on_one_core(TELL, budget=2, goal=2.5),
    HOP,
    on_one_core(HOP, budget=6),
    BETWEEN_ACTORS,
    on_one_core(BETWEEN_ACTORS, budget=4),
    ASK,
    on_one_core(ASK, budget=1.1, goal=1.5),
    PROXY_CALL,
    START,
    MEMORY,
    STOP,
    STOP_MANY,
    RESTART,
    RESTART_LATE,
    OVERHEAD,
    SHARED_VS_PINNED,
    CROWD,
    TICK_TO_ORDER,
    TICK_TO_ORDER_LATE,
    TICK_TO_ORDER_ON_DISK,
    BREAKER_CLOSED,
    BREAKER_REJECTED,
    CANCEL_BEHIND_HUNG,
)


def named(name: str) -> Row:
    """Return the row with this name, which must exist."""
    return next(row for row in ROWS if row.name == name)
