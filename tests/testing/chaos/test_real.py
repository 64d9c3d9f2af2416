"""A scenario holds through the real client, against a server on real sockets."""

import pytest

from holdfast.testing.chaos.real import RealRun
from holdfast.testing.chaos.scenario import find, read


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_no_order_is_doubled_or_lost_in_ten_real_runs() -> None:
    run = RealRun(read(find("ambiguous-orders")))

    reports = [run.run(seed) for seed in range(1, 11)]

    assert [report.violations for report in reports] == [()] * 10
    assert all(all(report.failures_injected.values()) for report in reports)
