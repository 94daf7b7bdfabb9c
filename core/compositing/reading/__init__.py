"""Reads the two photographs: labels, mattes, colours, glasses, scarves, and what to refuse."""
