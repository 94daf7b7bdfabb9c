"""Makes the engine's request out of the document as it is now, and tells whether anything of it has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from core.document.document import APPEARANCE, IDENTITY, SHAPE, Document, RunSettings
from core.document.guide import guide_pixels, shown_guides
from core.document.layer import Layer
from core.document.mask import Mask
from core.document.picture import StylePicture
from core.document.source import Source
from core.recipes.catalogue import CATALOGUE
from core.recipes.info import RecipeInfo
from core.recipes.request import Request
from editor.run.source_choices import missing_photo


def _tr(text: str) -> str:
    return QCoreApplication.translate("RunRequest", text)


def recipe_info(document: Document, settings: RunSettings | None = None) -> RecipeInfo:
    """The chosen recipe; the first of the catalogue when the settings name one that does not exist."""
    return CATALOGUE.get((settings or document.settings).recipe) or next(iter(CATALOGUE.values()))


def changes_of(settings: RunSettings, recipe: str) -> dict[str, Any]:
    """The parameters of a recipe that somebody changed, over its preset."""
    return settings.parameters.get(recipe, {})


def roles(document: Document, settings: RunSettings | None = None) -> dict[str, Source]:
    """The photos of a run by role: those that the recipe looks at."""
    found = {"identity": document.identity}
    for slot in recipe_info(document, settings).slots:
        source = document.slot(slot)
        if source is not None:
            found[slot] = source
    return found


def obstacle(document: Document | None, settings: RunSettings | None = None) -> str:
    """Why the document cannot be run as it is, in a sentence; "" when it can."""
    if document is None:
        return _tr("Open a portrait first.")
    if recipe_info(document, settings).needs_reference and not {SHAPE, APPEARANCE} & set(roles(document, settings)):
        return _tr("Add a reference portrait first.")
    settings, info = settings or document.settings, recipe_info(document, settings)
    chosen = info.overrides(settings.preset, changes_of(settings, info.name))
    there = set(roles(document, settings))
    if info.idle is not None and info.idle(chosen, there) and _painted(document.identity.masks["ignore"]) is None:
        return (_tr("Add a reference portrait first.") if there == {IDENTITY}
                else _tr("Nothing would change: choose where a region comes from."))
    return missing_photo(info.params, chosen, document)


def build_request(document: Document, *, stamp: str, start: Mapping[str, NDArray[np.float32]] | None = None,
                  settings: RunSettings | None = None) -> Request:
    """The run that document and settings describe. Its masks are copies: painting goes on meanwhile.

    Args:
        document: must pass ``obstacle``.
        stamp: comes back with the result.
        start: a candidate's latent to continue from.
        settings: other choices than the document's own.
    """
    settings, info = settings or document.settings, recipe_info(document, settings)
    by_role = roles(document, settings)
    # One copy per photo: a photo in two roles with the same mask is analysed once.
    hair = {source.id: source.masks["hair"].effective().copy()
            for source in by_role.values() if _hair_counts(source)}
    edits = {kind: {source.id: _painted(source.masks[kind]) for source in by_role.values() if source.id != IDENTITY}
             for kind in ("ignore", "protect")}
    points = {source.id: {name: np.array(point, np.float64) for name, point in source.face.points.items()}
              for source in by_role.values() if source.face is not None and source.face.by_hand}
    return Request(
        photos={role: source.photo for role, source in by_role.items()},
        hair_masks={role: hair[source.id] for role, source in by_role.items() if source.id in hair},
        ignore=_painted(document.identity.masks["ignore"]),
        protect=_painted(document.identity.masks["protect"]),
        reference_ignore=_by_role(by_role, edits["ignore"]),
        reference_protect=_by_role(by_role, edits["protect"]),
        face_points={role: points[source.id] for role, source in by_role.items() if source.id in points},
        face_index={role: source.face.index for role, source in by_role.items() if source.face is not None},
        pictures={place: picture.photo for place, picture in _pictures(document, info)},
        guide=guide_pixels(document) if "guide" in info.accepts else None,
        recipe=info.name,
        parameters=info.overrides(settings.preset, changes_of(settings, info.name)),
        seed=settings.seed, pack=settings.pack, device=settings.device, blend=settings.blend,
        start=dict(start or {}), stamp=stamp,
    )


def fingerprint(document: Document, settings: RunSettings | None = None) -> tuple[object, ...]:
    """Equal as long as a request made now would ask for the same."""
    settings, info = settings or document.settings, recipe_info(document, settings)
    parts: list[object] = [
        info.name, tuple(sorted(info.values(settings.preset, changes_of(settings, info.name)).items())), settings.seed,
        settings.pack, settings.device, settings.blend,
    ]
    for role, source in roles(document, settings).items():
        parts += [role, source.id, _mask_state(source.masks["hair"]) if _hair_counts(source) else None]
        parts += [_mask_state(source.masks[kind]) for kind in ("ignore", "protect")]
        face = source.face
        parts.append(None if face is None else (face.index, tuple(face.points.items()) if face.by_hand else None))
    parts += [(place, picture.id) for place, picture in _pictures(document, info)]
    if "guide" in info.accepts:
        parts += [_layer_state(layer) for layer in shown_guides(document)]
    return tuple(parts)


def _pictures(document: Document, info: RecipeInfo) -> list[tuple[str, StylePicture]]:
    """Places and pictures that the recipe looks at."""
    return list(document.pictures.items()) if "pictures" in info.accepts else []


def _layer_state(layer: Layer) -> tuple[object, ...]:
    mask = layer.mask if layer.mask_enabled else None
    return (layer.id, id(layer.pixels), layer.origin, layer.opacity, None if mask is None else _mask_state(mask))


def _hair_counts(source: Source) -> bool:
    """Whether the hair mask is the artist's; what the parser suggested is left for the engine to refine."""
    return source.hair_painted or (source.hair_known and source.masks["hair"].adjusted)


def _by_role(by_role: Mapping[str, Source], masks: Mapping[str, NDArray[np.uint8] | None]
             ) -> dict[str, NDArray[np.uint8]]:
    """Masks by source as masks by role, of those sources that have one."""
    found = {role: masks.get(source.id) for role, source in by_role.items()}
    return {role: mask for role, mask in found.items() if mask is not None}


def _painted(mask: Mask) -> NDArray[np.uint8] | None:
    data = mask.effective()
    return data.copy() if data.any() else None


def _mask_state(mask: Mask) -> tuple[int, float, float]:
    return (mask.version, mask.grow, mask.feather)
