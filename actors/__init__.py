"""Who does the trading, in the order in which an order passes them.

market data -> strategy -> risk -> execution -> exchange -> positions
^          ^                                 |
+----------+------------- what became of it -+
"""

from .exchange import PaperExchange
from .execution import Execution
from .market import Quote, Trade
from .market_data import Feed, RecordedFeed, SyntheticFeed
from .matching import MatchingEngine
from .mean_reversion import MeanReversion
from .messages import IntentRefused, OrderFilled, Side
from .positions import Positions
from .recording import RecordingUnreadable
from .risk import Risk
from .strategy import Strategy
from .updates import Reconcile

__all__ = [
    "Execution",
    "Feed",
    "IntentRefused",
    "MatchingEngine",
    "MeanReversion",
    "OrderFilled",
    "PaperExchange",
    "Positions",
    "Quote",
    "Reconcile",
    "RecordedFeed",
    "RecordingUnreadable",
    "Risk",
    "Side",
    "Strategy",
    "SyntheticFeed",
    "Trade",
]
