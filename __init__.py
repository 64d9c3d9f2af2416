"""holdfast keeps a Python trading system trading while its parts fail."""

__version__ = "0.1.0"
