"""Who may say what, and for how long: key, passphrase, signature and timestamp.

Rules as in the documentation of Coinbase Exchange, "REST API: Authentication".
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from holdfast.testing.venue.coinbase.refusal import (
    BAD_KEY,
    BAD_PASSPHRASE,
    BAD_SIGNATURE,
    EXPIRED,
)
from holdfast.testing.venue.settings import VenueSettings

WINDOW = 30.0
"""Seconds by which a timestamp may differ from the venue's clock."""


def sign(secret: str, text: str) -> str:
    """Return the signature of a request's text; clients know the secret in base64."""
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def check(
    settings: VenueSettings, told: Mapping[str, str], text: str, now: float
) -> None:
    """Let nobody pass who has not the secret, and nothing that is too old.

    `told` has key, passphrase, timestamp and signature.

    Raises:
        Refused: so it is.

    """
    if told.get("key") != settings.key:
        raise BAD_KEY
    if told.get("passphrase") != settings.passphrase:
        raise BAD_PASSPHRASE
    timestamp = told.get("timestamp", "")
    expected = sign(settings.secret, timestamp + text)
    if not hmac.compare_digest(told.get("signature", ""), expected):
        raise BAD_SIGNATURE
    if abs(float(timestamp) - now) > WINDOW:
        raise EXPIRED
