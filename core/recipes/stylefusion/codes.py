"""Codes of several portraits fused region by region into one, and that one fitted to what was wanted of it."""

from __future__ import annotations

from collections.abc import Generator as Stepper
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.errors import InputRefused, NothingUseful
from core.faces.face import REGIONS as LABELS
from core.faces.face import Portrait
from core.generators.base import Encoder, FeatureNet, Generator
from core.generators.fusion import mix_styles, region_weights
from core.generators.fusion_net import LEAVES, NODES, FusionNet, StyleLayout, pack_styles, unpack_styles
from core.imaging.arrays import FloatImage
from core.losses.masked import area_down, masked_square
from core.models.tables import ChannelTable, LatentTable
from core.recipes.context import ParseCrop
from core.recipes.kit.schedule import learning_rate_factor
from core.recipes.kit.variables import SafeAdam, leaf, precise
from core.recipes.kit.workspace import to_image, to_tensor, weight_tensor
from core.recipes.stylefusion.info import PHOTOGRAPHED

_LOOK_LAYERS = ("relu1_1", "relu2_1")
_EPS = 1e-5
_WORKING = 128
"""Side in pixels at which the widths below are counted."""
_SOFT, _GROWN = 1.0, 2
_SURE = 0.03
"""Share of the crop from which a region's look counts fully: a sliver of clothes must not tint the rest."""


@dataclass(frozen=True, eq=False)
class Choice:
    """One region that is to change: which, how far, and towards whom (None = a random code)."""

    region: str
    amount: float
    portrait: Portrait | None


@dataclass(frozen=True, eq=False)
class Networks:
    """What fusing needs: the generator, its encoder, the feature net, the channel table, and FusionNet if there is one.

    ``latents`` describes the codes of portraits, for random ones; None = random z are used.
    """

    generator: Generator
    encoder: Encoder
    features: FeatureNet
    parse: ParseCrop
    table: ChannelTable
    layout: StyleLayout
    fusion: FusionNet | None
    latents: LatentTable | None


def leaf_masks(labels: NDArray[np.uint8], hair: FloatImage) -> dict[str, FloatImage]:
    """Soft weight [s, s] of every leaf of the tree; together at most 1. The hair's is its matte."""
    sigma = _SOFT * labels.shape[0] / _WORKING
    found = {"hair": hair.astype(np.float32)}
    for name, regions in LEAVES.items():
        if name != "hair":
            own = np.isin(labels, [LABELS.index(region) for region in regions]).astype(np.float32)
            found[name] = cv2.GaussianBlur(own, (0, 0), sigma) * (1 - hair)
    return found


@dataclass(frozen=True, eq=False)
class Person:
    """A portrait as the generator has it: its crop, packed style code [1, C], feature map, and masks of the leaves.

    A random one has no picture, features or masks.
    """

    code: Tensor
    picture: Tensor | None = None
    features: Tensor | None = None
    masks: Mapping[str, FloatImage] | None = None


def person_of(crop: FloatImage, networks: Networks) -> Person:
    """Encode and parse a crop [s, s, 3] in 0..1 of the generator's side."""
    picture = to_tensor(crop, networks.generator.device)
    with torch.no_grad():
        w, features = networks.encoder.encode(picture)
        code = pack_styles(networks.generator.styles(w))
    return Person(code, picture, features if networks.generator.spec.feature_resolution else None,
                  leaf_masks(*networks.parse(crop)))


@torch.no_grad()
def random_person(networks: Networks, rng: torch.Generator) -> Person:
    """A code drawn from the distribution of encoded portraits, or from z where the pack does not know it."""
    generator = networks.generator
    if networks.latents is None:
        z = torch.randn(1, generator.spec.z_dim, generator=rng)
        w = generator.map(z, truncation=0.7)[:, None].expand(-1, generator.spec.layers, -1)
    else:
        table = networks.latents
        strength = torch.randn(len(table.deviations), generator=rng) * torch.from_numpy(table.deviations)
        w = torch.from_numpy(table.mean) + torch.einsum("p,plw->lw", strength, torch.from_numpy(table.directions))
        w = w[None].to(generator.device)
    return Person(pack_styles(generator.styles(w)))


