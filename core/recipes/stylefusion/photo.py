"""From a fused picture of the generator's size to the photograph: its changes, with the photographs' own detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite, HoleLabel
from core.document.geometry import Rect
from core.faces.align import Alignment
from core.faces.face import Portrait, Region
from core.imaging.arrays import FloatImage
from core.imaging.colour import lab_to_rgb, rgb_to_lab
from core.imaging.matting import blur, distance_to, erode, guided_filter
from core.imaging.poisson import pull_push
from core.imaging.ramps import smoothstep
from core.recipes.base import Patch
from core.recipes.kit.previews import Window, soft_square
from core.recipes.stylefusion.codes import leaf_masks
from core.recipes.stylefusion.labels import refined_clothes, settled_labels

_GAIN = (0.7, 1.4)
"""Range of the factor on a region's contrast: a soft generated picture has less of it than a photograph."""
_FEWEST = 4.0
_FILL_SIDE = 640
_FLOW, _FURTHEST = 256, 0.035
_NOTHING = 1 / 512
"""Weights below this would change no pixel visibly, and are 0 so that the photo stays bit for bit."""


@dataclass(frozen=True, eq=False)
class Canvas:
    """The picture that changes are laid on.

    Attributes:
        image: [H, W, 3] in 0..1, the photo or its composite with new hair.
        masks: weight [H, W] of every leaf of the tree.
        hair: [H, W] matte of the hair shown.
        alignment: of the working crop.
        height: of the face, in pixels.
    """

    image: FloatImage
    masks: Mapping[str, FloatImage]
    hair: FloatImage
    alignment: Alignment
    height: float


def canvas_of(identity: Portrait, hair: FloatImage, composite: Composite | None, image: FloatImage) -> Canvas:
    """The portrait's canvas, or that of its composite, finished as ``image`` [H, W, 3].

    Args:
        identity: the portrait.
        hair: [H, W] its own refined matte; not used with a composite.
        composite: with new hair, or None.
        image: what is shown.
    """
    labels, matte = settled_labels(identity), hair
    if composite is not None:
        matte = composite.alpha
        for hole, label in ((HoleLabel.BACKDROP, Region.BACKGROUND), (HoleLabel.CLOTHING, Region.CLOTHES),
                            (HoleLabel.FACE_SKIN, Region.SKIN), (HoleLabel.NECK, Region.SKIN)):
            labels[composite.hole == hole] = label
    # Below hair there is something else, too: the matte decides how much of it shows.
    labels = np.where(labels == Region.HAIR, _beneath(labels), labels)
    height = identity.face.frame.height
    masks = refined_clothes(image, leaf_masks(labels.astype(np.uint8), matte), matte, height)
    return Canvas(image, masks, matte, identity.alignment, height)


def plain_canvas(identity: Portrait, image: FloatImage) -> Canvas:
    """A canvas for rough previews: nothing about regions is known."""
    return Canvas(image, {}, identity.hair, identity.alignment, 1.0)


