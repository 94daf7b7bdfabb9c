"""Files: images in, images and reports out, nothing ever half-written."""
