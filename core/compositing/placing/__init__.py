"""Places the reference's hair: fit, warp, cut ends, colour, light, shadow."""
