"""The style network, and the styles the program draws for it."""
