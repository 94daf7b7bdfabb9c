"""The composite without a generator."""
