"""All measures of one answer to one case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from core.bench.quality import measures
from core.bench.quality.difficulty import SIDE, crop_weights
from core.bench.quality.features import Extracts, Judge
from core.bench.quality.methods import Answer
from core.bench.quality.protocols import Case
from core.bench.scores import hair_iou, score
from core.compositing.composite import Composite, HoleLabel
from core.document.photo import Photo
from core.faces.face import Portrait, Region
from core.faces.frame import OVAL
from core.faces.landmarks import CROP_CENTRE, CROP_SIDE, LandmarksNet, load_landmarks, sub_square
from core.faces.regions import RegionsNet, load_regions
from core.imaging.arrays import FloatImage
from core.imaging.colour import rgb_to_lab
from core.imaging.matting import distance_to
from core.imaging.polygon import polygon_mask
from core.losses.appearance import APPEARANCE_LAYER, appearance, colour_distance
from core.losses.gram import style_layers, style_loss, style_matrices
from core.recipes.context import Context

FINE_SIDE = 512
NEAR = 16
_NO_HAIR = 0.02


@dataclass(frozen=True, eq=False)
class Tools:
    """Networks of the pack that measure, and the independent judge."""

    regions: RegionsNet
    landmarks: LandmarksNet
    features: Extracts
    judge: Judge


def tools_of(context: Context, judge: Judge) -> Tools:
    """The tools of a context's pack."""
    pack = context.pack
    return Tools(load_regions(pack.path("regions")), load_landmarks(pack.path("landmarks")), context.features(), judge)


def figures_of(case: Case, answer: Answer, pixels: NDArray[np.unsignedinteger], tools: Tools) -> dict[str, float]:
    """Every measure that is defined for a case.

    Args:
        case: the task.
        answer: of a method.
        pixels: [H, W, 3] the saved file, read again.
        tools: networks.
    """
    photo = case.identity.photo
    image, before = Photo(pixels).rgb(), photo.rgb()
    found: dict[str, float] = {}
    found["q1_max"], found["q1_mean"] = measures.outside_change(photo.pixels, pixels, answer.edit)
    found["changed"] = float((pixels != photo.pixels).any(axis=2).mean())
    if case.truth is not None and case.inside is not None:
        found |= truth_figures(case, image, tools)
    if case.protocol == "p5":
        return found
    own = case.target if answer.alpha is None else replace(case.target, alpha=answer.alpha)
    found |= keep_figures(case, image, before, tools)
    found |= mask_figures(case, own, Photo(pixels), tools)
    found |= look_figures(case, own, image, tools)
    found |= seam_figures(case, own, answer, image)
    found |= skin_figures(case, own, image, before)
    found |= face_figures(case, own, pixels, tools)
    return found


def truth_figures(case: Case, image: FloatImage, tools: Tools) -> dict[str, float]:
    """Q11."""
    truth, inside = case.truth, case.inside
    if truth is None or inside is None:
        return {}
    alignment = case.identity.alignment
    weight = crop_weights(case.identity, inside)
    crops = [np.clip(alignment.crop(picture, SIDE), 0, 1) for picture in (image, truth)]
    return {"q11_psnr": measures.masked_psnr(image, truth, inside),
            "q11_ssim": measures.masked_ssim(image, truth, inside),
            "q11_features": tools.judge.distance(crops[0], crops[1], weight)}


def keep_figures(case: Case, image: FloatImage, before: FloatImage, tools: Tools) -> dict[str, float]:
    """Q2, where neither the portrait nor the target has hair."""
    keep = (case.target.old_alpha < _NO_HAIR) & (case.target.alpha < _NO_HAIR)
    alignment = case.identity.alignment
    crops = [np.clip(alignment.crop(picture, SIDE), 0, 1) for picture in (image, before)]
    return {"q2_psnr": measures.masked_psnr(image, before, keep), "q2_ssim": measures.masked_ssim(image, before, keep),
            "q2_features": tools.judge.distance(crops[0], crops[1], crop_weights(case.identity, keep))}


def mask_figures(case: Case, own: Composite, photo: Photo, tools: Tools) -> dict[str, float]:
    """Q3: the regions net's hair of the result beside the target's (and the method's own plan), in the crop of 256 px.
    """
    _, hair = tools.regions.parse(photo, case.identity.alignment)
    found = crop_weights(case.identity, hair) > 0.5
    target = crop_weights(case.identity, case.target.alpha) > 0.5
    plan = crop_weights(case.identity, own.alpha) > 0.5
    return {"q3_iou": hair_iou(found, target), "q3_own": hair_iou(found, plan),
            "q3_boundary": measures.boundary_f(found, target)}


