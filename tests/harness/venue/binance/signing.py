"""Who may say what, and for how long: keys, signatures and the receive window.

Rules as in Binance's documentation, "Request security" and "Timing security".
"""

import hashlib
import hmac
from collections.abc import Mapping

from holdfast.testing.venue.binance.params import Params
from holdfast.testing.venue.binance.refusal import (
    AHEAD_OF_TIME,
    BAD_KEY,
    BAD_SIGNATURE,
    OUTSIDE_WINDOW,
    Refused,
    missing,
)
from holdfast.testing.venue.settings import VenueSettings

WINDOW = 5000
LONGEST_WINDOW = 60_000
AHEAD = 1000


def sign(secret: str, text: str) -> str:
    """Return the signature of a request's text."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def check_signed(
    settings: VenueSettings, key: str, text: str, params: Mapping[str, str]
) -> None:
    """Let nobody pass who has not the key and the secret.

    Raises:
        Refused: so it is.

    """
    if key != settings.key:
        raise BAD_KEY
    if "signature" not in params:
        raise missing("signature")
    if not hmac.compare_digest(params["signature"], sign(settings.secret, text)):
        raise BAD_SIGNATURE


def check_window(params: Params, now_ms: int) -> None:
    """Let nothing pass that was said too long ago, or is said from the future.

    Raises:
        Refused: so it is.

    """
    timestamp = params.integer("timestamp")
    if timestamp is None:
        raise missing("timestamp")
    window = params.integer("recvWindow") or WINDOW
    if window > LONGEST_WINDOW:
        raise Refused(-1131, "recvWindow must be less than 60000.")
    if timestamp >= now_ms + AHEAD:
        raise AHEAD_OF_TIME
    if now_ms - timestamp > window:
        raise OUTSIDE_WINDOW
