"""How the starter pack's networks are made."""
