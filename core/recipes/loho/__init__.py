"""LOHO: the hair of several portraits by an optimisation of latent codes with orthogonalised gradients."""