def look_figures(case: Case, own: Composite, image: FloatImage, tools: Tools) -> dict[str, float]:
    """Q4, Q5 and Q10: the result's hair beside the appearance portrait's, each in its own face crop."""
    person = case.appearance
    pictures, masks = {}, {}
    for side in (SIDE, FINE_SIDE):
        wanted = np.clip(person.alignment.crop(person.photo.rgb(), side), 0, 1), crop_weights(person, person.hair, side)
        if own.reference.mirrored:
            wanted = np.ascontiguousarray(wanted[0][:, ::-1]), np.ascontiguousarray(wanted[1][:, ::-1])
        pictures[side] = np.clip(case.identity.alignment.crop(image, side), 0, 1), wanted[0]
        masks[side] = crop_weights(case.identity, own.alpha, side), wanted[1]
    (coarse, wanted_coarse), (hair, wanted_hair) = pictures[SIDE], masks[SIDE]
    fine, wanted_fine = pictures[FINE_SIDE]
    fine_hair, wanted_fine_hair = masks[FINE_SIDE]
    found = feature_figures(tools.features, (coarse, hair), (wanted_coarse, wanted_hair))
    found["q4_ciede"] = measures.mean_colour_distance(coarse, hair, wanted_coarse, wanted_hair)
    found["q5_orientation"] = measures.direction_distance(
        measures.direction_histogram(fine, fine_hair), measures.direction_histogram(wanted_fine, wanted_fine_hair))
    energy = measures.fine_energy(wanted_fine, wanted_fine_hair)
    if energy > 1e-9:
        found["q10_sharp"] = measures.fine_energy(fine, fine_hair) / energy
    return found


@torch.no_grad()
def feature_figures(
    net: Extracts, result: tuple[FloatImage, NDArray], wanted: tuple[FloatImage, NDArray]
) -> dict[str, float]:
    """Distance of the mean first activations (Q4) and of area-normalised Gram matrices (Q5) of two masked pictures.

    Both relative to the wanted ones' own size. Layers: the first of each block, which are what a distilled network
    was taught (``core.losses.gram.style_layers``).
    """
    layers = style_layers(tuple(getattr(net, "names", ())), distilled=True)
    parts = []
    for image, mask in (result, wanted):
        planar = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32))[None] * 2 - 1
        weight = torch.from_numpy(np.ascontiguousarray(mask, dtype=np.float32))[None, None]
        features = {name: value.cpu() for name, value in net.extract(planar, layers).items()}
        parts.append((appearance(features[APPEARANCE_LAYER], weight), style_matrices(features, weight)))
    (colour, grams), (colour_goal, gram_goals) = parts
    return {"q4_colour": float(colour_distance(colour, colour_goal, relative=True)),
            "q5_gram": float(style_loss(grams, gram_goals, relative=True))}


def seam_figures(case: Case, own: Composite, answer: Answer, image: FloatImage) -> dict[str, float]:
    """Q6 and Q7, and the compositor's own scores beside them."""
    scores = score(case.identity, own, image, mask=answer.edit.astype(np.float32))
    names = {"seam": "q6_seam", "leak": "q7_leak", "bleed": "q8_bleed", "halo": "halo", "ghost": "ghost",
             "sharp": "sharp"}
    found = {names[name]: value for name, value in scores.items() if name in names}
    reference = own.reference
    across = measures.seam_figures(rgb_to_lab(image), own.alpha, np.ones(own.alpha.shape, np.bool_))
    real = measures.seam_figures(rgb_to_lab(reference.image), reference.alpha, reference.inside)
    if across is not None and real is not None and min(real) > 1e-6:
        found["q6_jump"], found["q6_step"] = across[0] / real[0], across[1] / real[1]
    return found


def skin_figures(case: Case, own: Composite, image: FloatImage, before: FloatImage) -> dict[str, float]:
    """Q8: mean colour of untouched skin and background within 16 px of the hair, after less before."""
    lab, lab_before = rgb_to_lab(image), rgb_to_lab(before)
    near = (distance_to(own.alpha > 0.5) <= NEAR) & (own.alpha <= _NO_HAIR) & (own.old_alpha < _NO_HAIR)
    near &= own.hole == HoleLabel.KEEP
    regions = case.identity.regions
    return {"q8_skin": measures.mean_shift(lab_before, lab, near & (regions == Region.SKIN)),
            "q8_background": measures.mean_shift(lab_before, lab, near & (regions == Region.BACKGROUND))}


def face_figures(
    case: Case, own: Composite, pixels: NDArray[np.unsignedinteger], tools: Tools
) -> dict[str, float]:
    """Q9 without an embedding: feature distance on the bare face, and how far its landmarks moved."""
    person: Portrait = case.identity
    after = Photo(pixels)
    oval = polygon_mask(person.face.landmarks[list(OVAL), :2], person.photo.height, person.photo.width)
    bare = oval & (own.alpha < _NO_HAIR) & (own.old_alpha < _NO_HAIR)
    crops = [np.clip(person.alignment.crop(photo.rgb(), SIDE), 0, 1) for photo in (after, person.photo)]
    found = {"q9_features": tools.judge.distance(crops[0], crops[1], crop_weights(person, bare))}
    crop = sub_square(person.alignment, CROP_CENTRE, CROP_SIDE)
    marks = [tools.landmarks.predict(photo.rgb8(), [crop])[0][0] for photo in (after, person.photo)]
    found["q9_landmarks"] = landmark_shift(marks[0], marks[1])
    return found


def landmark_shift(found: NDArray[np.floating], before: NDArray[np.floating]) -> float:
    """Mean distance of landmarks [478, 2 or 3] off the face's outline, in percent of the distance of the eyes."""
    inner = np.setdiff1d(np.arange(len(before)), OVAL)
    eyes = before[[33, 133], :2].mean(axis=0) - before[[263, 362], :2].mean(axis=0)
    apart = np.hypot(*(found[inner, :2] - before[inner, :2]).T)
    return float(100 * apart.mean() / np.hypot(*eyes))


def finite(figures: Mapping[str, float]) -> dict[str, float]:
    """The figures that are numbers, to five digits."""
    return {name: float(f"{value:.5g}") for name, value in figures.items() if np.isfinite(value)}
