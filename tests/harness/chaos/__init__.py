"""Scenarios: a system, faults as data, and what has to hold whatever the seed."""
