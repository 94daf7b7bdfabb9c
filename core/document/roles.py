"""The names by which portraits, pictures and recipes take part in a run."""

from __future__ import annotations

ROLES = ("identity", "shape", "appearance")
EXTRA_ROLES = ("extra1", "extra2", "extra3", "extra4")
"""Further portraits, for recipes that take single regions from single portraits."""
PICTURES = ("style1", "style2", "style3", "style4")
"""Pictures whose style is wanted; they need not show a face."""
DEFAULT_RECIPE = "stylefusion"
"""Of the recipes for hair the first by seam, leak and hair agreement together, at equal time and at equal steps."""
