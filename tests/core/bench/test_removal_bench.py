"""The removal benchmark judges only what is known, and says which way a difference goes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.bench.removal import compared, summary, true_layers
from core.compositing.composite import HoleLabel
from core.compositing.placing.fit import fit_faces
from core.compositing.placing.warp import warp_reference
from core.faces.face import Region
from core.training.repair.cases import Case, make_case, whole_matte
from tests.core.compositing.people import person


def _teacher(images: torch.Tensor, *, names: object = None) -> dict[str, torch.Tensor]:
    return {"11": images + 1.5}


@pytest.fixture(scope="module")
def case() -> Case:
    """A person with short hair in long hair, who is to have short hair again."""
    found = make_case(person(hair="short"), person(hair="long"), person(hair="short"))
    assert found is not None
    return found


def test_only_bare_pixels_with_a_truth_count(case: Case) -> None:
    hole = np.full(case.own.shape, HoleLabel.BACKDROP, np.uint8)
    layers = true_layers(case, hole)
    assert set(layers) == {"face", "neck", "clothes", "background", "skin", "all"}
    assert not (layers["all"] & ((case.own >= 0.05) | (case.warped.alpha >= 0.02))).any()
    assert not (layers["all"] & (case.true_regions == Region.HAIR)).any()
    assert np.array_equal(layers["skin"], layers["face"] | layers["neck"])
    assert not layers["skin"][layers["background"]].any()
    assert not true_layers(case, np.zeros_like(hole))["all"].any()


def test_the_reference_lies_where_the_case_says(case: Case) -> None:
    fit = fit_faces(case.identity.face.landmarks, case.reference.face.landmarks)
    again = warp_reference(case.identity, case.reference, whole_matte(case.reference), fit)
    assert np.array_equal(again.alpha, case.warped.alpha)


def test_figures_are_of_the_mask_alone(case: Case) -> None:
    mask = np.zeros(case.own.shape, bool)
    mask[60:90, 60:90] = True
    far = case.truth.copy()
    far[:30] = 0
    perfect = compared(far, case.truth, mask, _teacher)  # type: ignore[arg-type]
    assert perfect["psnr"] == pytest.approx(90, abs=0.1)
    assert perfect["ssim"] == pytest.approx(1, abs=1e-6)
    assert perfect["features"] == pytest.approx(0, abs=1e-6)
    near = compared(case.truth + np.float32(0.1), case.truth * 0.5, mask, _teacher)  # type: ignore[arg-type]
    assert near["psnr"] < 20
    assert near["features"] > 0


def test_the_summary_says_who_is_better() -> None:
    rows = [{"layer": "neck", "psnr_plain": 20.0 + k, "psnr_repaired": 21.0 + k,
             "ssim_plain": 0.5, "ssim_repaired": 0.5,
             "features_plain": 1.0, "features_repaired": 0.9} for k in range(5)]
    psnr, ssim, features = summary(rows, 0, draws=200)
    assert psnr.startswith("neck")
    assert "+1.000 [+1.000, +1.000]  better in 5 of 5" in psnr
    assert "better in 0 of 5" in ssim
    assert "-0.100 [-0.100, -0.100]  better in 5 of 5" in features
