"""Binance spot: its REST endpoints, market streams and user data stream."""
