"""FusionNet, which mixes the regions of several portraits."""
