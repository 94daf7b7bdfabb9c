"""The portrait as the generator sees it."""
