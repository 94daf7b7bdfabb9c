"""The shape of the house: nothing imports in a circle, nothing hides its type, and nothing is too long to be read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FUNCTION, LONGEST_FILE = 60, 400
LONG_FUNCTIONS = {"core/compositing/classical.py: compose_classical"}
LONG_FILES = {"editor/canvas/view.py", "editor/run/controller.py", "editor/shell/main_window.py"}
UNTYPED = re.compile(r"\b(request|context): Any\b")
# Modules that know each other where only the type checker looks: by module, what it imports.
CIRCLES_FOR_TYPES: dict[str, dict[str, set[str]]] = {"core": {}, "editor": {}}

def in_circles(package: str, *, with_types: bool) -> dict[str, set[str]]:
    """What is left when modules are taken away that import nothing of what is left, or that nothing left imports.

    Returns:
        by module, what it imports of the others.
    """
    graph = grimp.build_graph(package, exclude_type_checking_imports=not with_types, cache_dir=None)
    left = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    before = -1
    while len(left) != before:
        before = len(left)
        asked_for = set().union(*left.values())
        left = {module: imported & left.keys() for module, imported in left.items()
                if imported & left.keys() and module in asked_for}
    return left


def lengths(source: str) -> Iterator[tuple[str, int]]:
    """Every function and method of a module with its lines; functions inside of functions count with those."""
    for node in ast.parse(source).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        for part in inner:
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
                yield part.name, (part.end_lineno or 0) - part.lineno + 1


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
            for folder in ("core", "editor") for path in sorted((ROOT / folder).rglob("*.py"))}


@pytest.mark.parametrize("package", ["core", "editor"])
def test_no_module_imports_itself_through_others(package: str) -> None:
    assert in_circles(package, with_types=False) == {}
    assert in_circles(package, with_types=True) == CIRCLES_FOR_TYPES[package]


def test_a_request_and_its_context_have_types(sources: dict[str, str]) -> None:
    assert UNTYPED.search("def run(self, request: Any) -> None: ...")
    assert not UNTYPED.search("def run(self, request: Request, others: Any) -> None: ...")
    assert [path for path, source in sources.items() if UNTYPED.search(source)] == []


def test_no_function_and_no_file_is_too_long(sources: dict[str, str]) -> None:
    assert list(lengths("class A:\n    def f(self):\n        pass\n\n\ndef g(): ...\n")) == [("f", 2), ("g", 1)]
    assert {f"{path}: {name}" for path, source in sources.items() for name, lines in lengths(source)
            if lines > LONGEST_FUNCTION} <= LONG_FUNCTIONS
    assert {path for path, source in sources.items() if source.count("\n") > LONGEST_FILE} <= LONG_FILES
