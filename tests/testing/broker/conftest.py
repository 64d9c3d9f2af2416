"""What the tests of a broker need: RabbitMQ itself, or a reason to go without."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.testing.broker.node import BrokerNode, NoBroker, programs


@pytest.fixture(scope="session")
def rabbitmq() -> None:
    """Skip where RabbitMQ is not installed, unless that is forbidden."""
    try:
        programs()
    except NoBroker as error:
        if os.environ.get("HOLDFAST_NEEDS_BROKER"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture
def node(tmp_path: Path, rabbitmq: None) -> Iterator[BrokerNode]:
    """A node of this test's own, which has been up for as long as faults need."""
    del rabbitmq
    with BrokerNode(tmp_path / "node") as started:
        yield started
