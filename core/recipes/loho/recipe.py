"""LOHO: hair of one portrait, colour and texture of another, on a third, by optimising a generator's latents.

Zhu et al., "LOHO: Latent Optimization of Hairstyles via Orthogonalization" (CVPR 2021). The classical
composite is start and guide, and every difference from the original is a parameter (docs/methods/loho.md,
Differences).
"""

from __future__ import annotations

import time
from collections.abc import Generator as Stepper
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.compositing.composite import Composite, HoleLabel
from core.errors import NothingUseful
from core.generators.base import Generator
from core.imaging.arrays import FloatImage
from core.losses.latent import dead_zone_prior
from core.losses.masked import area_down
from core.losses.noise import noise_regularisation, renormalise
from core.recipes.base import Step, Steps
from core.recipes.context import Context
from core.recipes.contract import Recipe
from core.recipes.kit.figures import mask_iou, psnr
from core.recipes.kit.guide import QuickLook, finished_outcome, full_composite, make_composite
from core.recipes.kit.previews import composite_patch
from core.recipes.kit.schedule import Schedule, jitter_strength, learning_rate_factor
from core.recipes.kit.variables import (
    PRECISE_FROM,
    SafeAdam,
    Variables,
    draw_noise,
    latent_unit,
    leaf,
    precise,
    variables_from,
)
from core.recipes.kit.workspace import (
    Workspace,
    build_workspace,
    crop_mask,
    to_image,
    to_tensor,
    weight_tensor,
)
from core.recipes.loho.attributes import Sources, in_colour_of, sources
from core.recipes.loho.info import INFO
from core.recipes.loho.orthogonal import image_gradients, push_through
from core.recipes.loho.ring import ring_masks
from core.recipes.loho.terms import LohoTerms
from core.recipes.request import Request


