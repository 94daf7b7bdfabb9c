"""What the artist edits. Imports neither torch nor Qt, so opening a project stays instant."""
