"""The options that several trainings have, each declared once."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SHARED: Mapping[str, Mapping[str, Any]] = {
    "data": {"type": Path, "required": True, "help": "folder with images, hair and index.csv"},
    "teacher": {"type": Path, "required": True, "help": "feature net (safetensors, VGG-19 names)"},
    "resume": {"action": "store_true", "help": "go on from the checkpoint"},
    "seed": {"type": int, "default": 0},
    "threads": {"type": int, "default": 1},
    "device": {"default": "auto", "help": "auto, cpu or cuda"},
}


def add_shared(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add options by name, where they are to stand in the help."""
    for name in names:
        parser.add_argument(f"--{name}", **_SHARED[name])
