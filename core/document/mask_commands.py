"""Undo steps that change masks; see ``core.document.commands`` for what all steps have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.document.document import Document, Target
from core.document.events import Topic
from core.document.geometry import Rect
from core.document.mask import LARGEST_SPREAD
from core.document.source import Source
from core.document.step import SingleStep
from core.document.tiles import TileDelta, difference


class _HairState:
    """Whether a photo's hair mask counts as the artist's; goes back and forth with the step that touched it."""

    def __init__(self, target: Target, painted: bool) -> None:
        self._target, self._painted = target, painted
        self._before: tuple[bool, bool] | None = None

    def redo(self, document: Document) -> None:
        source = self._source(document)
        if source is not None:
            self._before = (source.hair_painted, source.hair_known)
            source.hair_painted, source.hair_known = self._painted, True

    def undo(self, document: Document) -> None:
        source = self._source(document)
        if source is not None and self._before is not None:
            source.hair_painted, source.hair_known = self._before

    def _source(self, document: Document) -> Source | None:
        return document.sources.get(self._target.item) if self._target.role == "hair" else None


class MaskEdit(SingleStep):
    """A stroke, lasso or fill that is already in the mask: its first redo only announces it.

    Made by ``capture_mask_edit``. Where everything was announced while it was painted, the first redo announces an
    empty rectangle: the mask is now settled, and nothing has to be drawn again.
    """

    def __init__(self, target: Target, atoms: TileDelta, text: str, *, announced: bool = False) -> None:
        self.target, self.text = target, text
        self._delta = atoms
        self._hair = _HairState(target, painted=True)
        self._painted_already = True
        self._announced = announced

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._delta.size

    @property
    def rect(self) -> Rect:
        """Where the mask changes."""
        return self._delta.rect

    def compact(self) -> None:
        """Hold fewer bytes from now on; may run in another thread, since compressing takes as long as painting."""
        self._delta.compact()

    def redo(self, document: Document) -> None:
        """Paint it again."""
        mask = document.mask(self.target)
        if mask is None:
            return
        first, self._painted_already = self._painted_already, False
        if not first:
            self._delta.write_after(mask.data)
        self._hair.redo(document)
        if first and self._announced:
            document.changed(Topic.MASK, self.target.item, self.target.role, Rect(0, 0, 0, 0))
        else:
            _announce(document, self.target, self._delta.rect)

    def undo(self, document: Document) -> None:
        """Take it back."""
        mask = document.mask(self.target)
        if mask is None:
            return
        self._delta.write_before(mask.data)
        self._hair.undo(document)
        _announce(document, self.target, self._delta.rect)


def capture_mask_edit(
    document: Document, target: Target, before: NDArray[np.uint8], rect: Rect | None, text: str,
    *, announced: bool = False,
) -> MaskEdit | None:
    """The undo step of something that was just painted into a mask.

    Args:
        document: holds the mask, already painted.
        target: which mask.
        before: [H, W] uint8, the whole mask as it was.
        rect: where it may differ; None = anywhere.
        text: for the history.
        announced: every change was announced while it was painted.

    Returns:
        The step to push, or None when nothing changed (or the mask is gone).
    """
    mask = document.mask(target)
    if mask is None or before.shape != mask.data.shape:
        return None
    delta = difference(before, mask.data, mask.bounds if rect is None else rect, packed=False)
    return None if delta is None else MaskEdit(target, delta, text, announced=announced)


class SetMask(SingleStep):
    """Replaces a whole mask: fill, clear, invert, load.

    Args:
        target: which mask.
        data: [H, W] uint8 of the mask's size, or how it differs from the mask.
        text: for the history.
        painted: whether a hair mask counts as the artist's from now on; False for the parser's own suggestion.
        spread: (grow, feather) to set at the same time; None leaves them.
    """

    def __init__(self, target: Target, data: NDArray[np.uint8] | TileDelta, text: str, *, painted: bool = True,
                 spread: tuple[float, float] | None = None) -> None:
        self.target, self.text = target, text
        self._data: NDArray[np.uint8] | None = None
        self._delta: TileDelta | None = None
        if isinstance(data, TileDelta):
            self._delta = data
        else:
            self._data = data
        self._hair = _HairState(target, painted)
        self._spread = spread
        self._spread_before = (0.0, 0.0)

    @property
    def size(self) -> int:
        """Bytes held."""
        waiting = 0 if self._data is None else self._data.nbytes
        return waiting + (0 if self._delta is None else self._delta.size)

    def compact(self) -> None:
        """Hold fewer bytes from now on; may run in another thread, as for ``MaskEdit``."""
        if self._delta is not None:
            self._delta.compact()

    def redo(self, document: Document) -> None:
        """Put the new mask in.

        Raises:
            ValueError: it has another size than the mask.
        """
        mask = document.mask(self.target)
        if mask is None:
            return
        if self._data is not None:
            if self._data.shape != mask.data.shape or self._data.dtype != np.uint8:
                raise ValueError(f"the mask is {mask.data.shape}, not {self._data.shape} {self._data.dtype}")
            self._delta = difference(mask.data, self._data, mask.bounds, packed=False)
            self._data = None
        if self._delta is not None:
            self._delta.write_after(mask.data)
        self._spread_before = (mask.grow, mask.feather)
        if self._spread is not None:
            mask.grow, mask.feather = self._spread
        self._hair.redo(document)
        self._announce(document)

    def undo(self, document: Document) -> None:
        """Put the old mask back."""
        mask = document.mask(self.target)
        if mask is None:
            return
        if self._delta is not None:
            self._delta.write_before(mask.data)
        if self._spread is not None:
            mask.grow, mask.feather = self._spread_before
        self._hair.undo(document)
        self._announce(document)

    def _announce(self, document: Document) -> None:
        everywhere = self._spread is not None
        rect = None if everywhere else Rect(0, 0, 0, 0) if self._delta is None else self._delta.rect
        _announce(document, self.target, rect)


class SetMaskSpread:
    """Sets growth and feather of a mask, photo pixels; the painted mask stays as it is. A drag is one step."""

    def __init__(self, target: Target, grow: float, feather: float, text: str = "Grow and feather") -> None:
        self.target, self.text = target, text
        self._after = (min(max(float(grow), -LARGEST_SPREAD), LARGEST_SPREAD),
                       min(max(float(feather), 0.0), LARGEST_SPREAD))
        self._before = (0.0, 0.0)
        self._hair = _HairState(target, painted=True)

    size = 200

    @property
    def merge_key(self) -> str:
        """Steps on one mask merge."""
        return f"spread {self.target.item} {self.target.role}"

    def redo(self, document: Document) -> None:
        """Set the new values."""
        mask = document.mask(self.target)
        if mask is not None:
            self._before = (mask.grow, mask.feather)
            mask.grow, mask.feather = self._after
            self._hair.redo(document)
            _announce(document, self.target, None)

    def undo(self, document: Document) -> None:
        """Set the old values."""
        mask = document.mask(self.target)
        if mask is not None:
            mask.grow, mask.feather = self._before
            self._hair.undo(document)
            _announce(document, self.target, None)

    def merge(self, other: object) -> bool:
        """Take over the values of a later step on the same mask."""
        if not isinstance(other, SetMaskSpread) or other.target != self.target:
            return False
        self._after = other._after
        return True


def _announce(document: Document, target: Target, rect: Rect | None) -> None:
    mask = document.mask(target)
    if mask is not None:
        mask.touch()
    document.changed(Topic.MASK, target.item, target.role, rect)
