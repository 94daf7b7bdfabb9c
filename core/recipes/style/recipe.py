"""The recipe ``style``: the hair, the background or the whole portrait drawn in the manner of other pictures."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.document.geometry import Rect
from core.errors import Cancelled, InputRefused
from core.generators.style_net import Stylist, load_stylist
from core.imaging.arrays import FloatImage
from core.imaging.colour import luma
from core.imaging.matting import blur
from core.recipes.base import Outcome, Step, Steps
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.kit.workspace import to_image, to_tensor, weight_tensor
from core.recipes.request import Request
from core.recipes.style.canvas import Canvas, colour_line, make_canvas
from core.recipes.style.gatys import Optimisation, StyleSource
from core.recipes.style.info import INFO
from core.recipes.style.sources import GivenStyle, given_styles, style_code

QUICK_SIDE = 224
"""Longest side of the first look."""
GATYS_SIDE = 512
"""Longest side that is optimised: a step takes longer in proportion to the area."""
CHROMA = 0.2
"""Share that is kept of the colour differences between single strokes as the network draws them."""
FORM_SIGMA = 6.0
"""Gaussian sigma in working pixels from which on areas count as large."""
HALF_FROM = 160
"""Smallest side from which gatys begins at half size."""


@dataclass(frozen=True, eq=False)
class ScaledOptimisation:
    """Gatys at a share of the canvas's size.

    Attributes:
        optimisation: at that size.
        start: [h, w, 3] what it began with, at the canvas's size.
        begun: the same at its own size.
    """

    optimisation: Optimisation
    start: FloatImage
    begun: FloatImage

    def picture(self) -> FloatImage:
        """The present picture at the canvas's size: what it began with, and what has changed since."""
        made = to_image(self.optimisation.picture)
        if made.shape == self.start.shape:
            return made
        size = self.start.shape[1::-1]
        return np.clip(self.start + cv2.resize(made - self.begun, size, interpolation=cv2.INTER_CUBIC), 0, 1)


