"""The docks and bars around the canvas; each talks to the others only through the workspace."""
