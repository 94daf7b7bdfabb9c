"""StyleGAN Salon: two views of one person, optimised together, so that hair of another pose turns with the head."""
