"""The mirror images of face-mesh points."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.faces.mesh import MIRRORED
from core.training.data.portraits import mirror_permutation


def test_mirroring_twice_changes_nothing_and_swaps_the_sides() -> None:
    assert np.array_equal(MIRRORED[MIRRORED], np.arange(478))
    pairs = {33: 263, 133: 362, 61: 291, 105: 334, 234: 454, 468: 473, 469: 476, 10: 10, 152: 152, 1: 1}
    assert {k: int(MIRRORED[k]) for k in pairs} == pairs


def test_it_agrees_with_measured_faces(data_dir: Path) -> None:
    with np.load(data_dir / "portraits" / "landmarks.npz") as archive:
        assert np.array_equal(mirror_permutation(archive["landmarks"]), MIRRORED)
