"""The canvas on screens with several device pixels per logical pixel, each in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_SCRIPT = """
import sys

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QWidget

from core.document.document import Document
from editor.canvas.view import CanvasView
from editor.workspace import Workspace
from tests.editor.canvas.stage import QuietEngine, screen, source

application = QApplication(sys.argv)
workspace = Workspace(QuietEngine())
document = Document(source("identity", 120, 80, seed=1))
workspace.set_document(document)
window = QWidget()
view = CanvasView(workspace, "identity", None, None, window)
window.resize(330, 250)
view.setGeometry(33, 21, 251, 203)
window.show()
application.processEvents()
ratio = float(sys.argv[1])
assert view.devicePixelRatioF() == ratio, view.devicePixelRatioF()
view.viewport.zoom_to(1.0)
shown = screen(window)
photo = document.identity.display.astype(int)
corner = view.viewport.device_transform().map(QPointF(0, 0)) + QPointF(33, 21) * ratio
x, y = round(corner.x()), round(corner.y())
assert abs(corner.x() - x) < 1e-6 and abs(corner.y() - y) < 1e-6, corner
assert np.array_equal(shown[y:y + 80, x:x + 120], photo), "100 % is not one device pixel per photo pixel"
view.viewport.zoom_to(4.0)
workspace.view.pixel_grid = False
shown = screen(window)
spot = (view.viewport.to_widget(QPointF(60.5, 40.5)) + QPointF(33, 21)) * ratio
assert np.array_equal(shown[int(spot.y()), int(spot.x())], photo[40, 60])
print("sharp")
"""


@pytest.mark.parametrize("ratio", ["2", "1.5"])
def test_100_percent_is_one_device_pixel_per_photo_pixel(ratio):
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": ratio,
                   "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough", "PYTHONPATH": str(root)}
    environment.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
    done = subprocess.run([sys.executable, "-c", _SCRIPT, ratio], env=environment, cwd=root, capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.stdout.strip() == "sharp", done.stderr
