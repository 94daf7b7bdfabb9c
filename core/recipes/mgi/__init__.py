"""Multiple GAN Inversion: several inversions of a warped target compete, and an artist may overrule the choice."""
