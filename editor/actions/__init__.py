"""What the artist can do: one declaration per action, and the functions that do it."""
