"""After any mixture of changes and looks, what was repaired piece by piece is what a new canvas shows."""

import random

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from core.document.commands import AddLayer, MoveLayer, RemoveLayer, SetLayer, SetMask, SetMaskSpread
from core.document.document import Candidate, Target
from core.document.events import Topic
from core.document.geometry import Rect
from core.document.layer import BLEND_MODES
from core.engine.messages import Frame
from editor.canvas.view import CanvasView
from editor.options import MaskView
from tests.editor.canvas.pixels import to_array
from tests.editor.canvas.stage import layer, screen


class Changes:
    """One random change after the other."""

    def __init__(self, workspace, view, seed):
        self.workspace, self.view = workspace, view
        self.document = workspace.document
        self.dice = random.Random(seed)

    def any(self):
        names = [name for name in dir(self) if name.startswith("do_")]
        getattr(self, self.dice.choice(names))()

    def _targets(self):
        targets = [Target("identity", role) for role in ("hair", "protect")]
        return targets + [Target(made.id, "layer") for made in self.document.layers[1:]]

    def _rect(self, width, height):
        x, y = self.dice.randrange(width), self.dice.randrange(height)
        return Rect(x, y, min(x + self.dice.randint(1, 90), width), min(y + self.dice.randint(1, 70), height))

    def do_paint(self):
        target = self.dice.choice(self._targets())
        mask = self.document.mask(target)
        rect = self._rect(mask.width, mask.height)
        mask.data[rect.slices()] = self.dice.choice((0, 90, 255))
        mask.touch()
        self.document.changed(Topic.MASK, target.item, target.role, rect)

    def do_fill(self):
        target = self.dice.choice(self._targets())
        mask = self.document.mask(target)
        data = np.full_like(mask.data, self.dice.choice((0, 255)))
        data[self._rect(mask.width, mask.height).slices()] = 128
        self.workspace.push(SetMask(target, data, "fill"))

    def do_spread(self):
        self.workspace.push(SetMaskSpread(
            self.dice.choice(self._targets()), self.dice.choice((-6, 0, 0, 9)), self.dice.choice((0, 0, 12))))

    def do_add_layer(self):
        if len(self.document.layers) < 5:
            origin = self.dice.randint(-60, 220), self.dice.randint(-60, 140)
            self.workspace.push(AddLayer(layer(
                self.document.new_id("layer"), self.dice.randint(40, 260), self.dice.randint(30, 200),
                self.dice.randrange(99), origin=origin, blend_mode=self.dice.choice(BLEND_MODES))))

    def do_change_layer(self):
        if len(self.document.layers) > 1:
            made = self.dice.choice(self.document.layers[1:])
            change = self.dice.choice((
                {"opacity": self.dice.random()}, {"visible": not made.visible},
                {"blend_mode": self.dice.choice(BLEND_MODES)}, {"mask_enabled": not made.mask_enabled},
                {"origin": (self.dice.randint(-50, 200), self.dice.randint(-50, 150))}))
            self.workspace.push(SetLayer(made.id, **change))

    def do_reorder(self):
        if len(self.document.layers) > 2:
            made = self.dice.choice(self.document.layers[1:])
            self.workspace.push(MoveLayer(made.id, self.dice.randint(1, len(self.document.layers) - 1)))

    def do_remove(self):
        if len(self.document.layers) > 3:
            self.workspace.push(RemoveLayer(self.dice.choice(self.document.layers[1:]).id))

    def do_undo(self):
        if self.dice.random() < 0.6:
            self.workspace.undo.undo()
        else:
            self.workspace.undo.redo()

    def do_target(self):
        self.workspace.set_target(self.dice.choice(self._targets()))

    def do_look(self):
        self.workspace.view.mask_view = self.dice.choice(list(MaskView))
        self.workspace.view.overlay_opacity = self.dice.choice((0.3, 0.5, 1.0))
        self.workspace.viewChanged.emit()

    def do_zoom(self):
        self.view.viewport.zoom_to(self.dice.choice((0.12, 0.3, 0.5, 0.8, 1.0, 1.6, 3.0, 9.0)))
        self.view.viewport.centre = QPointF(self.dice.uniform(0, 300), self.dice.uniform(0, 200))
        self.view.viewport.changed.emit()

    def do_pan(self):
        self.view.viewport.pan(self.dice.uniform(-60, 60), self.dice.uniform(-60, 60))

    def do_mirror(self):
        self.view.viewport.mirror()

    def do_frame(self):
        frame = Frame(self._rect(301, 203), np.full((20, 30, 3), self.dice.randrange(256), np.uint8), 1)
        self.workspace.set_frame(self.dice.choice((None, frame)))

    def do_pending(self):
        rect = self._rect(301, 203)
        pixels = np.full((rect.height, rect.width, 3), self.dice.randrange(256), np.uint8)
        mask = np.full((rect.height, rect.width), 255, np.uint8)
        mask[::2] = 100
        self.workspace.set_pending(self.dice.choice((None, Candidate("c", "c", rect, pixels, pixels, mask))))

    def do_show(self):
        QApplication.processEvents()


@pytest.mark.parametrize("seed", range(6))
def test_repairs_are_complete(workspace, view, seed):
    changes = Changes(workspace, view, seed)
    for _ in range(8):
        for _ in range(8):
            changes.any()
        repaired = screen(view)
        fresh = CanvasView(workspace, "identity", None, view.viewport)
        fresh.resize(view.size())
        wanted = screen(fresh)
        fresh.deleteLater()
        assert np.abs(repaired - wanted).max() <= 2


@pytest.mark.parametrize("seed", range(4))
def test_updates_reach_everything_that_changed(workspace, view, seed):
    """What is on the screen, each time repainted only where it was asked for, against a whole repaint."""
    changes = Changes(workspace, view, seed)
    for _ in range(30):
        changes.any()
        QApplication.processEvents()
        QApplication.processEvents()
        on_screen = to_array(view.screen().grabWindow(view.winId()).toImage())[..., :3].astype(int)
        assert np.abs(on_screen - screen(view)).max() <= 2
