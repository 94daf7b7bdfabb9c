"""Every text of the window can be translated: the template has it, under the name it is looked up by."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

from editor.actions import layers as layer_actions

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("translations", ROOT / "packaging" / "translations.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def texts(template: Path) -> dict[str, set[str]]:
    root = ElementTree.parse(template).getroot()
    return {context.findtext("name"): {message.findtext("source") for message in context.iter("message")}
            for context in root.iter("context")}


def test_the_template_has_every_text(tool, tmp_path):
    fresh = tmp_path / "fresh.ts"
    tool.collect(fresh)
    assert texts(fresh) == texts(tool.TEMPLATE), "run: python packaging/translations.py"


def test_every_text_has_a_context_that_is_looked_up(tool):
    found = texts(tool.TEMPLATE)
    # What is written as something.tr(...) would get the variable's name.
    assert all(name[:1].isupper() or name.startswith("_") for name in found)
    assert "Multiply" in found["LayerActions"]
    assert "Open &recent" in found["Menus"]


def test_a_filled_template_is_what_the_window_says(tool, tmp_path, qapp):
    source = tmp_path / "coiffe_xx.ts"
    tree = ElementTree.parse(tool.TEMPLATE)
    for message in tree.getroot().iter("message"):
        translation = message.find("translation")
        translation.text = f"<{message.findtext('source')}>"
        del translation.attrib["type"]
    tree.write(source, encoding="utf-8", xml_declaration=True)
    compiled = source.with_suffix(".qm")
    subprocess.run([str(Path(sys.executable).with_name("pyside6-lrelease")), "-silent", str(source), "-qm",
                    str(compiled)], check=True)
    translator = QTranslator()
    assert translator.load(str(compiled))
    QCoreApplication.installTranslator(translator)
    try:
        assert layer_actions.blend_mode_title("multiply") == "<Multiply>"
    finally:
        QCoreApplication.removeTranslator(translator)
