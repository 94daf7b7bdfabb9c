"""Pixel mathematics on numpy and OpenCV."""
