"""The picture on the canvas against the exact composite, whatever changes and however it is looked at."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from core.document.commands import AddLayer, MoveLayer, RemoveLayer, SetLayer, SetMaskSpread
from core.document.composite import flatten
from core.document.document import Target
from core.document.events import Topic
from core.document.geometry import Rect
from core.document.layer import BLEND_MODES
from core.document.mask import Mask
from editor.canvas import level_cache
from editor.canvas.display_cache import MODES, DisplayCache, plain_picture
from editor.canvas.tiles import halved
from editor.canvas.viewport import Viewport
from tests.editor.canvas.pixels import to_array
from tests.editor.canvas.stage import layer, picture


def shown(cache: DisplayCache, width: int, height: int, scale: float = 1.0) -> np.ndarray:
    """The picture drawn at a scale, its corner at the corner; [h, w, 3] int."""
    viewport = Viewport()
    size = round(width * scale), round(height * scale)
    viewport.set_window(*size, 1.0)
    viewport.zoom_to(scale)
    viewport.centre = QPointF(width / 2, height / 2)
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill(0xFF808080)
    with QPainter(image) as painter:
        assert cache.picture is not None
        assert cache.picture.paint(painter, viewport, QRectF(0, 0, *size))
    return to_array(image)[..., :3].astype(int)


@pytest.fixture
def cache(workspace):
    cache = DisplayCache(workspace, "identity")
    workspace.changed.connect(cache.apply)
    return cache


def check(cache, document, tolerance=2):
    gap = np.abs(shown(cache, document.width, document.height) - flatten(document)).max()
    assert gap <= tolerance


@pytest.fixture
def added(workspace):
    """A layer that was added to the document."""
    made = layer("layer-1", 150, 120, 5, origin=(41, 33))
    workspace.push(AddLayer(made))
    return made


def paint(document, made, rect, value: int) -> None:
    """Set a part of a layer's mask, and say so."""
    made.mask.data[rect.slices()] = value
    made.mask.touch()
    document.changed(Topic.MASK, made.id, "layer", rect)


def test_a_photo_is_shown_bit_for_bit(cache, document):
    assert np.array_equal(shown(cache, document.width, document.height), document.identity.display)


def test_every_mode_is_known():
    assert set(MODES) == set(BLEND_MODES)


@pytest.mark.parametrize("mode", BLEND_MODES)
def test_modes_match_the_exact_composite(cache, document, workspace, mode):
    workspace.push(AddLayer(layer("layer-1", 150, 120, 5, origin=(41, 33), blend_mode=mode, opacity=0.7)))
    # Dodge and burn divide: eight bits of a premultiplied colour leave a little more rounding there.
    check(cache, document, tolerance=4 if mode in ("color-dodge", "color-burn") else 2)


def test_four_layers_in_order(cache, document, workspace):
    for index, (mode, origin) in enumerate((("normal", (0, 0)), ("multiply", (-20, 30)), ("screen", (150, 90)))):
        workspace.push(AddLayer(layer(f"layer-{index}", 180, 140, index, origin=origin, blend_mode=mode)))
    check(cache, document, tolerance=3)
    workspace.push(MoveLayer("layer-0", 3))
    check(cache, document, tolerance=3)
    workspace.push(RemoveLayer("layer-1"))
    check(cache, document, tolerance=3)
    workspace.undo.undo()
    workspace.undo.undo()
    check(cache, document, tolerance=3)


@pytest.mark.parametrize("change", [
    {"opacity": 0.3}, {"visible": False}, {"blend_mode": "difference"}, {"mask_enabled": False}, {"origin": (5, 60)},
])
def test_a_changed_property_shows_at_once(cache, document, workspace, change):
    workspace.push(AddLayer(layer("layer-1", 150, 120, 5, origin=(41, 33))))
    check(cache, document)
    workspace.push(SetLayer("layer-1", **change))
    check(cache, document)
    workspace.undo.undo()
    check(cache, document)


def test_a_painted_layer_mask_shows_where_it_was_painted(cache, document, added):
    check(cache, document)
    paint(document, added, Rect(5, 10, 60, 40), 200)
    check(cache, document)


def test_growth_and_feather_of_a_layer_mask_show(cache, document, workspace, added):
    workspace.push(SetMaskSpread(Target("layer-1", "layer"), 6, 9))
    check(cache, document)
    paint(document, added, Rect(100, 20, 140, 30), 255)
    check(cache, document)


