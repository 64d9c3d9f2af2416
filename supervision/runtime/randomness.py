"""Chance as a port: one seed, and every stream of random numbers follows from it."""

import hashlib
import os
import random


class Randomness:
    """Seeded chance, keyed by purpose.

    Streams are independent of each other: drawing more from one shifts no other, so
    that a run stays comparable when one part of it changes.
    """

    def __init__(self, seed: int | None = None) -> None:
        """Take the given seed, or one from the operating system."""
        self.seed = int.from_bytes(os.urandom(6), "big") if seed is None else seed

    def stream(self, *key: str | int) -> random.Random:
        """Return a fresh generator for this key: same seed and key, same numbers."""
        text = "\x1f".join(map(str, (self.seed, *key)))
        digest = hashlib.sha256(text.encode()).digest()
        return random.Random(digest)  # noqa: S311 - repeatable, never a secret