def _beneath(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The nearest label other than hair, for every pixel [H, W]."""
    known = labels != Region.HAIR
    if not known.any():
        return np.full_like(labels, Region.BACKGROUND)
    _, nearest = cv2.distanceTransformWithLabels((~known).astype(np.uint8), cv2.DIST_L2, 5,
                                                 labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(nearest.max()) + 1, np.uint8)
    table[nearest[known]] = labels[known]
    return table[nearest]


class Changed:
    """A picture under change, and where it was changed.

    Attributes:
        image: [H, W, 3] in 0..1.
        mask: [H, W] in 0..1, exactly 0 where nothing was changed.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.image: FloatImage = canvas.image
        self.mask: FloatImage = np.zeros(canvas.hair.shape, np.float32)

    def lay(self, picture: FloatImage, weight: FloatImage) -> None:
        """Lay a picture [H, W, 3] over with a weight [H, W]."""
        weight = np.where(weight > _NOTHING, weight, 0).astype(np.float32)
        self.image = np.asarray(self.image + (picture - self.image) * weight[..., None], np.float32)
        self.mask = np.maximum(self.mask, weight)


@dataclass(frozen=True, eq=False)
class Tone:
    """How a region's colours move: Lab mean to mean, contrast by a factor."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    gain: NDArray[np.float64]

    def applied(self, image: FloatImage) -> FloatImage:
        """Picture [H, W, 3] in 0..1 with moved colours."""
        lab = rgb_to_lab(np.ascontiguousarray(image, np.float32))
        moved = (self.after + self.gain * (lab - self.before)).astype(np.float32)
        return np.clip(lab_to_rgb(moved), 0, 1)


def tone_between(before: tuple[FloatImage, FloatImage], after: tuple[FloatImage, FloatImage]) -> Tone | None:
    """The tone change of a region between two pictures; None where one of them shows hardly any of it.

    Args:
        before, after: picture [h, w, 3] in 0..1, and weight [h, w] of the region in it.
    """
    statistics = []
    for picture, weight in (before, after):
        total = float(weight.sum())
        if total < _FEWEST:
            return None
        share = (weight / total)[..., None].astype(np.float64)
        lab = rgb_to_lab(np.ascontiguousarray(picture, np.float32)).astype(np.float64)
        mean = (lab * share).sum((0, 1))
        statistics.append((mean, np.sqrt((np.square(lab - mean) * share).sum((0, 1)) + 1.0)))
    (own, own_spread), (new, new_spread) = statistics
    gain = np.clip(new_spread / own_spread, *_GAIN)
    # The colours' own contrast is left alone: two people's skin differs in tint, not in how patchy it is.
    return Tone(own, new, np.array([gain[0], 1.0, 1.0]))


def change_tone(changed: Changed, region: str, tone: Tone, amount: float = 1.0) -> None:
    """Move a region's colours on the photo.

    Args:
        changed: the picture.
        region: a leaf of the tree.
        tone: the move.
        amount: how far, in 0..1.
    """
    mask = changed.canvas.masks[region]
    if region == "skin":
        # Lips are skin of another colour; left alone they would stay behind.
        mask = np.maximum(mask, 0.7 * changed.canvas.masks["mouth"])
    mask = blur(mask, 0.008 * changed.canvas.height) if region not in ("hair", "clothes") else mask
    changed.lay(tone.applied(changed.image), mask * np.float32(amount))


def add_change(changed: Changed, change: FloatImage) -> None:
    """Add a change [s, s, 3] of the generator's picture to the photo."""
    height, width = changed.canvas.hair.shape
    added = changed.canvas.alignment.uncrop(change, width, height, flags=cv2.INTER_LINEAR)
    weight = (np.abs(added).max(axis=2) > _NOTHING).astype(np.float32)
    changed.lay(np.clip(changed.image + added, 0, 1), weight)


def clothes_tone(changed: Changed, source: Portrait) -> Tone | None:
    """From the portrait's clothes to the source's, by the photographs: the working crop hardly shows any."""
    def seen(image: FloatImage, weight: FloatImage) -> tuple[FloatImage, FloatImage]:
        step = max(1, round(max(weight.shape) / _FILL_SIDE))
        return image[::step, ::step], np.ascontiguousarray(weight[::step, ::step])

    theirs = (settled_labels(source) == Region.CLOTHES).astype(np.float32) * (source.hair < 0.05)
    return tone_between(seen(changed.image, changed.canvas.masks["clothes"]), seen(source.photo.rgb(), theirs))


def replace_background(changed: Changed, source: Portrait, amount: float) -> None:
    """The source's background behind the portrait, where it lies beside the source's head; smoothly continued there.

    The change is added by the share of background in each pixel, so soft hair edges keep their strands.
    """
    canvas = changed.canvas
    height, width = canvas.hair.shape
    # The net's edge follows the photo's; where hair begins the matte knows better.
    behind = np.clip(canvas.masks["background"] / np.maximum(1 - canvas.hair, 0.02), 0, 1).astype(np.float32)
    fine = guided_filter(changed.image, behind, max(2.0, 0.012 * canvas.height))
    share = np.clip((fine - 0.06) / 0.88, 0, 1).astype(np.float32) * (1 - canvas.hair)
    share = share * (behind > 0.002)
    new = _behind(source, canvas, width, height)
    old = _filled(changed.image, erode(canvas.masks["background"] > 0.97, 0.01 * canvas.height))
    change = np.clip(changed.image + share[..., None] * (new - old), 0, 1)
    weight = np.where(share > _NOTHING, np.float32(amount), np.float32(0))
    changed.image = np.asarray(changed.image + weight[..., None] * (change - changed.image), np.float32)
    changed.mask = np.maximum(changed.mask, weight * share)


def _behind(source: Portrait, canvas: Canvas, width: int, height: int) -> FloatImage:
    """The source's background [height, width, 3] where the two faces lie on each other."""
    matrix = (canvas.alignment.pixel_matrix(256) @ np.linalg.inv(source.alignment.pixel_matrix(256)))[:2]
    ratio = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
    picture = source.photo.rgb()
    if ratio < 0.77:
        picture = blur(picture, 0.5 / ratio)
    warped = cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    free = ((settled_labels(source) == Region.BACKGROUND) & (source.hair < 0.02)).astype(np.float32)
    sure = cv2.warpAffine(free, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return _filled(warped, erode(sure > 0.98, 0.03 * canvas.height))


def _filled(image: FloatImage, known: NDArray[np.bool_]) -> FloatImage:
    """Image [H, W, 3] where known, smoothly continued elsewhere."""
    if not known.any():
        return image
    height, width = known.shape
    scale = min(1.0, _FILL_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    share = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(image * known[..., None], size, interpolation=cv2.INTER_AREA)
    small = small / np.maximum(share, 1e-6)[..., None]
    smooth = blur(pull_push(small, share < 0.5), 2.0)
    smooth = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    inside = np.clip(distance_to(~known) / max(2.0, 3 / scale), 0, 1)[..., None]
    return (smooth + (image - smooth) * inside).astype(np.float32)


def pose_flow(before: FloatImage, after: FloatImage, head: FloatImage) -> FloatImage:
    """Where each point of the posed picture was before, [256, 256, 2] in shares of the crop's side.

    A generator of this size paints no detail, but where things went can be read from it: optical flow (DIS, Kroeger
    et al. 2016) between the two pictures, of which only the best quadratic motion of the head is kept: turn, tilt and
    shift, nothing that bends a feature. At most 3.5 % of the side, ending well inside the crop.

    Args:
        before, after: [s, s, 3] in 0..1.
        head: [s, s] in 0..1, where the head is.
    """
    grey = [cv2.cvtColor(cv2.resize((picture * 255).astype(np.uint8), (_FLOW, _FLOW), interpolation=cv2.INTER_CUBIC),
                         cv2.COLOR_RGB2GRAY) for picture in (after, before)]
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = finder.calc(grey[0], grey[1], np.zeros((_FLOW, _FLOW, 2), np.float32)) / _FLOW
    edges = np.hypot(cv2.Sobel(grey[0], cv2.CV_32F, 1, 0), cv2.Sobel(grey[0], cv2.CV_32F, 0, 1))
    weight = cv2.resize(head, (_FLOW, _FLOW), interpolation=cv2.INTER_LINEAR) * np.minimum(edges / 40, 1)
    flow = quadratic_motion(found, weight)
    length = np.hypot(flow[..., 0], flow[..., 1])
    flow = flow * np.minimum(1, _FURTHEST / np.maximum(length, 1e-6))[..., None]
    place = np.abs((np.arange(_FLOW) + 0.5) / _FLOW * 2 - 1)
    ramp = smoothstep((0.94 - place) / 0.5)
    return (flow * (ramp[:, None] * ramp[None])[..., None]).astype(np.float32)


def quadratic_motion(flow: FloatImage, weight: FloatImage) -> FloatImage:
    """The quadratic in x and y that fits a flow [n, n, 2] best under weights [n, n] (bisquare, five rounds)."""
    side = flow.shape[0]
    line = ((np.arange(side) + 0.5) / side * 2 - 1).astype(np.float64)
    x, y = np.meshgrid(line, line)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values, given = flow.reshape(-1, 2).astype(np.float64), weight.reshape(-1).astype(np.float64)
    trust, solution = given, np.zeros((6, 2))
    for _ in range(5):
        weighted = terms * trust[:, None]
        ridge = 1e-6 * max(float(trust.sum()), 1e-6) * np.eye(6)
        solution = np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ values)
        error = np.hypot(*(values - terms @ solution).T)
        scale = 4.685 * 1.4826 * max(float(np.median(error[given > 0])) if (given > 0).any() else 0.0, 1e-4)
        trust = given * np.clip(1 - np.square(error / scale), 0, 1) ** 2
    return (terms @ solution).reshape(side, side, 2).astype(np.float32)


def warp_pose(changed: Changed, flow: FloatImage) -> None:
    """Move the photo by a flow of ``pose_flow``."""
    canvas = changed.canvas
    height, width = canvas.hair.shape
    shift = canvas.alignment.uncrop(flow, width, height, flags=cv2.INTER_LINEAR)
    vectors = shift @ canvas.alignment.matrix[:2, :2].T.astype(np.float32)
    moved = (np.abs(vectors).max(axis=2) > 0.02).astype(np.float32)
    picture = _remapped(changed.image, vectors)
    changed.lay(np.clip(picture, 0, 1), moved)


def _remapped(image: FloatImage, vectors: FloatImage) -> FloatImage:
    """Image [H, W, 3] read at each pixel plus its vector [H, W, 2]."""
    height, width = vectors.shape[:2]
    xs, ys = np.arange(width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(cv2.remap(image, xs + vectors[..., 0], ys + vectors[..., 1], cv2.INTER_CUBIC,
                                borderMode=cv2.BORDER_REFLECT_101), np.float32)


def pose_change(crop: FloatImage, flow: FloatImage) -> FloatImage:
    """What a flow changes in a crop [n, n, 3], for previews."""
    size = crop.shape[0]
    return _remapped(crop, cv2.resize(flow, (size, size), interpolation=cv2.INTER_LINEAR) * size) - crop


def invent(changed: Changed, picture: FloatImage, ignored: FloatImage) -> None:
    """The generator's picture [s, s, 3] where the user wants something invented, [H, W] in 0..1."""
    height, width = ignored.shape
    inside = changed.canvas.alignment.uncrop(soft_square(picture.shape[0]), width, height, flags=cv2.INTER_LINEAR)
    shown = changed.canvas.alignment.uncrop(picture, width, height)
    changed.lay(np.clip(shown, 0, 1), np.clip(inside, 0, 1) * ignored)


class Look:
    """What a fused picture changes, roughly and fast: for previews while it still changes.

    Args:
        image: [H, W, 3] in 0..1, the photo or its composite.
        alignment: of the crop.
    """

    def __init__(self, image: FloatImage, alignment: Alignment) -> None:
        height, width = image.shape[:2]
        low, high = np.floor(alignment.quad.min(axis=0)), np.ceil(alignment.quad.max(axis=0)) + 1
        rect = Rect(int(low[0]), int(low[1]), int(high[0]), int(high[1])).grown(0, width, height)
        self._image, self._alignment, self._window = image, alignment, Window(rect)
        self._base = self._window.view(image)

    def picture(self, change: FloatImage) -> FloatImage:
        """The photo [H, W, 3] with a change [s, s, 3] added."""
        height, width = self._image.shape[:2]
        return np.clip(self._image + self._alignment.uncrop(change, width, height, flags=cv2.INTER_LINEAR), 0, 1)

    def patch(self, change: FloatImage) -> Patch:
        """The same, of the crop alone and at the size of a preview."""
        return self._window.rect, np.clip(self._base + self._window.uncrop(change, self._alignment), 0, 1)


def visible_change(before: FloatImage, after: FloatImage, masks: Mapping[str, FloatImage]) -> FloatImage:
    """Change [s, s, 3] of the generator's picture where something was to change, fading out at the crop's edges."""
    weight = np.max(list(masks.values()), axis=0) if masks else np.zeros(before.shape[:2], np.float32)
    return ((after - before) * (weight * soft_square(before.shape[0]))[..., None]).astype(np.float32)
