"""Several private RabbitMQ nodes in one cluster, which can lose sight of each other."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from holdfast.testing.broker.node import BrokerNode, Epmd

_PART = "erlang:set_cookie('{0}', parted), erlang:disconnect_node('{0}')"
_HEAL = "erlang:set_cookie('{0}', '{1}'), net_kernel:connect_node('{0}')"


class BrokerCluster:
    """`count` nodes; use it with `with`, which starts and joins them (some 15 s).

    A minority pauses itself, and a node that hangs is noticed after `tick` seconds
    (RabbitMQ: `pause_minority`, `net_ticktime`).
    """

    def __init__(self, folder: Path, *, count: int = 3, tick: int = 10) -> None:
        self._epmd = Epmd()
        settings: Mapping[str, str] = {
            "cluster_partition_handling": "pause_minority",
            "net_ticktime": str(tick),
        }
        self.nodes: Sequence[BrokerNode] = [
            BrokerNode(
                folder / f"n{number}",
                name=f"holdfast{number}",
                epmd=self._epmd,
                settings=settings,
            )
            for number in range(1, count + 1)
        ]

    def __enter__(self) -> Self:
        for node in self.nodes:
            node.begin()
        for node in self.nodes:
            node.wait()
        first, *others = self.nodes
        for node in others:
            node.control("stop_app")
            node.control("join_cluster", first.name)
            node.control("start_app")
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.nodes:
            node.close()
        self._epmd.close()

    @property
    def urls(self) -> list[str]:
        """Where clients connect to, node by node."""
        return [node.url for node in self.nodes]

    def part(self, node: BrokerNode) -> None:
        """Let this node and all others see nothing of each other.

        All at once, from its side alone: one after the other, RabbitMQ pauses more.
        """
        self._tell(
            node, "erlang:set_cookie('{0}', parted), erlang:disconnect_node('{0}')"
        )

    def heal(self, node: BrokerNode) -> None:
        """Let this node and all others see each other again."""
        self._tell(
            node, "erlang:set_cookie('{0}', '{1}'), net_kernel:connect_node('{0}')"
        )

    def _tell(self, node: BrokerNode, each: str) -> None:
        said = [
            each.format(other.name, other.cookie)
            for other in self.nodes
            if other is not node
        ]
        node.control("eval", ", ".join([*said, "ok."]))
