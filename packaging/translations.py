"""Collects every text of the window for translators: ``python packaging/translations.py``.

Writes ``resources/translations/coiffe_template.ts``; a translation is a copy of it named ``coiffe_LANGUAGE.ts``, filled
in with Qt Linguist and compiled with ``pyside6-lrelease``.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.recipes.catalogue import CATALOGUE  # noqa: E402

TEMPLATE = ROOT / "resources" / "translations" / "coiffe_template.ts"
_SHORT = re.compile(r'\ndef _tr\(text: str\) -> str:\n    return QCoreApplication\.translate\("(\w+)", text\)\n')


def spelled_out(source: str) -> str:
    """A module's text with its short forms in the words that Qt's collector knows, contexts included."""
    source = re.sub(r"(?<![\w.])_N\(", "QT_TRANSLATE_NOOP(", source)
    short = _SHORT.search(source)
    if short is None:
        return source
    return re.sub(r"(?<![\w.])_tr\(", f'QCoreApplication.translate("{short[1]}", ', _SHORT.sub("\n", source))


def collect(template: Path = TEMPLATE) -> None:
    """Write the template anew from ``editor``, and from what the recipes say of their stages."""
    stages = sorted({title for info in CATALOGUE.values() for title in info.stages.values()})
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for path in sorted((ROOT / "editor").rglob("*.py")):
            copy = Path(folder) / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(spelled_out(path.read_text(encoding="utf-8")), encoding="utf-8")
            copies.append(str(copy))
        titles = Path(folder) / "stages.py"
        titles.write_text("".join(f'QT_TRANSLATE_NOOP("RunText", "{title}")\n' for title in stages), encoding="utf-8")
        copies.append(str(titles))
        listing = Path(folder) / "files.lst"
        listing.write_text("\n".join(copies), encoding="utf-8")
        fresh = Path(folder) / "fresh.ts"
        subprocess.run([str(Path(sys.executable).with_name("pyside6-lupdate")), "-locations", "none",
                        f"@{listing}", "-ts", str(fresh)], check=True)
        template.write_text(fresh.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    collect()