class LohoRun:
    """One optimisation that can be stepped, stopped and read at any time.

    Args:
        context: networks, random source, portraits.
        request: start latent, ignore mask.
        parameters: values of the recipe's parameters.
        composite: the guide, in photo space.
        chosen: whose hair, colour and strands; None = as the parameters say.
    """

    def __init__(
        self, context: Context, request: Request, parameters: Mapping[str, Any], composite: Composite,
        chosen: Sources | None = None,
    ) -> None:
        self.p, self.context = parameters, context
        chosen = chosen or sources(context.portraits, parameters["attributes"], parameters["strands"])
        self.generator: Generator = context.generator()
        self.precise, self._unit = precise(self.generator), latent_unit(self.generator)
        device, spec = self.generator.device, self.generator.spec
        identity = context.portraits["identity"]
        self.space: Workspace = build_workspace(
            composite, identity, chosen.colour, min(spec.resolution, parameters["loss_size"]),
            background_weight=parameters["background_weight"], plate_weight=parameters["plate_weight"],
            ignore=request.ignore, device=device,
            rim=lambda hair: ring_masks(hair, parameters["ring"], parameters["ring_iterations"]),
        )
        self.terms = LohoTerms(context.features(), self.space, parameters, active=chosen.terms,
                               style=self._style(chosen, composite))
        guide = np.clip(identity.alignment.crop(composite.image, spec.resolution), 0, 1)
        invent = crop_mask(identity.alignment, composite.invent, spec.resolution)
        self.variables = self._start(to_tensor(guide, device), weight_tensor(invent, device), request.start)
        self._w_start = self.variables.w.detach().clone()
        self.schedule = Schedule(parameters["steps"], ("stage 1", "stage 2"),
                                 (parameters["stage_switch"], 1 - parameters["stage_switch"]))
        self._parsed: Tensor | None = None
        self._seen: Tensor | None = None
        self.warnings: list[str] = []

    def _style(self, chosen: Sources, composite: Composite) -> tuple[Tensor, Tensor] | None:
        """Picture and hair whose strands are wanted, in the colour that is; None where one portrait gives both."""
        if chosen.style is chosen.colour or "style" not in chosen.terms:
            return None
        portrait, size, device = chosen.style, self.space.size, self.generator.device
        picture = np.clip(portrait.alignment.crop(in_colour_of(portrait, composite), size), 0, 1)
        return to_tensor(picture, device), weight_tensor(crop_mask(portrait.alignment, portrait.hair, size), device)

    def _start(self, guide: Tensor, invent: Tensor, start: Mapping[str, Any]) -> Variables:
        """The encoder's answer to the guide, the feature map emptied where the generator is to invent."""
        generator, p = self.generator, self.p
        spec, device = generator.spec, generator.device
        w = generator.mean_w.to(device).view(1, 1, -1).expand(1, spec.layers, -1)
        features = None
        if p["features"] and spec.feature_resolution:
            side = spec.feature_resolution
            features = torch.zeros(1, spec.feature_channels, side, side, device=device)
        if p["encoder_start"]:
            with torch.no_grad():
                w, encoded = self.context.encoder().encode(guide)
            if features is not None:
                features = encoded * (1 - p["release"] * area_down(invent, spec.feature_resolution))
        noise = draw_noise(spec, self.context.rng, device)
        variables = Variables(leaf(w, device), noise, None if features is None else leaf(features, device))
        return variables_from(start, spec, device, variables) if start else variables

    def steps(self) -> Stepper[tuple[int, str, dict[str, float]], None, None]:
        """Optimise; yields (1-based step, stage, losses). The best state is in ``variables`` whenever this ends."""
        v, p = self.variables, self.p
        layered = [v.w] if v.features is None else [v.w, v.features]
        rates = [([v.w], p["learning_rate"] * self._unit), (v.noise, p["noise_rate"])]
        if v.features is not None:
            rates.append(([v.features], p["feature_rate"]))
        optimiser, entered = SafeAdam(v, rates), 0
        try:
            for index in range(self.schedule.total):
                stage, t = self.schedule.stage_of(index), self.schedule.time(index)
                if stage != entered:
                    optimiser.new_stage()
                    entered = stage
                losses = self._step(optimiser, layered, stage, index, t)
                yield index + 1, self.schedule.stages[stage], losses
        except NothingUseful as error:
            self.warnings.append(f"{error.what} {error.why} The best state before that was kept.")
        finally:
            optimiser.restore_best()

    def _step(
        self, optimiser: SafeAdam, layered: list[Tensor], stage: int, index: int, t: float
    ) -> dict[str, float]:
        v, p = self.variables, self.p
        generator = self.generator if t < PRECISE_FROM else self.precise
        strength = jitter_strength(t, self.generator.w_spread, strength=p["jitter"], end=p["jitter_end"])
        jitter = strength * torch.randn(v.w.shape, generator=self.context.rng).to(v.w.device) if strength else None
        whole_image = v.synthesize(generator, jitter)
        self._seen = None if jitter is not None else whole_image.detach()
        image = area_down(whole_image, self.space.size)
        seen = image.detach().requires_grad_(True)
        terms = self.terms.evaluate(seen, self._hair(image, index) if stage else None)
        weights = self.terms.weights()
        main = torch.stack([weights[name] * term for name, term in terms.main.items()]).sum()
        structure = p["structure_weight"] * terms.structure
        # In stage 1 the structure loss reaches the noise too (docs/methods/loho.md, Differences no. 14), so it is part
        # of the main one.
        whole = main if stage else main + structure
        if terms.look is not None and p["gives_way"] == "look":
            whole = whole - terms.look
        gradients = image_gradients(
            seen, whole, structure if stage else structure.detach(), terms.look, p["gives_way"])
        for_layered, for_noise = push_through(
            image, gradients, layered, v.noise, noise_follows=p["noise_structure"])
        for tensor, gradient in zip((*layered, *v.noise), (*for_layered, *for_noise), strict=True):
            tensor.grad = gradient
        noise, prior = noise_regularisation(v.noise), dead_zone_prior(v.w, self._w_start, unit=self._unit)
        (p["noise_weight"] * noise + p["prior_weight"] * prior).backward(inputs=[v.w, *v.noise])
        total = (main + structure + p["prior_weight"] * prior).item()
        # The noise term says how clean the maps are, not how good the picture is: it does not choose the best state.
        optimiser.step(total if bool(torch.isfinite(noise)) else float("nan"), learning_rate_factor(t, p["rate_curve"]))
        if p["renormalise_noise"]:
            renormalise(v.noise)
        losses = {name: term.item() for name, term in terms.main.items()}
        if "structure" in self.terms.active:
            losses["structure"] = terms.structure.item()
        return {"total": total, **losses, "noise": noise.item(), "prior": prior.item()}

    def _hair(self, image: Tensor, index: int) -> Tensor:
        """Where the present picture's hair is, as the user chose to find out."""
        source, every = self.p["hair_mask_source"], self.p["parse_every"]
        if source == "user":
            return self.space.shape
        since = index - self.schedule.first_step(1)
        if self._parsed is None or (every and since % every == 0):
            self._parsed = weight_tensor(self.context.parser()(to_image(image))[1], image.device)
        if source == "parser":
            return self._parsed
        return (self.space.core + self.space.ring * self._parsed).clamp(0, 1)

    @torch.no_grad()
    def picture(self) -> FloatImage:
        """The picture of the present latents, [R, R, 3] in 0..1."""
        return to_image(self.variables.synthesize(self.precise))

    def preview(self) -> FloatImage:
        """Like ``picture``, but what the last step looked at where that was no different: free, one update behind."""
        return self.picture() if self._seen is None else to_image(self._seen)

    def metrics(self, generated: FloatImage) -> dict[str, float]:
        """Hair agreement, structure loss and nearness to the guide of a generated picture."""
        device = self.generator.device
        small = area_down(to_tensor(generated, device), self.space.size)
        _, hair = self.context.parser()(to_image(small))
        goal = self.space.shape[0, 0].cpu().numpy()
        keep = self.space.keep[0, 0].cpu().numpy()[..., None]
        guide = to_image(self.space.guide)
        found = {
            "hair_iou": mask_iou(hair, goal),
            "structure_loss": self.terms.structure_distance(small),
            "guide_psnr": psnr(to_image(small), guide),
        }
        if float(keep.sum()) > 1:
            error = float((keep * (to_image(small) - guide) ** 2).sum() / (3 * keep.sum()))
            found["keep_psnr"] = -10 * float(np.log10(max(error, 1e-12)))
        return found