class StyleRun:
    """What one run works on: the canvas, the styles, and their code where the pack has a style network.

    Args:
        context: networks, random source, portraits.
        request: pictures, masks, start.
        parameters: values of the recipe's parameters.
    """

    def __init__(self, context: Context, request: Request, parameters: dict[str, Any]) -> None:
        self.context, self.p = context, parameters
        self.device: torch.device = context.device
        self.styles: list[GivenStyle] = given_styles(request, context, parameters)
        if parameters["keep_colour"] == "auto":
            # Colours that nobody chose are rarely welcome on a face.
            parameters = {**parameters, "keep_colour": "no" if self.styles else "coral"}
        self.canvas: Canvas = make_canvas(context.portraits["identity"], request, parameters)
        gatys = parameters["method"] == "gatys"
        self.stylist: Stylist | None = None
        if "style" in context.pack or not (gatys and self.styles):
            self.stylist = load_stylist(context.pack, self.device)
        self.code: Tensor | None = None
        if "code" in request.start and not self.styles:
            self.code = self._code_of(request.start["code"])
        elif self.stylist is not None:
            self.code = style_code(self.styles, self.stylist, context.rng, parameters["spread"])

    def _code_of(self, array: NDArray[np.float32]) -> Tensor:
        size = 0 if self.stylist is None else self.stylist.code_size
        if array.shape != (1, size) or not np.isfinite(array).all():
            raise InputRefused("The start latent 'code' does not fit.",
                               f"It is {array.shape}, this model needs {(1, size)} with finite values.",
                               "Start without it, or use the model pack it was made with.")
        return torch.from_numpy(array.astype(np.float32))

    def apply(self, longest: int | None = None) -> FloatImage:
        """The canvas's picture in the style, [h, w, 3] in 0..1; at most ``longest`` px while looking quickly."""
        picture, area = self.canvas.picture, self.canvas.area * self.canvas.looked
        size = picture.shape[1::-1]
        if self.stylist is None or self.code is None:
            return picture
        if longest is not None and max(size) > longest:
            scale = longest / max(size)
            small = max(32, round(size[0] * scale)), max(32, round(size[1] * scale))
            picture, area = (cv2.resize(image, small, interpolation=cv2.INTER_AREA) for image in (picture, area))
        weight = weight_tensor(area, self.device) if float(area.sum()) > 16 else None
        made = to_image(self.stylist.apply(to_tensor(picture, self.device), self.code, weight, self.context.check))
        if made.shape[1::-1] != size:
            made = np.clip(cv2.resize(made, size, interpolation=cv2.INTER_CUBIC), 0, 1)
        return self._formed(made)

    def _formed(self, made: FloatImage) -> FloatImage:
        """What the network drew, over large areas with the photo's light and dark in the colours of the style.

        The network is good at strokes: which are light and which dark. Which areas are light, and the exact colours,
        are better taken from where they are known, and colours of single pixels are mostly its mistakes.
        """
        large = blur(made, FORM_SIGMA)
        fine = made - large
        grey = luma(fine)[..., None]
        if self.p["forms"] > 0:
            large = large + np.float32(self.p["forms"]) * (blur(self.recoloured(made), FORM_SIGMA) - large)
        if self.styles:
            total = sum(style.share for style in self.styles)
            line = np.sum([style.share / total * colour_line(style.picture, style.weight) for style in self.styles], 0)
        else:
            line = colour_line(blur(made, 1.5), self.canvas.area)
        fine = grey * line.astype(np.float32) + CHROMA * (fine - grey)
        return np.clip(large + fine, 0, 1).astype(np.float32)

    def sources(self, drawn: FloatImage, scale: float) -> list[StyleSource]:
        """What gatys comes near to; a drawn style is what the network makes of the photo with it."""
        longest = round(max(self.canvas.size) * scale)
        if not self.styles:
            made = GivenStyle("drawn", drawn, self.canvas.area, 1.0)
            return [StyleSource(*made.tensors(longest, self.device), 1.0)]
        return [StyleSource(*style.tensors(longest, self.device), style.share) for style in self.styles]

    def optimisation(self, drawn: FloatImage, start: FloatImage, scale: float) -> ScaledOptimisation:
        """Gatys from ``start`` at a share of the canvas's size; ``drawn`` as in ``sources``."""
        canvas = self.canvas
        size = tuple(max(32, round(side * scale)) for side in canvas.size[::-1])

        def small(image: FloatImage) -> FloatImage:
            return image if scale == 1 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)

        begun = small(start)
        work = Optimisation(
            self.context.features(), to_tensor(small(canvas.picture), self.device), to_tensor(begun, self.device),
            self.sources(drawn, scale), weight_tensor(small(canvas.area), self.device),
            weight_tensor(small(canvas.looked), self.device), self.p)
        return ScaledOptimisation(work, start, begun)

    def latent(self, picture: FloatImage) -> dict[str, NDArray[np.float32]]:
        """The arrays that restart this run: the drawn picture, where in the photo it lies, and the style's code."""
        rect = self.canvas.rect
        found = {"picture": picture.astype(np.float32),
                 "window": np.array([rect.x0, rect.y0, rect.x1, rect.y1], np.float32)}
        if self.code is not None:
            found["code"] = self.code.detach().float().cpu().numpy().copy()
        return found

    def recoloured(self, drawn: FloatImage) -> FloatImage:
        """The canvas's picture in the colours of the styles; a drawn style has those of what the network made."""
        if not self.styles:
            return self.canvas.in_colours_of(self.canvas.picture, drawn, self.canvas.area)
        total = sum(style.share for style in self.styles)
        parts = [self.canvas.in_colours_of(self.canvas.picture, style.picture, style.weight) * (style.share / total)
                 for style in self.styles]
        return np.sum(parts, axis=0).astype(np.float32)

    def begin(self, start: Mapping[str, NDArray[np.float32]], drawn: FloatImage) -> FloatImage:
        """Where gatys begins: the picture of an earlier run as far as it reaches, else ``drawn``.

        Raises:
            InputRefused: the start arrays are not those of this recipe.
        """
        if "picture" not in start:
            return drawn
        picture, window = start["picture"], start.get("window", np.zeros(0, np.float32))
        usable = picture.ndim == 3 and picture.shape[2] == 3 and min(picture.shape[:2]) > 0 and window.shape == (4,)
        if not usable or not (np.isfinite(picture).all() and window[2] > window[0] and window[3] > window[1]):
            raise InputRefused("The start latent 'picture' does not fit.", f"It is {picture.shape}.",
                               "Start without it, or from a result of this recipe.")
        if picture.shape == drawn.shape and np.array_equal(window, self.latent(drawn)["window"]):
            return picture
        return _moved(picture, window, self.canvas.rect, drawn)


