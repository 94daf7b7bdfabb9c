"""What the engine advises names no option of the command line; the command line does."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import core
from core.cli import explain
from core.commands.advice import SENTENCES, in_one_line, next_step
from core.errors import Advice, InputRefused

COMMAND_LINE_ONLY = ("commands", "training", "bench", "cli.py")


def texts(source: str) -> Iterator[str]:
    """Every text of a module but its docstrings, with "x" for what is filled in."""
    tree = ast.parse(source)
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def options_in(source: str) -> list[str]:
    return [text for text in texts(source) if re.search(r"(?<![\w-])--[a-z]", text)]


def test_the_engine_names_no_option_of_the_command_line():
    folder = Path(core.__file__).parent
    named = {str(path.relative_to(folder)): options_in(path.read_text(encoding="utf-8"))
             for path in sorted(folder.rglob("*.py")) if path.relative_to(folder).parts[0] not in COMMAND_LINE_ONLY}
    assert {path: found for path, found in named.items() if found} == {}


def test_an_option_would_be_found():
    assert options_in('"""Not --this."""\nraise E(f"Give --{role}.", "Use --device cpu.")') == [
        "Give --x.", "Use --device cpu."]


def test_the_command_line_has_a_sentence_for_every_advice():
    assert set(SENTENCES) == set(Advice)
    for advice, sentence in SENTENCES.items():
        assert set(re.findall(r"{(\w+)", sentence)) == set(re.findall(r"{(\w+)", advice.value))
        assert "--" in sentence


@pytest.mark.parametrize(("error", "said"), [
    (InputRefused("No.", "", Advice.GIVE_PHOTO, role="shape"), "Leave out --hair-shape, or give --shape."),
    (InputRefused("No.", "", Advice.INSTALL_PACK_AGAIN, pack="starter"),
     "Install the pack 'starter' again, or choose another one with --pack."),
    (InputRefused("No.", "", "Paint {the} hair."), "Paint {the} hair."),
    (InputRefused("No."), ""),
])
def test_advice_in_words(error, said, capsys):
    assert next_step(error) == said
    assert in_one_line(error) == f"No. {said}".strip()
    explain(error)
    assert capsys.readouterr().err == "error: No.\n" + (f"  next: {said}\n" if said else "")
