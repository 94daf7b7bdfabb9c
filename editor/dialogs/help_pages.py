"""The help pages that come with the program, one for each recipe that has one."""

from __future__ import annotations

from pathlib import Path

from core.settings import resources_folder


def help_folder() -> Path:
    """Where pages and their pictures are."""
    return resources_folder() / "help"


def page_of(recipe: str) -> Path | None:
    """The page of a recipe, None when it has none."""
    path = help_folder() / f"{recipe}.md"
    return path if recipe.replace("_", "").isalnum() and path.is_file() else None
