"""A private node comes up, is killed, hangs, and keeps what it has confirmed."""

import contextlib
import os
import socket
from collections.abc import Generator
from pathlib import Path
from typing import Any

import kombu
import pytest
from kombu.exceptions import OperationalError

from holdfast.testing.broker import node as module
from holdfast.testing.broker.node import BrokerNode, NoBroker

PATIENCE = 20.0

# kombu has no types: all of it passes through here.
_kombu: Any = kombu


@contextlib.contextmanager
def queue_at(url: str, timeout: float = PATIENCE) -> Generator[Any]:
    """Use a durable queue with confirms; never close in order what may hang."""
    options = {
        "confirm_publish": True,
        "read_timeout": timeout,
        "write_timeout": timeout,
    }
    connection = _kombu.Connection(
        url, connect_timeout=timeout, transport_options=options
    )
    try:
        connection.ensure_connection(max_retries=0)
        with connection.SimpleQueue("kept") as queue:
            yield queue
    finally:
        connection.collect()


def put(url: str, text: str) -> None:
    with queue_at(url) as queue:
        queue.put(text)


def taken(url: str) -> list[str]:
    found: list[str] = []
    with queue_at(url) as queue:
        for _ in range(queue.qsize()):
            message = queue.get(timeout=PATIENCE)
            message.ack()
            found.append(message.payload)
    return found


def test_what_it_confirmed_survives_kill_and_restart(node: BrokerNode) -> None:
    put(node.url, "before")
    node.kill()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", node.port))
    node.start()
    put(node.url, "after")

    assert taken(node.url) == ["before", "after"]


def test_it_hangs_with_its_connections_open_and_goes_on(node: BrokerNode) -> None:
    put(node.url, "before")
    node.hang()
    with pytest.raises(OperationalError, match="timed out"), queue_at(node.url, 0.3):
        pass
    node.resume()

    assert taken(node.url) == ["before"]


def test_it_is_steered_and_stopped_and_leaves_nothing(
    tmp_path: Path, rabbitmq: None
) -> None:
    del rabbitmq
    folder = tmp_path / "node"
    with BrokerNode(folder, settings={"heartbeat": "7"}) as it:
        put(it.url, "one")
        counts = it.control("list_queues", "--quiet", "--no-table-headers")
        heartbeat = it.control("eval", "application:get_env(rabbit, heartbeat).")
        with pytest.raises(NoBroker, match="rabbitmqctl no_such_thing"):
            it.control("no_such_thing")
        it.stop()

    assert (counts.split(), heartbeat.strip()) == (["kept", "1"], "{ok,7}")
    assert not folder.exists()


def test_a_node_that_does_not_come_up_says_what_it_said(
    tmp_path: Path, rabbitmq: None
) -> None:
    del rabbitmq
    node = BrokerNode(tmp_path / "node", settings={"no.such.setting": "1"})
    with pytest.raises(NoBroker, match=r"ended with \d+:\n(.|\n)*no\.such\.setting"):
        node.start()
    node.close()


def test_without_rabbitmq_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROGRAMS", (tmp_path,))

    with pytest.raises(NoBroker, match="apt-get install rabbitmq-server"):
        BrokerNode(tmp_path / "node")


def test_the_settings_of_another_installation_do_not_reach_it(
    tmp_path: Path, rabbitmq: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del rabbitmq
    monkeypatch.setitem(os.environ, "RABBITMQ_NODE_PORT", "1")
    with BrokerNode(tmp_path / "node") as node:
        put(node.url, "one")

        assert taken(node.url) == ["one"]
