"""Opening, saving, exporting and closing, as the File menu names them."""

from __future__ import annotations

from editor.actions.spec import ActionSpec, has_document
from editor.look.translation import QT_TRANSLATE_NOOP as _N

FILE = (
    ActionSpec("file.open", "File", _N("Actions", "&Open…"), ("Ctrl+O",), "open",
               _N("Actions", "Open a portrait to edit"), does=lambda parts: parts.files.choose_file()),
    ActionSpec("file.open_sample", "File", _N("Actions", "Open a sa&mple"), (), "sample",
               _N("Actions", "Open the portrait and the reference that come with the program"),
               does=lambda parts: parts.files.open_sample()),
    ActionSpec("file.add_reference", "File", _N("Actions", "&Add reference…"), ("Ctrl+Shift+O",), "add_reference",
               _N("Actions", "Add a photograph whose hair is wanted"), gap=True,
               does=lambda parts: parts.files.choose_references()),
    ActionSpec("file.add_style", "File", _N("Actions", "Add s&tyle picture…"), (), "mdi6.palette-outline",
               _N("Actions", "Add a picture whose style is wanted; it need not show a face"),
               does=lambda parts: parts.files.choose_references("style"), enabled=has_document),
    ActionSpec("file.save", "File", _N("Actions", "&Save"), ("Ctrl+S",), "save",
               _N("Actions", "Save the project"), gap=True, does=lambda parts: parts.files.save(),
               enabled=has_document),
    ActionSpec("file.save_as", "File", _N("Actions", "Save as…"), ("Ctrl+Shift+S",), "save_as",
               _N("Actions", "Save the project under another name"), does=lambda parts: parts.files.save_as(),
               enabled=has_document),
    ActionSpec("file.export", "File", _N("Actions", "&Export…"), ("Ctrl+Shift+E",), "export",
               _N("Actions", "Write the finished portrait as PNG, TIFF, JPEG or WebP"),
               does=lambda parts: parts.files.export(), enabled=has_document),
    ActionSpec("file.close", "File", _N("Actions", "&Close"), ("Ctrl+W",), "close",
               _N("Actions", "Close this portrait and go back to the start page"), gap=True,
               does=lambda parts: parts.files.close_document(), enabled=has_document),
    ActionSpec("file.quit", "File", _N("Actions", "&Quit"), ("Ctrl+Q",), "quit",
               _N("Actions", "Close the program"), gap=True, does=lambda parts: parts.layout.close()),
)
