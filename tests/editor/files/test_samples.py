"""The samples: each opens as a pair with its hair known, from the start page and from the menu."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from core.faces.analyse import analyse
from core.io.image import read_mask, read_photo
from core.models.pack import open_pack
from editor.files.samples import hair_mask, samples

PAINTED = samples()[1:]


def opened(window, qtbot, sample):
    qtbot.waitUntil(lambda: window.workspace.document is not None
                    and len(window.workspace.document.references) == 1)
    document = window.workspace.document
    assert (document.identity.name, document.references[0].name) == (sample.portrait.name, sample.reference.name)
    return document


def test_the_start_page_offers_all_samples(window):
    cards = window.start_page._cards
    assert [card.accessibleName() for card in cards.values()] == [sample.title for sample in samples()]
    assert all(not card.icon().isNull() for card in cards.values())
    window.resize(1500, 900)
    assert all(card.isVisible() for card in cards.values())
    places = [card.geometry() for card in cards.values()]
    assert not any(one.intersects(other) for k, one in enumerate(places) for other in places[k + 1:])


@pytest.mark.parametrize("sample", PAINTED, ids=lambda sample: sample.portrait.stem)
def test_a_card_opens_its_pair_with_the_hair_known(window, qtbot, settings, sample):
    card = window.start_page._cards[sample.portrait]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    document = opened(window, qtbot, sample)
    for source in document.sources.values():
        assert source.hair_known
        assert not source.hair_painted
        assert 0.05 < (source.masks["hair"].data > 127).mean() < 0.6
    assert settings.recent == []
    assert not window.workspace.modified


def test_the_menu_offers_those_that_no_button_opens(window, qtbot):
    menu = window.findChild(QMenu, "File/Samples")
    assert [action.text() for action in menu.actions()] == [sample.title for sample in PAINTED]
    menu.actions()[-1].trigger()
    opened(window, qtbot, PAINTED[-1])


@pytest.mark.parametrize("picture", [path for sample in PAINTED for path in (sample.portrait, sample.reference)],
                         ids=lambda path: path.stem)
def test_the_masks_are_what_the_program_finds(picture):
    photo = read_photo(picture)
    mask = read_mask(hair_mask(picture), (photo.width, photo.height), name="hair mask") > 127
    found = analyse(photo, open_pack("starter")).hair > 0.5
    assert (mask & found).sum() / (mask | found).sum() > 0.95


def test_photographs_come_without_masks():
    assert hair_mask(samples()[0].portrait) is None
    assert np.all([path.is_file() for sample in samples() for path in (sample.portrait, sample.reference)])
