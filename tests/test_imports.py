"""No circle of imports: what a module needs can be read before it, type checking counted like the rest."""

from __future__ import annotations

import grimp
import pytest


def in_circles(package: str) -> dict[str, set[str]]:
    """What is left when modules that import nothing of what is left are taken away: by module, what it imports."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=False, cache_dir=None)
    left = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    while free := {module for module, imported in left.items() if not imported & left.keys()}:
        left = {module: imported for module, imported in left.items() if module not in free}
    return {module: imported & left.keys() for module, imported in left.items()}


@pytest.mark.parametrize("package", ["editor"])
def test_no_module_imports_itself_through_others(package: str) -> None:
    assert in_circles(package) == {}
