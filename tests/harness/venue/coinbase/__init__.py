"""Coinbase Exchange: another protocol for the same venue, so that bugs don't match."""