@dataclass(frozen=True, eq=False)
class _Goal:
    """Mean and deviation [1, C] by layer that a region, mask [1, 1, s, s], is to reach, and how much that counts."""

    mask: Tensor
    weight: float
    statistics: Mapping[str, tuple[Tensor, Tensor]]


class Fusion:
    """The fused code of one run, its picture and its fitting.

    Args:
        networks: see ``Networks``.
        base: the portrait (or its composite), encoded.
        parts: the choices, each with its source.
        ignored: [s, s] in 0..1, where the portrait's own features are dropped so that the generator invents.
        parameters: values of ``stylefusion_params.PARAMS``.
        replaced: whether the base shows the source's hair already.
    """

    def __init__(self, networks: Networks, base: Person, parts: Sequence[tuple[Choice, Person]],
                 ignored: FloatImage | None, parameters: Mapping[str, Any], *, replaced: bool) -> None:
        self.networks, self.base, self.p = networks, base, parameters
        self.parts = [(choice, person) for choice, person in parts if choice.region != "pose"]
        self.pose = next(((choice, person) for choice, person in parts if choice.region == "pose"), None)
        self.replaced = replaced
        self.generator, self.precise = networks.generator, precise(networks.generator)
        self.features = self._mixed_features(ignored)
        self.code = base.code
        self.losses: dict[str, float] = {}
        self.warnings: list[str] = []

    def choices(self) -> list[Choice]:
        """Choices that the generator's picture is to follow: all but the pose, and hair that is there already."""
        return [choice for choice, _ in self.parts if not (choice.region == "hair" and self.replaced)]

    def mask(self, region: str) -> FloatImage:
        """Weight [s, s] of what a region's change may touch: the portrait's region, with the source's for features."""
        own = (self.base.masks or {})[region]
        if region not in ("eyes", "mouth"):
            return own
        for choice, person in self.parts:
            if choice.region == region and person.masks is not None:
                own = np.maximum(own, person.masks[region])
        size = 2 * round(_GROWN * own.shape[0] / _WORKING) + 1
        grown = cv2.dilate(own, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        return cv2.GaussianBlur(grown, (0, 0), _SOFT * own.shape[0] / _WORKING)

    def head(self) -> FloatImage:
        """Weight [s, s] of the portrait's head."""
        masks = self.base.masks or {}
        return np.sum([masks[name] for name in ("hair", "skin", "eyes", "mouth")], axis=0).astype(np.float32)

    def _mixed_features(self, ignored: FloatImage | None) -> Tensor | None:
        """The portrait's feature map, the sources' where their regions go, nothing where it is to be invented.

        Under a portrait's own feature map a region hardly follows its code, so the two have to change together.
        """
        found = self.base.features
        if found is None:
            return None
        own, side = found, found.shape[-1]
        for choice, person in self.parts:
            if choice.region == "hair" and self.replaced:
                continue
            mask = self.mask(choice.region)
            if person.masks is not None and choice.region not in ("eyes", "mouth"):
                # Beside its own region the source's map shows something else.
                mask = np.minimum(mask, person.masks[choice.region])
            share = area_down(weight_tensor(mask, own.device), side) * choice.amount
            other = torch.zeros_like(own) if person.features is None else person.features
            found = found + share * (other - own)
        if ignored is not None:
            found = found * (1 - area_down(weight_tensor(ignored, own.device), side))
        return found

    @torch.no_grad()
    def by_table(self) -> Tensor:
        """The fused code [1, C] by the channel table alone, region after region
        (docs/methods/stylefusion.md, Channel table)."""
        sizes = self.networks.layout.sizes
        styles = unpack_styles(self.base.code, sizes)
        for choice, person in self.parts:
            weights = [weight * choice.amount for weight in region_weights(self.networks.table, LEAVES[choice.region])]
            styles = mix_styles(styles, unpack_styles(person.code, sizes), weights)
        return pack_styles(styles)

    @torch.no_grad()
    def posed(self, *, trained: bool = True) -> tuple[FloatImage, FloatImage]:
        """The portrait, and the portrait in the pose's alignment codes, [s, s, 3] in 0..1.

        Both without feature maps, which would hold the pose: soft pictures, but of where things are.
        """
        own, sizes = self.base.code, self.networks.layout.sizes
        if self.pose is None:
            code = own
        else:
            choice, person = self.pose
            goal = own + choice.amount * (person.code - own)
            if trained and self.networks.fusion is not None and self.p["method"] == "network":
                code = self.networks.fusion(dict.fromkeys(LEAVES, own), {node.name: goal for node in NODES})
            else:
                coarse = sum(sizes[: self.networks.layout.coarse])
                code = torch.cat([goal[:, :coarse], own[:, coarse:]], 1)
        before, after = (to_image(self._synthesize(self.precise, packed, None)) for packed in (own, code))
        return before, after

    @torch.no_grad()
    def by_network(self) -> Tensor:
        """The fused code [1, C] by FusionNet: leaves from the sources, everything else the portrait's own.

        New hair brings the alignment code of its node along, as the official code transfers hair
        (docs/methods/stylefusion.md, FusionNet).
        """
        if self.networks.fusion is None:
            return self.by_table()
        own = self.base.code
        leaves = dict.fromkeys(LEAVES, own)
        align = {node.name: own for node in NODES}
        for choice, person in self.parts:
            code = own + choice.amount * (person.code - own)
            leaves[choice.region] = code
            if choice.region == "hair" and self.replaced:
                align["bg_hair_clothes"] = code
        return self.networks.fusion(leaves, align)

    @torch.no_grad()
    def picture(self, code: Tensor | None = None, *, own: bool = False) -> FloatImage:
        """The picture [s, s, 3] in 0..1 of a code (the present one by default), or of the portrait itself."""
        packed = self.base.code if own else (self.code if code is None else code)
        return to_image(self._synthesize(self.precise, packed, self.base.features if own else self.features))

    def _synthesize(self, generator: Generator, code: Tensor, features: Tensor | None) -> Tensor:
        return generator.synthesize_styles(unpack_styles(code, self.networks.layout.sizes), None, features)

    def fit(self, start: Mapping[str, NDArray[np.float32]]) -> Stepper[tuple[int, dict[str, float]], None, None]:
        """Optimise the code so that changed regions get their sources' colours and the rest stays as it is.

        Yields the 1-based step and its losses; the best code is in ``code`` whenever this ends.
        """
        state = _State(leaf(self._started(start), self.generator.device))
        optimiser = SafeAdam(state, [([state.code], self.p["learning_rate"])])
        goals, keep = self._goals(), self._keep()
        target = to_tensor(self.picture(own=True), self.generator.device)
        begin = state.code.detach().clone()
        total = self.p["steps"]
        try:
            for index in range(total):
                time = (index + 0.5) / total
                self.code = state.code.detach()
                image = self._synthesize(self.generator if time < 0.8 else self.precise, state.code, self.features)
                terms = {"keep": masked_square(image, target, keep), "look": self._look(image, goals),
                         "prior": (state.code - begin).square().mean()}
                loss = torch.stack([weight * terms[name] for name, weight in (
                    ("keep", self.p["keep_weight"]), ("look", self.p["look_weight"]), ("prior", 1.0))]).sum()
                state.code.grad = None
                loss.backward(inputs=[state.code])
                optimiser.step(loss.item(), learning_rate_factor(time))
                self.losses = {"total": loss.item(), **{name: term.item() for name, term in terms.items()}}
                yield index + 1, self.losses
        except NothingUseful as error:
            self.warnings.append(f"{error.what} {error.why} The best state before that was kept.")
        finally:
            optimiser.restore_best()
            self.code = state.code.detach()

    def _started(self, start: Mapping[str, NDArray[np.float32]]) -> Tensor:
        if "fused_code" not in start:
            return self.code
        value = np.asarray(start["fused_code"], np.float32)
        if value.shape != tuple(self.code.shape) or not np.isfinite(value).all():
            raise InputRefused("The start latent 'fused_code' does not fit.",
                               f"It is {value.shape}, this model needs {tuple(self.code.shape)} with finite values.",
                               "Start without it, or use the model pack it was made with.")
        return torch.from_numpy(value.copy()).to(self.generator.device)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Named arrays that restart a run from here."""
        return {"fused_code": self.code.detach().float().cpu().numpy().copy()}

    def _keep(self) -> Tensor:
        """Weight [1, 1, s, s] of what is to stay: everything that no choice touches."""
        touched = [self.mask(choice.region) for choice, _ in self.parts]
        kept = 1 - np.max(touched, axis=0) if touched else np.ones(self.picture().shape[:2], np.float32)
        return weight_tensor(np.clip(kept, 0, 1), self.generator.device)

    def _goals(self) -> list[_Goal]:
        """What each region with a source portrait is to reach.

        Not those that the photographs serve: their colours would tint the rest for nothing.
        """
        found = []
        for choice, person in self.parts:
            if person.picture is None or person.masks is None:
                continue
            if self.p["detail"] == "photo" and choice.region in PHOTOGRAPHED:
                continue
            own = weight_tensor((self.base.masks or {})[choice.region], self.generator.device)
            theirs = weight_tensor(person.masks[choice.region], self.generator.device)
            if min(float(own.sum()), float(theirs.sum())) < 4:
                continue
            before = self._statistics(to_tensor(self.picture(own=True), self.generator.device), own)
            after = self._statistics(person.picture, theirs)
            goal = {name: (before[name][0] + choice.amount * (after[name][0] - before[name][0]),
                           before[name][1] + choice.amount * (after[name][1] - before[name][1])) for name in before}
            area = min(1.0, float(own.mean()) / _SURE)
            fixed = {name: (mean.detach(), spread.detach()) for name, (mean, spread) in goal.items()}
            found.append(_Goal(own, area, fixed))
        return found

    def _statistics(self, image: Tensor, mask: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        """Mean and deviation [1, C] over a mask of the colours and of two layers of the feature net."""
        values = {"colour": image, **self.networks.features.extract(image, list(_LOOK_LAYERS))}
        return {name: region_statistics(value, mask) for name, value in values.items()}

    def _look(self, image: Tensor, goals: Sequence[_Goal]) -> Tensor:
        total = image.new_zeros(())
        for goal in goals:
            found = self._statistics(image, goal.mask)
            for name, (mean, spread) in goal.statistics.items():
                scale = mean.square().mean() + spread.square().mean() + _EPS
                apart = (found[name][0] - mean).square().mean() + (found[name][1] - spread).square().mean()
                total = total + goal.weight * apart / scale
        return total / max(1, len(goals))


def region_statistics(values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Weighted mean and deviation [1, C] of values [1, C, h, w] over a mask [1, 1, s, s] shrunk to their side."""
    weight = area_down(mask, values.shape[-1])
    total = weight.sum().clamp_min(_EPS)
    mean = (values * weight).sum((2, 3)) / total
    spread = ((values - mean[..., None, None]).square() * weight).sum((2, 3)) / total
    return mean, (spread + _EPS).sqrt()


@dataclass(eq=False)
class _State:
    """The one tensor that is optimised, as ``SafeAdam`` wants it."""

    code: Tensor

    def snapshot(self) -> list[Tensor]:
        return [self.code.detach().clone()]

    @torch.no_grad()
    def restore(self, values: Sequence[Tensor]) -> None:
        self.code.copy_(values[0])
