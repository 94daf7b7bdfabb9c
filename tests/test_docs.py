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
_REFERENCE = re.compile(r"(?<![\w/(\[])\(?(docs/[\w/-]+\.md)(?:,[\s#]+([A-Z][^\n]*\n?[^\n]*))?")
_ELSEWHERE = re.compile(
    r"\b(?:COMPOSITING|DESIGN|PERF|RELIABILITY)\b|\b(?:METHODS|UX|STYLE|FIELD|TRAINING)(?:\.md\b|[\s#]+(?:sections?\b|§|[A-E]?\d))")
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


def referring() -> list[Path]:
    """Every file that may refer to a page."""
    found = [ROOT / "README.md", ROOT / "pyproject.toml"]
    for folder, ending in (("core", "py"), ("editor", "py"), ("tests", "py"), ("packaging", "py"), ("resources", "md")):
        found += sorted((ROOT / folder).rglob(f"*.{ending}"))
    return [file for file in found if file != Path(__file__).resolve()]


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


def test_references_in_the_code_lead_to_a_section() -> None:
    broken = []
    for file in referring():
        for path, rest in _REFERENCE.findall(file.read_text(encoding="utf-8")):
            page, words = ROOT / path, re.sub(r"[\s#]+", " ", rest)
            sections = "|".join(map(re.escape, headings(page))) if page.is_file() else ""
            if not sections or (words and not re.match(rf"(?:{sections})\b", words)):
                broken.append(f"{named(file)}: {path}, {words[:30]}")
    assert not broken


def test_no_reference_leads_out_of_the_repository() -> None:
    found = [f"{named(file)}: {match[0]}" for file in referring()
             for match in _ELSEWHERE.finditer(file.read_text(encoding="utf-8"))]
    assert not found
