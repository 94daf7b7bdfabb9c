"""What a recipe finds prepared: the portraits, the networks of the pack, one source of randomness, the stop flag."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from core.compositing.composite import Composite
from core.document.photo import Photo
from core.errors import Advice, Cancelled, InputRefused
from core.faces.face import REGIONS, Portrait
from core.generators.base import Encoder, FeatureNet, Generator
from core.models.pack import Pack
from core.recipes.ingredients import Ingredients

if TYPE_CHECKING:
    from core.generators.repair import Repairer

# Input side of the regions net.
PARSER_SIZE = 256

ParseCrop = Callable[[NDArray[np.float32]], tuple[NDArray[np.uint8], NDArray[np.float32]]]


def _carry_on() -> None:
    """Nobody wants anything to end."""


@dataclass(eq=False)
class Context:
    """One run's surroundings. Networks are loaded when first asked for and kept.

    Attributes:
        pack: the model pack.
        device: where torch computes.
        dtype: of the generator's activations; None = what is fastest on this device.
        rng: the only source of randomness of a run, on the CPU.
        portraits: analysed photos by role.
        stopping: set when the recipe is to return its best state after the next yield.
        seconds: time per part, filled by runner and recipes.
        check: called by long computations between two of their parts; waits while paused, raises to end them.
        guides: the latest composites and what they were made of, the quick one under True, for a run that needs the
            same ones again (see ``core.recipes.kit.guide``).
    """

    pack: Pack
    device: torch.device
    rng: torch.Generator
    portraits: Mapping[str, Portrait] = field(default_factory=dict)
    dtype: torch.dtype | None = None
    stopping: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    check: Callable[[], None] = _carry_on
    guides: dict[bool, tuple[Ingredients, Composite]] = field(default_factory=dict)
    _loaded: dict[str, Any] = field(default_factory=dict)

    def begin(self, seed: int) -> None:
        """Make ready for a new run: same seed, same random numbers, whatever ran before."""
        self.rng.manual_seed(int(seed) & 0x7FFF_FFFF_FFFF_FFFF)
        self.stopping = False
        self.seconds.clear()

    def stop(self) -> None:
        """Ask the recipe to return its best state after its next yield."""
        self.stopping = True

    def check_finishing(self) -> None:
        """As ``check``, for the part of a run that makes a result of the best so far: it waits while paused, and a wish
        to end with that best, which is being done already, ends nothing."""
        with contextlib.suppress(Cancelled):
            self.check()

    @property
    def photo(self) -> Photo:
        """The photo being edited."""
        return self.portraits["identity"].photo

    @property
    def dtype_name(self) -> str:
        """Type of the generator's activations, for the report; float32 when no generator was used."""
        used = getattr(self._loaded.get("generator"), "dtype", None) or self.dtype or torch.float32
        return str(used).removeprefix("torch.")

    def _once(self, name: str, load: Callable[[], Any]) -> Any:
        if name not in self._loaded:
            self._loaded[name] = load()
        return self._loaded[name]

    def loaded(self, name: str, load: Callable[[], Any]) -> Any:
        """What ``load`` makes, kept under a name of the recipe's own."""
        return self._once(name, load)

    def generator(self) -> Generator:
        """The pack's generator, weights frozen."""
        from core.generators.load import load_generator

        return self._once("generator", lambda: load_generator(self.pack, device=self.device, dtype=self.dtype))

    def encoder(self) -> Encoder:
        """The pack's encoder."""
        from core.generators.load import load_encoder

        return self._once("encoder", lambda: load_encoder(self.pack, device=self.device))

    def repairer(self) -> Repairer | None:
        """The pack's network for removed hair, None where it has none."""
        if "repair" not in self.pack:
            return None
        from core.generators.repair import load_repairer

        return self._once("repairer", lambda: load_repairer(self.pack, device=self.device))

    def features(self) -> FeatureNet:
        """LPIPS on VGG-16 where the pack has those weights, otherwise the pack's own feature net."""
        return self._once("features", self._load_features)

    def _load_features(self) -> FeatureNet:
        if "vgg16" in self.pack:
            from core.losses.lpips_net import load_lpips

            return load_lpips(self.pack, self.device)
        from core.losses.feature_net import load_features

        return load_features(self.pack, device=self.device)

    def parser(self) -> ParseCrop:
        """The regions net for pictures that are crops already: [s, s, 3] in 0..1 to labels and soft hair, [s, s]."""
        return self._once("parser", self._load_parser)

    def _load_parser(self) -> ParseCrop:
        from core.faces.regions import load_regions

        net = load_regions(self.pack.path("regions"))

        def parse(image: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
            size = image.shape[0]
            pixels = np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
            logits = net.logits(cv2.resize(pixels, (PARSER_SIZE, PARSER_SIZE), interpolation=cv2.INTER_LINEAR)[None])[0]
            logits = cv2.resize(logits, (size, size), interpolation=cv2.INTER_AREA)
            labels = logits[..., : len(REGIONS)].argmax(axis=2).astype(np.uint8)
            hair = 1 / (1 + np.exp(-logits[..., len(REGIONS)]))
            return labels, np.clip((hair - 0.04) / 0.92, 0, 1).astype(np.float32)

        return parse


def choose_device(name: str) -> torch.device:
    """"auto", "cpu" or "cuda" as a device; auto takes a GPU where there is one.

    Raises:
        InputRefused: unknown name, or no such device here.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise InputRefused(f"Unknown device {name!r}.", "", "Choose auto, cpu or cuda.")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputRefused("There is no CUDA device.", "PyTorch finds no usable NVIDIA GPU.", Advice.USE_PROCESSOR)
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
