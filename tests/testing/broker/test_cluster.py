"""Three nodes are one cluster, and a minority that is parted serves nobody."""

import threading
from pathlib import Path

import pytest

from holdfast.supervision import SystemClock
from holdfast.testing.broker.cluster import BrokerCluster
from holdfast.testing.broker.node import BrokerNode, NoBroker

PATIENCE = 60.0


def sees(node: BrokerNode) -> int:
    """Count the nodes that this one sees; 0: it has paused itself."""
    try:
        told = node.control("eval", "length(rabbit_nodes:all_running()).")
    except NoBroker:
        return 0
    return int(told)


def wait_until(node: BrokerNode, count: int) -> None:
    clock = SystemClock()
    until = clock.now() + PATIENCE
    while sees(node) != count:
        assert clock.now() < until, f"{node.name} sees {sees(node)}, not {count}"
        clock.wait(threading.Event(), 0.2)


@pytest.mark.long
@pytest.mark.usefixtures("rabbitmq")
def test_a_parted_node_pauses_and_comes_back(tmp_path: Path) -> None:
    with BrokerCluster(tmp_path / "cluster") as cluster:
        first, second, third = cluster.nodes
        together = [sees(node) for node in cluster.nodes]
        cluster.part(first)
        wait_until(second, 2)
        cluster.heal(first)
        for node in (first, second, third):
            wait_until(node, 3)

    assert together == [3, 3, 3]
