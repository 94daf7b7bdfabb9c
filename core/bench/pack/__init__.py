"""A model pack measured whole."""
