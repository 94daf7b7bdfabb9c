"""What the engine advises is said in words of the window, whatever it advises."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import core
from editor.look.wording import advice_for_window, for_window
from editor.workspace import Notice

COMMAND_LINE_ONLY = ("commands", "training", "bench", "cli.py")


def texts() -> Iterator[str]:
    """Every text in what the engine can say that names an option of the command line."""
    folder = Path(core.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if path.relative_to(folder).parts[0] in COMMAND_LINE_ONLY:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = ""
            if isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "shape" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                text = node.value
            if re.search(r"--[a-z]{2}", text) and text.rstrip().endswith("."):
                yield text


def test_no_advice_names_an_option_of_the_command_line():
    found = list(texts())
    assert found
    for text in found:
        assert "--" not in advice_for_window(text), text


@pytest.mark.parametrize(("advice", "shown"), [
    ("Give one with --shape or --appearance.", "Add a reference in the References panel."),
    ("Leave out --hair-shape, or give --shape.", "Add a photo as the shape reference in the References panel."),
    ("Install the pack 'starter' again, or choose another one with --pack.",
     "Install the pack 'starter' again, or choose another one in the Recipe panel."),
    ("Try a larger photo. See --help for more.", "Try a larger photo."),
    ("Choose my--photo.png again.", "Choose my--photo.png again."),
    ("", ""),
])
def test_advice(advice, shown):
    assert advice_for_window(advice) == shown


def test_only_the_advice_changes():
    notice = Notice("What --pack did", "Why.", "Use --device cpu.", "warning", "detail")
    assert for_window(notice) == Notice("What --pack did", "Why.", "Run on the processor instead.", "warning", "detail")
