"""The portraits that are learnt from, and how they are split."""
