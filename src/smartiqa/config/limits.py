"""Bounds that settings, options and functions share; nothing here takes long to import."""

MOST_CROPS = 10_000  # of an image, which are held at a time
