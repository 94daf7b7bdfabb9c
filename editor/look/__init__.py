"""How the window looks and speaks: theme, icons, translation, wording."""
