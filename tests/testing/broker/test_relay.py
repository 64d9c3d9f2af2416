"""What a relay does to connections: nothing, or what networks do."""

import socket
from collections.abc import Iterator

import pytest

from holdfast.testing.broker.relay import Relay

PATIENCE = 10.0


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        yield server


@pytest.fixture
def relay(listener: socket.socket) -> Iterator[Relay]:
    with Relay(listener.getsockname()[1]) as running:
        yield running


def pair(relay: Relay, listener: socket.socket) -> tuple[socket.socket, socket.socket]:
    client = socket.create_connection(("127.0.0.1", relay.port), PATIENCE)
    server, _ = listener.accept()
    server.settimeout(PATIENCE)
    return client, server


def hear(relay: Relay) -> bytes:
    """Connect and wait for something to be said."""
    with socket.create_connection(("127.0.0.1", relay.port), PATIENCE) as client:
        return client.recv(10)


def test_it_passes_on_what_is_said_both_ways(
    relay: Relay, listener: socket.socket
) -> None:
    client, server = pair(relay, listener)
    with client, server:
        client.sendall(b"ask")
        asked = server.recv(10)
        server.sendall(b"answer")

        assert (asked, client.recv(10)) == (b"ask", b"answer")
        client.shutdown(socket.SHUT_WR)
        assert server.recv(10) == b""


@pytest.mark.parametrize("way", ["up", "down"])
def test_what_is_stalled_one_way_comes_later_and_whole(
    way: str, relay: Relay, listener: socket.socket
) -> None:
    client, server = pair(relay, listener)
    speaks, hears = (client, server) if way == "up" else (server, client)
    with client, server:
        relay.stall(up=way == "up", down=way == "down")
        speaks.sendall(b"late")
        hears.sendall(b"at once")
        other = speaks.recv(10)
        hears.settimeout(0.1)
        with pytest.raises(TimeoutError):
            hears.recv(10)
        hears.settimeout(PATIENCE)
        relay.flow()

        assert (other, hears.recv(10)) == (b"at once", b"late")


def test_a_cut_resets_both_sides(relay: Relay, listener: socket.socket) -> None:
    client, server = pair(relay, listener)
    with client, server:
        client.sendall(b"x")
        server.recv(1)
        relay.cut()
        for each in (client, server):
            with pytest.raises(ConnectionResetError):
                each.recv(10)


def test_it_lets_nobody_in_until_it_flows_again(
    relay: Relay, listener: socket.socket
) -> None:
    relay.refuse()
    with pytest.raises(ConnectionResetError):
        hear(relay)
    relay.flow()
    client, server = pair(relay, listener)
    with client, server:
        client.sendall(b"in")

        assert server.recv(10) == b"in"


def test_where_nobody_listens_the_client_is_reset(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    listener.close()
    with Relay(port) as relay, pytest.raises(ConnectionResetError):
        hear(relay)


def test_it_counts_what_it_carried(relay: Relay, listener: socket.socket) -> None:
    client, server = pair(relay, listener)
    with client, server:
        client.sendall(b"12345")
        server.recv(10)
        server.sendall(b"123")
        client.recv(10)
        client.shutdown(socket.SHUT_WR)
        server.recv(10)

        assert relay.carried == {"up": 5, "down": 3}
