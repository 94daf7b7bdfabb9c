"""The loop around a recipe: requests, progress, previews, results."""
