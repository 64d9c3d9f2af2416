"""Everything is taken back at the venues of a tree, and that can always be certain."""

from holdfast.actors.accounts import cancel_at_venues
from holdfast.actors.execution import Execution
from holdfast.actors.live import CcxtExchange
from holdfast.supervision import ChildSpec, SupervisorSpec, SystemClock
from holdfast.supervision.secret import Secret
from holdfast.testing import VenueServer, VenueSettings


def test_who_is_patient_for_less_than_an_order_may_take_is_still_certain() -> None:
    """An order may take longer than that where a venue takes it for a minute."""
    lines: list[str] = []
    clock = SystemClock()
    settings = VenueSettings()
    with VenueServer(settings) as venue:
        venue.market.quote(60_000, 60_001, size=1)
        keys = {
            "api_key": Secret(settings.key),
            "secret": Secret(settings.secret),
        }
        exchange = {**venue.exchange_args(), **keys}
        tree = SupervisorSpec(
            children=(
                ChildSpec(id="exchange", start=CcxtExchange, args=exchange),
                ChildSpec(id="execution", start=Execution, args={"order_lifetime": 1}),
            )
        )
        certain = cancel_at_venues(tree, clock, lines.append, patience=0.5)
    clock.close()

    assert certain, lines
    assert lines == ["binance: the venue lists no open order"]
