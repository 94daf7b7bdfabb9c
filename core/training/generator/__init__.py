"""The generator with its encoder, and what is measured on it once it is trained."""
