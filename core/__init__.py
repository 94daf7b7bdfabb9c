"""The engine of Coiffe: everything that turns portraits into a composite, without a window."""

__version__ = "0.1.0"
