"""What is run with a seed."""

from holdfast.app import load_simulation
from holdfast.supervision.simulation import Simulation

DURATION = 60.0
"""Virtual seconds of a run of the shipped tree."""


def shipped() -> Simulation:
    """Return the simulation of the shipped paper-trading tree, its books included."""
    return load_simulation(None, "testing", DURATION)
