"""The perceptual feature net."""