def _less_background(composite: Composite, share: float) -> Composite:
    """A composite in which the generator has only ``share`` of its say in background behind removed hair."""
    invent = np.where(composite.hole == HoleLabel.BACKDROP, np.float32(share) * composite.invent, composite.invent)
    return replace(composite, invent=invent)


def _more_hair(composite: Composite, share: float) -> Composite:
    """A composite in which the generator has at least ``share`` of a say in the new hair."""
    if share <= 0:
        return composite
    wanted = np.float32(share) * composite.alpha * composite.edit
    return replace(composite, invent=np.maximum(composite.invent, wanted))


class Loho:
    """The recipe ``loho``."""

    info = INFO

    def run(self, request: Request, context: Context) -> Steps:
        """Quick composite, full composite, then one step per optimisation step; none where the generator has no say.
        """
        parameters = INFO.resolved(request.parameters, request.steps)
        total = parameters["steps"] + 2
        chosen = sources(context.portraits, parameters["attributes"], parameters["strands"])
        quick = make_composite(request, context, parameters, quick=True, plan=chosen.plan)
        yield Step(1, total, "guide", render=lambda: quick.image, patch=lambda: composite_patch(quick))
        if context.stopping:
            return finished_outcome(quick, request, context, warnings=chosen.warnings)
        composite = full_composite(request, context, parameters, quick, chosen.plan)
        composite = _more_hair(_less_background(composite, parameters["backdrop"]), parameters["hair_share"])
        quick = composite  # The quick one is as large: let it go.
        idle = not composite.invent.any()
        yield Step(2, 2 if idle else total, "guide", render=lambda: composite.image,
                   patch=lambda: composite_patch(composite))
        if context.stopping or idle:
            return finished_outcome(composite, request, context, warnings=chosen.warnings)

        began = time.perf_counter()
        run = LohoRun(context, request, parameters, composite, chosen)
        run.warnings.extend(chosen.warnings)
        context.seconds["invert"] = time.perf_counter() - began
        began = time.perf_counter()
        look = QuickLook(composite, context.portraits["identity"].alignment, run.generator.spec.resolution)
        stepper = run.steps()
        for index, stage, losses in stepper:
            yield Step(index + 2, total, stage, losses, lambda: look.picture(run.picture()),
                       lambda: look.patch(run.preview()), run.variables.arrays)
            if context.stopping:
                stepper.close()
        context.seconds["optimise"] = time.perf_counter() - began
        generated = run.picture()
        if not np.isfinite(generated).all():
            warning = "The generator gave no usable picture; this is the composite without it."
            return finished_outcome(composite, request, context, warnings=(*run.warnings, warning))
        metrics = run.metrics(generated)
        guide = context.portraits["identity"].alignment.crop(composite.image, generated.shape[0])
        return finished_outcome(
            composite, request, context, generated=generated, latent=run.variables.arrays(), metrics=metrics,
            warnings=tuple(run.warnings), layers={"generated": generated, "guide": guide},
        )


RECIPE: Recipe = Loho()
