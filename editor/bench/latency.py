"""How long the artist waits for a stroke: pen events at a tablet's pace, and when the canvas had shown each.

An event's latency runs from the moment it was due (not from when the program got round to it) until the canvas has
painted it, so events that queue up behind slow work count in full. The screen's own refresh comes on top.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from core.document.document import Document, Target
from core.document.layer import RESULT, Layer
from core.document.mask import Mask
from core.document.photo import Photo
from core.document.source import Source
from core.io.display import display_pixels
from core.io.image import read_photo
from editor.canvas.tools.toolbox import ToolBox
from editor.canvas.view import CanvasView
from editor.engine_link import Engine, RunState
from editor.run.controller import RunController
from editor.workspace import Workspace

PEN_HZ = 133.0
HOVER_S = 0.2
PATIENCE_S = 120.0
_REST_S = 3.0


_HEADER = ("| photo | layers | zoom | brush | engine | events | p50 ms | p90 ms | p99 ms | max ms |\n"
           "|---|---|---|---|---|---|---|---|---|---|")


class _Row(NamedTuple):
    """One part's line of the table; times in milliseconds."""

    photo: str
    layers: int
    zoom: float
    brush: float
    engine: str
    events: int
    p50: float
    p90: float
    p99: float
    worst: float

    def __str__(self) -> str:
        return (f"| {self.photo} | {self.layers} | {self.zoom:.2f} | {self.brush:.0f} | {self.engine} | {self.events} "
                f"| {self.p50:.1f} | {self.p90:.1f} | {self.p99:.1f} | {self.worst:.1f} |")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m editor.bench latency``."""
    parser.add_argument("--size", type=int, default=4096, help="side of the photo, pixels")
    parser.add_argument("--layers", type=int, default=4, help="layers, the photo included")
    parser.add_argument("--brush", type=float, default=200.0, help="diameter, photo pixels")
    parser.add_argument("--seconds", type=float, default=10.0, help="of painting, per part")
    parser.add_argument("--repeats", type=int, default=1, help="rounds; more than one adds a table of the medians")
    parser.add_argument("--window", default="1600x1000", help="size of the canvas, WIDTHxHEIGHT")
    parser.add_argument("--engine", nargs=2, type=Path, metavar=("PORTRAIT", "REFERENCE"),
                        help="also measure while the engine works on these two photographs, the portrait scaled up")


def run(arguments: argparse.Namespace) -> int:
    """Print a table; returns the exit code."""
    _application = QApplication.instance() or QApplication(["coiffe-bench"])
    print(_HEADER, flush=True)
    rounds: list[list[_Row]] = []
    for _ in range(max(1, arguments.repeats)):
        rounds.append(_round(arguments))
    if len(rounds) > 1:
        print(f"\nMedian of {len(rounds)} rounds; max is the largest of all.\n\n{_HEADER}")
        for parts in zip(*rounds, strict=False):
            print(_median(parts))
    return 0


def _round(arguments: argparse.Namespace) -> list[_Row]:
    """All parts once, with an engine and a canvas of their own; prints a row after each."""
    width, height = (int(side) for side in arguments.window.split("x"))
    engine = Engine()
    workspace = Workspace(engine)
    view = CanvasView(workspace, toolbox=ToolBox(workspace))
    view.resize(width, height)
    view.show()
    workspace.tools.brush.size = arguments.brush
    rows: list[_Row] = []
    try:
        workspace.set_document(_document(arguments.size, arguments.layers))
        for zoom in (0.0, 1.0):
            _zoom(view, zoom)
            rows.append(_row(view, "idle", _paint(view, arguments.seconds)))
        if arguments.engine:
            rows += _with_engine(arguments, workspace, view)
    finally:
        workspace.set_document(None)
        engine.shutdown()
        view.close()
        # The engine's process hands gigabytes back to the system: no stroke is to be measured meanwhile.
        _wait(_REST_S)
        # Whole and now, rather than piece by piece whenever the garbage collector comes by.
        for thing in (view, workspace):
            shiboken6.delete(thing)
    return rows


def _document(side: int, layers: int) -> Document:
    """A photo with soft structure, and result layers over its middle."""
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) / np.float32(side)
    waves = [np.sin(rows * (5 + 3 * c) + columns * (9 - 2 * c)) * 60 + 128 for c in range(3)]
    picture = np.stack(waves, axis=2).astype(np.uint8)
    document = Document(Source("identity", Photo(picture), picture, "bench"))
    document.layers += _layers(picture, layers - 1)
    return document


def _layers(picture: NDArray[np.uint8], count: int) -> list[Layer]:
    """Result layers with soft masks over the middle of a picture, made of the picture itself."""
    high, wide = picture.shape[0] // 2, picture.shape[1] // 2
    rows, columns = np.mgrid[-1:1:high * 1j, -1:1:wide * 1j].astype(np.float32)
    mask = (np.clip((1 - np.hypot(rows, columns)) * 10, 0, 1) * 255).astype(np.uint8)
    layers = []
    for number in range(1, count + 1):
        pixels = np.roll(picture, 97 * number, axis=1)[high // 2:high // 2 + high, wide // 2:wide // 2 + wide].copy()
        layers.append(Layer(f"layer-{number}", RESULT, f"result {number}", pixels, pixels, (wide // 2, high // 2),
                            Mask(mask.copy()), opacity=0.9))
    return layers


def _zoom(view: CanvasView, zoom: float) -> None:
    if zoom:
        centre = QPointF(view.width() / 2, view.height() / 2)
        view.viewport.zoom_to(zoom, centre)
    else:
        view.viewport.fit(view.image_size.width(), view.image_size.height())
    _wait(1.0)


def _wait(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QCoreApplication.processEvents()
        time.sleep(0.002)


def _paint(view: CanvasView, seconds: float, busy: Callable[[], bool] | None = None) -> list[float]:
    """Paint strokes of two seconds, hovering shortly between them; returns the latency of each stroke event, ms."""
    device = QPointingDevice("pen", 1, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
                             QInputDevice.Capability.Pressure | QInputDevice.Capability.Position, 1, 3)
    delays: list[float] = []
    count = round(seconds * PEN_HZ)
    per_stroke = round(2 * PEN_HZ)
    down = False
    began = time.perf_counter()
    for index in range(count):
        due = began + index / PEN_HZ
        while time.perf_counter() < due:
            QCoreApplication.processEvents()
            time.sleep(0.0002)
        if busy is not None and not busy():
            break
        position = index % (per_stroke + round(HOVER_S * PEN_HZ))
        kind = QEvent.Type.TabletMove
        if position == 0:
            kind = QEvent.Type.TabletPress
        elif position == per_stroke - 1:
            kind = QEvent.Type.TabletRelease
        down = position < per_stroke
        _send(view, device, kind, index / PEN_HZ, down=down)
        # Deferred repaints come with the event loop; twice, so that what the first round asks for is painted too.
        QCoreApplication.processEvents()
        QCoreApplication.processEvents()
        if down:
            delays.append(1000 * (time.perf_counter() - due))
    if down:
        _send(view, device, QEvent.Type.TabletRelease, count / PEN_HZ)
    return delays


def _send(view: CanvasView, device: QPointingDevice, kind: QEvent.Type, t: float, *, down: bool = True) -> None:
    """One pen event on a figure of eight over the middle of the canvas; not ``down``: the pen hovers."""
    x = view.width() * (0.5 + 0.35 * math.sin(2.1 * t))
    y = view.height() * (0.5 + 0.3 * math.sin(4.2 * t))
    here = QPointF(x, y)
    touching = down and kind is not QEvent.Type.TabletRelease
    pressure = 0.6 + 0.3 * math.sin(3 * t) if touching else 0.0
    held = Qt.MouseButton.LeftButton if touching else Qt.MouseButton.NoButton
    changed = Qt.MouseButton.NoButton if kind is QEvent.Type.TabletMove else Qt.MouseButton.LeftButton
    event = QTabletEvent(kind, device, here, QPointF(view.mapToGlobal(here.toPoint())), pressure, 0.0, 0.0, 0.0, 0.0,
                         0.0, Qt.KeyboardModifier.NoModifier, changed, held)
    QApplication.sendEvent(view, event)


def _with_engine(arguments: argparse.Namespace, workspace: Workspace, view: CanvasView) -> list[_Row]:
    """Paint the protect mask while a run goes on."""
    portrait, other = (read_photo(path) for path in arguments.engine)
    large = cv2.resize(display_pixels(portrait.pixels, portrait.icc), (arguments.size, arguments.size),
                       interpolation=cv2.INTER_CUBIC)
    identity = Source("identity", Photo(large), large, portrait.name)
    reference = Source("reference-1", other, display_pixels(other.pixels, other.icc), other.name)
    document = Document(identity)
    document.layers += _layers(large, arguments.layers - 1)
    document.sources[reference.id] = reference
    document.slots = {"shape": reference.id, "appearance": reference.id}
    workspace.set_document(document)
    workspace.set_target(Target("identity", "protect"))
    controller = RunController(workspace)
    controller.watch_hand(lambda: view.toolbox is not None and view.toolbox.busy)
    controller.run()
    until = time.perf_counter() + PATIENCE_S
    while workspace.engine.state is not RunState.RUNNING or workspace.frame is None:
        QCoreApplication.processEvents()
        time.sleep(0.002)
        if time.perf_counter() > until:
            print("the engine did not start")
            return []
    rows = []
    for zoom in (0.0, 1.0):
        _zoom(view, zoom)
        delays = _paint(view, arguments.seconds, lambda: workspace.engine.state is not RunState.IDLE)
        rows.append(_row(view, "running", delays))
    return rows


def _row(view: CanvasView, engine: str, delays: Sequence[float]) -> _Row:
    size = view.image_size
    document = view.workspace.document
    p50, p90, p99 = (float(value) for value in np.percentile(delays, (50, 90, 99)))
    row = _Row(f"{size.width()}x{size.height()}", 0 if document is None else len(document.layers),
               view.viewport.scale, view.workspace.tools.brush.size, engine, len(delays), p50, p90, p99, max(delays))
    print(row, flush=True)
    return row


def _median(rows: Sequence[_Row]) -> _Row:
    """The same part over several rounds: medians of the percentiles, the largest of the largest."""
    p50, p90, p99 = (statistics.median(getattr(row, name) for row in rows) for name in ("p50", "p90", "p99"))
    return rows[0]._replace(events=sum(row.events for row in rows), p50=p50, p90=p90, p99=p99,
                            worst=max(row.worst for row in rows))
