"""The pages in ``docs`` tell of what is there, and the code refers to pages and sections that are there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)
_PATH = re.compile(r"(?<![\w./-])(?:core|editor|tests|packaging|resources|typings|docs)/[\w./-]*\w")
_MODULE = re.compile(r"(?<![\w./-])(?:core|editor|tests)(?:\.\w+)+")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@cache
def prose(page: Path) -> str:
    """A page without its code blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


@cache
def headings(page: Path) -> tuple[str, ...]:
    return tuple(_HEADING.findall(prose(page)))


def anchor(heading: str) -> str:
    """The address of a heading within its page."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def missing_module(name: str) -> bool:
    """Whether ``core.a.b.c`` is neither a module nor something that a module defines."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:count])
        file = folder.with_suffix(".py") if folder.with_suffix(".py").is_file() else folder / "__init__.py"
        if file.is_file():
            source = file.read_text(encoding="utf-8")
            return any(not re.search(rf"\b{re.escape(rest)}\b", source) for rest in parts[count:])
    return True


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_names_exists(page: Path) -> None:
    text = prose(page)
    gone = [path for path in _PATH.findall(text) if not (ROOT / path).exists()]
    gone += [name for name in _MODULE.findall(text) if missing_module(name)]
    assert not gone


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, section = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        known = target.exists() and (not section or section in map(anchor, headings(target)))
        if not known:
            broken.append(link)
    assert not broken


def test_the_map_names_every_folder() -> None:
    text = prose(ROOT / "docs" / "map.md")
    folders = {
        file.parent.relative_to(ROOT).as_posix()
        for package in ("core", "editor")
        for pattern in ("*/*.py", "*/*/*.py")
        for file in (ROOT / package).glob(pattern)
    }
    assert sorted(folder for folder in folders if not re.search(rf"`{folder}`", text)) == []
