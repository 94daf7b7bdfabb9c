"""Finds what reproduces a portrait: encoder start, then W, W+, and noise with F or S, several codes, tuned weights."""

from __future__ import annotations

import time

import numpy as np

from core.losses.perceptual import feature_distance
from core.recipes.base import Outcome, Step, Steps
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.invert.info import INFO
from core.recipes.invert.inversion import Inversion
from core.recipes.kit.figures import psnr, ssim
from core.recipes.kit.previews import CropLook
from core.recipes.kit.workspace import to_image, to_tensor
from core.recipes.request import Request


class Invert:
    """The recipe ``invert``: one portrait, result in working space."""

    info = INFO

    def run(self, request: Request, context: Context) -> Steps:
        """Invert the identity; the Outcome's image is the reconstruction [R, R, 3]."""
        parameters = INFO.resolved(request.parameters)
        if request.steps is not None:
            # The limit counts every step, so the latents get what the weights leave.
            parameters["tune_steps"] = min(parameters["tune_steps"], request.steps - 1)
            parameters["steps"] = INFO.param(INFO.steps).parse(request.steps - parameters["tune_steps"])
        generator, net = context.generator(), context.features()
        encoder = context.encoder() if parameters["encoder_start"] else None
        size = generator.spec.resolution
        crop = np.clip(context.portraits["identity"].alignment.crop(context.photo.rgb(), size), 0, 1)
        target = to_tensor(crop, generator.device)
        began = time.perf_counter()
        inversion = Inversion(generator, encoder, net, target, parameters, context.rng, request.start)
        look = CropLook(context.photo, context.portraits["identity"].alignment, request.protect)
        done = 0
        stepper = inversion.steps()
        for state in stepper:
            done = state.index
            yield Step(state.index, state.total, state.stage, state.losses,
                       lambda: to_image(inversion.picture()), lambda: look.patch(to_image(inversion.picture())),
                       inversion.variables.arrays)
            if context.stopping:
                stepper.close()
        context.seconds["invert"] = time.perf_counter() - began
        picture = inversion.picture()
        image = to_image(picture)
        metrics = {
            "psnr": psnr(image, crop), "ssim": ssim(image, crop),
            "feature_distance": feature_distance(net, picture, target),
            "steps_per_second": done / max(context.seconds["invert"], 1e-9),
        }
        return Outcome(image, np.ones(image.shape[:2], np.float32), inversion.variables.arrays(), metrics,
                       tuple(inversion.warnings), {"target": crop})


RECIPE: Recipe = Invert()
