"""What the optimiser minimises, one term per module."""
