"""Which export options an artist chose last, by format, and where exported files go."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from pathlib import Path

from core.document.document import Document
from core.io.export import EXTENSIONS, ExportOptions
from editor.files.export_job import SUFFIXES
from editor.settings import Settings

_KEY, _FOLDER = "export", "export_folder"
_DEFAULTS = {
    "PNG": ExportOptions("PNG", location=False, provenance=True),
    "TIFF": ExportOptions("TIFF", location=False, provenance=True),
    "JPEG": ExportOptions("JPEG", quality=95, location=False, provenance=True),
    "WEBP": ExportOptions("WEBP", quality=90, location=False, provenance=True),
}
_NOT_KEPT = {"format", "size"}


def last_format(settings: Settings) -> str:
    """The format exported last; PNG at first."""
    kept = settings.get(_KEY, {}).get("format")
    return kept if kept in _DEFAULTS else "PNG"


def last_options(settings: Settings, format_name: str) -> ExportOptions:
    """The options last used with a format; values that make no sense count as absent."""
    options = _DEFAULTS[format_name]
    kept = settings.get(_KEY, {}).get(format_name)
    if not isinstance(kept, dict):
        return options
    changes = {}
    for field in fields(ExportOptions):
        value = kept.get(field.name)
        if field.name not in _NOT_KEPT and type(value) is type(getattr(options, field.name)):
            changes[field.name] = value
    options = replace(options, **changes)
    depth = options.bit_depth if options.bit_depth in (0, 8, 16) else 0
    return replace(options, bit_depth=depth, quality=min(max(options.quality, 1), 100))


def keep_options(settings: Settings, options: ExportOptions) -> None:
    """Remember what was exported with."""
    values = {name: value for name, value in asdict(options).items() if name not in _NOT_KEPT}
    settings.set(_KEY, {**settings.get(_KEY, {}), "format": options.format, options.format: values})


def suggested_path(settings: Settings, document: Document, format_name: str, name: str) -> Path:
    """Where an export goes unless the artist says otherwise: where the last one went, else beside the photograph.

    Args:
        settings: what is remembered.
        document: what is exported.
        format_name: decides the ending.
        name: pattern with {0} for the portrait's name.
    """
    stem = Path(document.identity.name).stem or "portrait"
    return _folder(settings, document) / (name.format(stem) + SUFFIXES[format_name])


def keep_folder(settings: Settings, folder: Path) -> None:
    """Remember where an export went."""
    settings.set(_FOLDER, str(folder))


def with_suffix(path: Path, format_name: str) -> Path:
    """The path with an ending that tells the format."""
    suffix = path.suffix.lower()
    if EXTENSIONS.get(suffix) == format_name:
        return path
    if suffix in EXTENSIONS:
        return path.with_suffix(SUFFIXES[format_name])
    return path.with_name(path.name + SUFFIXES[format_name])


def is_source(path: Path, document: Document) -> bool:
    """Whether a file is one of the photographs of the document."""
    for source in document.sources.values():
        photo = source.photo.path
        try:
            if photo is not None and (path.samefile(photo) if path.exists() and photo.exists() else path == photo):
                return True
        except OSError:
            continue
    return False


def _folder(settings: Settings, document: Document) -> Path:
    kept = settings.get(_FOLDER, "")
    if kept and Path(kept).is_dir():
        return Path(kept)
    photo = document.identity.photo.path
    places = [None if document.path is None else document.path.parent, None if photo is None else photo.parent]
    return next((place for place in places if place is not None and place.is_dir()), settings.last_folder)