def test_a_hidden_layer_painted_meanwhile_comes_back_right(cache, document, workspace, added):
    check(cache, document)
    workspace.push(SetLayer("layer-1", visible=False))
    assert added.mask is not None
    added.mask.data[:] = 255
    added.mask.touch()
    document.changed(Topic.MASK, "layer-1", "layer", None)
    workspace.push(SetLayer("layer-1", visible=True))
    check(cache, document)


def test_exchanged_pixels_show(cache, document, added):
    check(cache, document)
    added.pixels = added.display = picture(150, 120, 77)
    document.changed(Topic.PIXELS, "layer-1", rect=added.rect)
    check(cache, document)


def test_the_photo_is_always_there_as_in_the_composite(cache, document, workspace):
    document.layers[0].visible = False
    document.changed(Topic.LAYER, "base")
    check(cache, document)


@pytest.mark.parametrize("level", [1, 2])
def test_zoomed_out_the_mean_of_pixels_is_shown(cache, document, workspace, level):
    workspace.push(AddLayer(layer("layer-1", 150, 120, 5, origin=(41, 33), opacity=0.8)))
    scale = 0.5 ** level
    wanted = flatten(document)
    for _ in range(level):
        wanted = halved(wanted)
    got = shown(cache, document.width, document.height, scale)
    rows, columns = min(len(got), len(wanted)) - 1, min(got.shape[1], wanted.shape[1]) - 1
    gap = np.abs(got[:rows, :columns] - wanted[:rows, :columns])
    # Layers are made small before they are laid over each other: along a mask's edge that differs a little.
    assert gap.mean() < 1.5
    assert gap.max() <= 24


def test_drawn_in_pieces_is_drawn_alike(workspace, document):
    picture_ = plain_picture(document.identity.display)
    viewport = Viewport()
    viewport.set_window(260, 200, 1.0)
    viewport.zoom_to(0.71)
    viewport.centre = QPointF(151.3, 99.7)
    whole, pieces = (QImage(260, 200, QImage.Format.Format_RGB32) for _ in range(2))
    whole.fill(0)
    pieces.fill(0)
    with QPainter(whole) as painter:
        picture_.paint(painter, viewport, viewport.window)
    with QPainter(pieces) as painter:
        for x in range(0, 260, 65):
            for y in range(0, 200, 50):
                painter.setClipRect(x, y, 65, 50)
                picture_.paint(painter, viewport, QRectF(x, y, 65, 50))
    assert np.abs(to_array(whole).astype(int) - to_array(pieces)).max() <= 2


def test_too_much_at_once_shows_something_coarser_first(cache, document, monkeypatch):
    monkeypatch.setattr(level_cache, "_SLICE_S", -1.0)
    monkeypatch.setattr(level_cache, "_AT_ONCE", 0)
    # Blocks of one tile, so that this small picture takes more than one.
    monkeypatch.setattr("editor.canvas.tiles._BLOCK_WIDTH", 256)
    monkeypatch.setattr("editor.canvas.tiles._BLOCK_HEIGHT", 256)
    viewport = Viewport()
    viewport.set_window(document.width, document.height, 1.0)
    viewport.centre = QPointF(document.width / 2, document.height / 2)
    image = QImage(document.width, document.height, QImage.Format.Format_RGB32)

    def paint() -> bool:
        image.fill(0)
        with QPainter(image) as painter:
            assert cache.picture is not None
            return cache.picture.paint(painter, viewport, viewport.window)

    assert not paint()
    coarse = to_array(image)[..., :3].astype(int)
    assert np.abs(coarse - document.identity.display).mean() < 25
    assert any(paint() for _ in range(20))
    assert np.array_equal(to_array(image)[..., :3], document.identity.display)


def test_a_reference_is_shown_without_layers(workspace, document):
    workspace.push(AddLayer(layer("layer-1", 150, 120, 5)))
    cache = DisplayCache(workspace, "reference-1")
    reference = document.sources["reference-1"]
    assert np.array_equal(shown(cache, reference.width, reference.height), reference.display)


def test_a_layer_whose_mask_went_is_shown_whole(cache, document, workspace):
    made = layer("layer-1", 100, 80, 5, origin=(3, 4))
    workspace.push(AddLayer(made))
    check(cache, document)
    made.mask = None
    document.changed(Topic.LAYER, "layer-1")
    check(cache, document)
    made.mask = Mask.empty(100, 80)
    document.changed(Topic.LAYER, "layer-1")
    assert np.array_equal(shown(cache, document.width, document.height), document.identity.display)
