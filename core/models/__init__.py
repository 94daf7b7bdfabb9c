"""Model packs: what they contain, where they are, and whether they are intact."""
