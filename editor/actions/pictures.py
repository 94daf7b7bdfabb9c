"""What can be done with style pictures, and which places for photographs the chosen recipe looks at."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from core.document.document import APPEARANCE, SHAPE, Document
from core.document.picture import StylePicture
from core.document.picture_commands import SetPictures
from core.document.roles import EXTRA_ROLES, PICTURES
from editor.run.request import recipe_info
from editor.workspace import Workspace


def _tr(text: str) -> str:
    return QCoreApplication.translate("PictureActions", text)


def picture_title(place: str) -> str:
    """The name of a place for a style picture, for people."""
    return _tr("Style %1").replace("%1", str(PICTURES.index(place) + 1))


def used_places(document: Document) -> tuple[str, ...]:
    """Slots and places that the chosen recipe looks at, in the order in which they are filled."""
    return recipe_info(document).places


def free_slot(document: Document, slot: str) -> str:
    """Where a new reference goes: the slot that was asked for, else the first empty one that the recipe uses.

    Args:
        document: whose slots.
        slot: one of them; "" for none in particular; "extra" for any further portrait; "" comes back when all are full.
    """
    if slot and slot != "extra":
        return slot
    used = used_places(document)
    extras = [name for name in EXTRA_ROLES if slot or name in used]
    wanted = extras if slot else [SHAPE, APPEARANCE, *extras]
    return next((name for name in wanted if name not in document.slots), "")


def free_picture_place(document: Document, place: str = "") -> str:
    """Where a new style picture goes: the place that was asked for, else the first empty one; "" when all are full."""
    return place or next((name for name in PICTURES if name not in document.pictures), "")


def set_picture(workspace: Workspace, place: str, picture: StylePicture) -> None:
    """Put a picture into a place, instead of what is there."""
    document = workspace.document
    if document is not None:
        text = _tr("Replace style picture") if place in document.pictures else _tr("Add style picture")
        pictures = {**document.pictures, place: picture}
        workspace.push(SetPictures({name: pictures[name] for name in PICTURES if name in pictures}, text))


def remove_picture(workspace: Workspace, place: str) -> None:
    """Empty a place."""
    document = workspace.document
    if document is not None and place in document.pictures:
        left = {name: picture for name, picture in document.pictures.items() if name != place}
        workspace.push(SetPictures(left, _tr("Remove style picture")))


def exchange_pictures(workspace: Workspace, first: str, second: str) -> None:
    """Let the pictures of two places change places; an empty one takes what the other held."""
    document = workspace.document
    if document is None or first == second:
        return
    names = {first: second, second: first}
    moved = {names.get(name, name): picture for name, picture in document.pictures.items()}
    if moved != document.pictures:
        workspace.push(SetPictures({name: moved[name] for name in PICTURES if name in moved},
                                   _tr("Move style picture")))


def picture_from_reference(workspace: Workspace, place: str, source_id: str) -> None:
    """Take a reference's photo as a style picture; the reference stays what it is."""
    document = workspace.document
    source = None if document is None else document.sources.get(source_id)
    if document is not None and source is not None:
        set_picture(workspace, place,
                    StylePicture(document.new_id("picture"), source.photo, source.display, source.name))
