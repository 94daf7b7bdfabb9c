"""The samples that ship with the program: pairs of a portrait and a reference, some with their hair already found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.settings import resources_folder


def _tr(text: str) -> str:
    return QCoreApplication.translate("Samples", text)


@dataclass(frozen=True)
class Sample:
    """A portrait and a reference to try the program with.

    Attributes:
        title: what they are, for the card.
        about: who they are, for its tip.
        portrait, reference: the pictures.
    """

    title: str
    about: str
    portrait: Path
    reference: Path


def hair_mask(picture: Path) -> Path | None:
    """The hair mask that comes with a sample's picture."""
    path = picture.with_name(f"{picture.stem}-hair.png")
    return path if path.is_file() else None


def samples() -> tuple[Sample, ...]:
    """All of them; the first is what "Open a sample" opens."""
    folder = resources_folder() / "samples"
    nobody = _tr("Painted by the model that comes with Coiffe; each face is mixed from three people")
    return (
        Sample(_tr("A portrait and copper hair"),
               _tr("Eileen Collins, photographed by NASA (public domain)"),
               folder / "portrait.jpg", folder / "reference.jpg"),
        *(Sample(title, nobody, folder / "people" / f"{portrait}.png", folder / "people" / f"{reference}.png")
          for title, portrait, reference in (
              (_tr("Long dark hair and a blond bob"), "long-dark", "blond-bob"),
              (_tr("Long hair and a short cut"), "long-brown", "short-cut"),
              (_tr("Dark hair and grey hair"), "short-dark", "short-grey"),
          )),
    )
