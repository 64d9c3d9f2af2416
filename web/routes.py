"""Which address of the API is answered by what."""

from tornado.routing import URLSpec

from .breaker_handlers import BREAKER_COMMANDS, BreakerCommandHandler, BreakerHandler
from .handlers import (
    ApiHandler,
    CommandHandler,
    ComponentHandler,
    LiveHandler,
    ReadyHandler,
    Served,
    StatusHandler,
    UnknownHandler,
)
from .order_handlers import OrderCommandHandler
from .risk_handlers import RiskCommandHandler, RiskHandler

_BREAKER = "|".join(BREAKER_COMMANDS)


def routes(served: Served, *, may_change: bool) -> list[URLSpec]:
    """Return what is served; commands only where `may_change`."""
    given = {"served": served}
    commands: list[tuple[str, type[ApiHandler]]] = [
        (r"/api/v1/components/(.+)/(restart|crash)", CommandHandler),
        (rf"/api/v1/components/(.+)/breaker/({_BREAKER})", BreakerCommandHandler),
        (r"/api/v1/risk/(halt|flatten|arm)", RiskCommandHandler),
        (r"/api/v1/orders/(reconcile|settle)", OrderCommandHandler),
    ]
    readable: list[tuple[str, type[ApiHandler]]] = [
        (r"/livez", LiveHandler),
        (r"/readyz", ReadyHandler),
        (r"/api/v1/status", StatusHandler),
        (r"/api/v1/components/(.+)/breaker", BreakerHandler),
        (r"/api/v1/components/(.+)", ComponentHandler),
        (r"/api/v1/risk", RiskHandler),
        (r".*", UnknownHandler),
    ]
    all_of_it = [*(commands if may_change else []), *readable]
    return [URLSpec(path, handler, given) for path, handler in all_of_it]
