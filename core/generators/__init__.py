"""StyleGAN2 and the encoder that feeds it."""
