"""Where the benchmarks' photographs are."""

from __future__ import annotations

import os
from pathlib import Path


def data_folder() -> Path:
    """The development data: COIFFE_DATA, or ``shared`` beside the checkout. It may be absent."""
    return Path(os.environ.get("COIFFE_DATA") or Path(__file__).resolve().parents[2].parent / "shared")
