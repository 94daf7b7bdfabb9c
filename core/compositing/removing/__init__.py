"""Removes the old hair and mends what it covered."""
