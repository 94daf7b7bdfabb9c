"""Style transfer: the manner of a picture on hair, background or the whole portrait."""
