"""What the artist can do: one declaration per action, with its menu and shortcut, and the functions that do it."""
