"""Bawaba, one front door to the public services of the six Gulf states."""

__version__ = "0.1.0"