def _moved(picture: FloatImage, window: NDArray[np.float32], rect: Rect, under: FloatImage) -> FloatImage:
    """A picture of one window of the photo as seen through another; ``under`` where it does not reach."""
    height, width = under.shape[:2]
    fx, fy = width / rect.width, height / rect.height
    sx, sy = (window[2] - window[0]) / picture.shape[1], (window[3] - window[1]) / picture.shape[0]
    matrix = np.array([[sx * fx, 0, (window[0] + 0.5 * sx - rect.x0) * fx - 0.5],
                       [0, sy * fy, (window[1] + 0.5 * sy - rect.y0) * fy - 0.5]])
    made = np.ascontiguousarray(under, np.float32).copy()
    return np.clip(cv2.warpAffine(picture, matrix, (width, height), dst=made, flags=cv2.INTER_LINEAR,
                                  borderMode=cv2.BORDER_TRANSPARENT), 0, 1)


class Style:
    """The recipe ``style`` (docs/methods/style.md)."""

    info = INFO

    def run(self, request: Request, context: Context) -> Steps:
        """A small look, the style network at full working size, then gatys's steps where that is the method."""
        parameters = INFO.resolved(request.parameters, request.steps)
        gatys = parameters["method"] == "gatys"
        if gatys:
            parameters["size"] = min(parameters["size"], GATYS_SIDE)
        total = 2 + (parameters["steps"] if gatys else 0)
        began = time.perf_counter()
        run = StyleRun(context, request, parameters)
        canvas = run.canvas
        quick = run.apply(QUICK_SIDE)
        yield Step(1, total, "look", render=lambda: canvas.render(quick), patch=lambda: canvas.patch(quick),
                   latent=lambda: run.latent(quick))
        drawn = full = quick
        if not context.stopping:
            drawn = full = _unless_cancelled(run, quick)
        if not context.stopping:
            yield Step(2, total, "style", render=lambda: canvas.render(full), patch=lambda: canvas.patch(full),
                       latent=lambda: run.latent(full))
        context.seconds["invert"] = time.perf_counter() - began
        warnings: list[str] = []
        if gatys and not context.stopping:
            drawn = yield from self._optimise(run, request, drawn, total, warnings)
        return _outcome(run, drawn, warnings)

    def _optimise(self, run: StyleRun, request: Request, drawn: FloatImage, total: int, warnings: list[str]
                  ) -> Generator[Step, None, FloatImage]:
        """Half of the steps at half size, where strokes are large, the others at full size; the last picture."""
        canvas, context, began = run.canvas, run.context, time.perf_counter()
        shown = run.begin(request.start, run.recoloured(drawn) if run.stylist is None else drawn)
        coarse = 0 if "picture" in request.start or min(canvas.size) < HALF_FROM else run.p["steps"] // 2
        taken = 2
        for scale, count in ((0.5, coarse), (1.0, run.p["steps"] - coarse)):
            if not count or context.stopping:
                continue
            work = run.optimisation(drawn, shown, scale)
            stepper = work.optimisation.steps(count)
            for losses in stepper:
                taken += 1
                yield Step(taken, total, "gatys" if scale == 1 else "gatys, coarse", losses,
                           lambda work=work: canvas.render(work.picture()),
                           lambda work=work: canvas.patch(work.picture()),
                           lambda work=work: run.latent(work.picture()))
                if context.stopping:
                    stepper.close()
            shown = work.picture()
            if work.optimisation.failure:
                warnings.append(work.optimisation.failure)
        context.seconds["optimise"] = time.perf_counter() - began
        return shown


def _unless_cancelled(run: StyleRun, quick: FloatImage) -> FloatImage:
    """The network's drawing at full working size; the quick look, and the end of the run, when that is cancelled."""
    try:
        return run.apply()
    except Cancelled:
        run.context.stop()
        return quick


def _outcome(run: StyleRun, drawn: FloatImage, warnings: list[str]) -> Outcome:
    began = time.perf_counter()
    canvas = run.canvas
    if not np.isfinite(drawn).all():
        drawn = canvas.picture
        warnings.append("The style network gave no usable picture; this is the photo without it.")
    image = canvas.render(drawn)
    mask = np.where(canvas.weight > 0, canvas.weight, 0).astype(np.float32)
    if not mask.any():
        warnings.append("Nothing was drawn: the strength is 0, or all of the part is protected.")
    run.context.seconds["finish"] = time.perf_counter() - began
    metrics = {"changed": float((mask > 0).mean()), "working_pixels": float(np.prod(canvas.size))}
    return Outcome(image, mask, run.latent(drawn), metrics, tuple(warnings), layers={"drawn": drawn})


RECIPE: Recipe = Style()
