"""The adjustable values of the inversion, each declared once with its default and its reason."""

from __future__ import annotations

from core.recipes.base import Param

SPACES = ("w", "w+", "s", "f")

PARAMS: tuple[Param, ...] = (
    Param("space", str, "f", "Latent space", "w: one vector; w+: one per layer; s: channel styles; f: w+, then noise "
          "and the feature map, which reproduces best.", choices=SPACES),
    Param("steps", int, 150, "Steps", "Optimisation steps.", 1, 5000),
    Param("learning_rate", float, 0.03, "Learning rate", "Peak step of the latent vectors.", 0.0, 10.0),
    Param("feature_rate", float, 0.03, "Feature map rate", "Peak step of the feature map.", 0.0, 10.0),
    Param("noise_rate", float, 0.03, "Noise rate", "Peak step of the noise maps.", 0.0, 10.0),
    Param("pixel_weight", float, 20.0, "Pixel weight", "Weight of the mean squared colour difference.", 0.0, 1000.0),
    Param("perceptual_weight", float, 1.0, "Feature weight", "Weight of the feature distance.", 0.0, 1000.0),
    Param("noise_weight", float, 1e5, "Noise regularisation", "Keeps noise maps free of picture content.", 0.0, 1e7),
    Param("prior_weight", float, 0.1, "Start prior", "Pull towards the encoder's answer, outside a dead zone.",
          0.0, 100.0),
    Param("jitter", float, 0.0, "Latent jitter", "Random shaking of the latents at the beginning; 0.05 when there is "
          "no encoder start.", 0.0, 1.0),
    Param("encoder_start", bool, True, "Encoder start", "Start from the encoder's answer; off: from the mean face."),
    Param("blocks", str, "sum", "Blocks", "Whether feature blocks are summed or averaged.", choices=("sum", "mean")),
)
