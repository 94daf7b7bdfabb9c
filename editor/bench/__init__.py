"""Measurements of the window: ``python -m editor.bench latency`` and ``python -m editor.bench start``."""
