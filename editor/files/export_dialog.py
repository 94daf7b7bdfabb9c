"""Asks how the finished portrait is to be written, and shows beforehand how large the file gets and how it looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.document.document import Document
from core.document.geometry import Rect
from core.errors import CoiffeError
from core.io.atomic import check_writable
from core.io.export import ExportOptions, export_notes
from editor.files.export_choices import is_source, keep_folder, keep_options, suggested_path, with_suffix
from editor.files.export_form import ExportForm
from editor.files.export_job import (
    SUFFIXES,
    TITLES,
    Crop,
    Estimate,
    Latest,
    Picture,
    crop_rect,
    estimate,
    is_lossy,
    make_crop,
    size_text,
)
from editor.files.replace import ask_to_replace
from editor.look import theme
from editor.look.icons import icon
from editor.look.wording import next_step
from editor.settings import Settings
from editor.widgets.crop_view import CropView
from editor.workspace import Workspace

_DELAY_MS = 120
_FORM_WIDTH = 24
"""Sizes of type."""
_SIZE = QSize(944, 640)


@dataclass(frozen=True, eq=False)
class ExportRequest:
    """What the artist decided.

    Attributes:
        path: of the file.
        picture: what is written.
        options: how.
        data: the finished file, if the size estimate already made it.
    """

    path: Path
    picture: Picture
    options: ExportOptions
    data: bytes | None


class ExportDialog(QDialog):
    """After ``accepted``, ``request`` says what is to be written.

    Args:
        workspace: whose document is exported.
        settings: remembers choices.
        apply: makes the shown preview a layer.
    """

    def __init__(self, workspace: Workspace, settings: Settings, apply: Callable[[], object],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if workspace.document is None:
            raise ValueError("there is nothing to export")
        self.setWindowTitle(self.tr("Export"))
        self._workspace, self._settings, self._apply = workspace, settings, apply
        self._document: Document = workspace.document
        self._picture = Picture(self._document)
        self._centre = _first_centre(self._document)
        self._estimate: tuple[ExportOptions, Estimate] | None = None
        self.request: ExportRequest | None = None
        self._asking = self._over = self._closed = False
        self.form = ExportForm(settings, self._document.identity.photo)
        self.crop = CropView()
        self.notes = QLabel()
        self.notes.setWordWrap(True)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        # Two of them find room, so that nothing moves when they come and go.
        self.notes.setMinimumHeight(2 * self.notes.fontMetrics().lineSpacing())
        theme.mark(self.notes, "dim")
        self._sizes, self._crops, self._first = Latest(self), Latest(self), Latest(self)
        self._size_timer, self._crop_timer = self._timer(self._ask_size), self._timer(self._ask_crop)
        self._build()
        self._connect()
        self._show_unapplied()
        self._changed()
        self.resize(_SIZE)
        self._first.ask(self._picture.prepare)

    # -- building -------------------------------------------------------------------------------------------------
    def _timer(self, then: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(_DELAY_MS)
        timer.timeout.connect(then)
        return timer

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * theme.GRID, 3 * theme.GRID, 3 * theme.GRID, 2 * theme.GRID)
        column.setSpacing(2 * theme.GRID)
        column.addWidget(self._build_strip())
        middle = QHBoxLayout()
        middle.setSpacing(3 * theme.GRID)
        self.form.setFixedWidth(self.fontInfo().pixelSize() * _FORM_WIDTH)
        middle.addWidget(self.form)
        right = QVBoxLayout()
        right.setSpacing(theme.GRID)
        right.addWidget(self.crop, 1)
        right.addWidget(self.notes)
        middle.addLayout(right, 1)
        column.addLayout(middle, 1)
        row = QHBoxLayout()
        row.setSpacing(theme.GRID)
        self.size_label, self._facts = QLabel(), QLabel()
        theme.mark(self.size_label, "heading")
        theme.mark(self._facts, "dim")
        self.size_label.setAccessibleName(self.tr("Size of the file"))
        self.export_button = QPushButton(icon("export", theme.ON_ACCENT), self.tr("Export…"))
        theme.mark(self.export_button, "primary")
        self.export_button.setDefault(True)
        cancel = QPushButton(self.tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.export_button.clicked.connect(self._choose_file)
        for button in (cancel, self.export_button):
            button.setMinimumHeight(round(self.fontInfo().pixelSize() * 2.3))
        row.addWidget(self.size_label)
        row.addSpacing(theme.GRID)
        row.addWidget(self._facts)
        row.addStretch()
        row.addWidget(cancel)
        row.addWidget(self.export_button)
        column.addLayout(row)

    def _build_strip(self) -> QFrame:
        self._strip = QFrame()
        self._strip.setObjectName("panel")
        mark = QLabel()
        mark.setPixmap(icon("warning", theme.WARNING).pixmap(QSize(18, 18)))
        self._unapplied = QLabel()
        self._unapplied.setWordWrap(True)
        self.apply_button = QPushButton(self.tr("Apply first"))
        self.apply_button.setToolTip(self.tr("Make the preview a layer of the portrait, so that it is exported"))
        self.apply_button.clicked.connect(self._apply_first)
        row = QHBoxLayout(self._strip)
        row.setContentsMargins(2 * theme.GRID, theme.GRID, theme.GRID, theme.GRID)
        row.setSpacing(theme.GRID)
        row.addWidget(mark)
        row.addWidget(self._unapplied, 1)
        row.addWidget(self.apply_button)
        return self._strip

    def _connect(self) -> None:
        self.form.changed.connect(self._changed)
        self.crop.moved.connect(self._move)
        self.crop.resized.connect(self._crop_timer.start)
        self._sizes.done.connect(self._show_size)
        self._sizes.failed.connect(self._show_size_failure)
        self._crops.done.connect(self._show_crop)
        self._first.done.connect(self.form.set_has_location)
        self._workspace.pendingChanged.connect(self._show_unapplied)
        self._workspace.frameChanged.connect(self._show_unapplied)
        self._workspace.documentReplaced.connect(self._document_gone)

    # -- what is shown --------------------------------------------------------------------------------------------
    def _show_unapplied(self) -> None:
        """Say what is on the canvas but will not be in the file."""
        pending = self._workspace.pending is not None
        running = self._workspace.frame is not None and not pending
        self._unapplied.setText(
            self.tr("The preview is not applied and will not be exported.") if pending
            else self.tr("A run is under way; what it shows will not be exported."))
        self.apply_button.setVisible(pending)
        self._strip.setVisible(pending or running)

    def _apply_first(self) -> None:
        self._apply()
        self._picture, self._estimate = Picture(self._document), None
        self._changed()

    def _changed(self) -> None:
        """Something was chosen: say what it means at once, and the rest as soon as it is known."""
        options = self.form.options
        self._show_notes(*(note.replace(options.format, TITLES[options.format])
                           for note in export_notes(self._document.identity.photo, options)))
        width, height = self.form.out_size
        self._facts.setText(self.tr("{0} × {1} px, {2} bits per channel").format(
            width, height, self.form.out_depth))
        if self._estimate is None:
            self.size_label.setText(self.tr("Estimating…"))
        theme.mark(self.size_label, "dim")
        self.crop.set_panes(2 if is_lossy(options) else 1)
        # Not started anew while the slider moves, or nothing would be seen before it stops.
        for timer in (self._size_timer, self._crop_timer):
            if not timer.isActive():
                timer.start()

    def _show_notes(self, *notes: str) -> None:
        """What the file will not keep, or why there can be none."""
        self.notes.setText("\n".join(notes))

    def _ask_size(self) -> None:
        options = self.form.options
        self._sizes.ask(partial(_estimated, self._picture, options))

    def _ask_crop(self) -> None:
        rect = crop_rect(self.form.out_size, self._centre, self.crop.pane_pixels())
        self._crops.ask(partial(_cropped, self._picture, self.form.options, rect))

    def _show_size(self, found: tuple[Picture, ExportOptions, Estimate]) -> None:
        picture, options, size = found
        if picture is not self._picture or options != self.form.options:
            return
        self._estimate = options, size
        text = size_text(size.size)
        self.size_label.setText(text if size.data is not None else self.tr("about {0}").format(text))
        theme.mark(self.size_label, "dim", False)

    def _show_size_failure(self, error: Exception) -> None:
        text = error.why if isinstance(error, CoiffeError) and error.why else str(error)
        self.size_label.setText(self.tr("Size unknown"))
        self._show_notes(text)

    def _show_crop(self, found: tuple[ExportOptions, Crop]) -> None:
        options, crop = found
        if is_lossy(options):
            name = self.tr("{0}, quality {1}").format(TITLES[options.format], options.quality)
            self.crop.show_pictures([crop.before, crop.after], [self.tr("Composite"), name])
        else:
            self.crop.show_pictures([crop.after], [""])

    def _move(self, across: float, down: float) -> None:
        width, height = self.form.out_size
        pane = self.crop.pane_pixels()
        centre = []
        for share, way, length, want in zip(self._centre, (across, down), (width, height), pane, strict=True):
            margin = min(0.5, want / 2 / length)
            centre.append(min(max(share + way / length, margin), 1 - margin))
        self._centre = (centre[0], centre[1])
        self._ask_crop()

    @property
    def current_estimate(self) -> Estimate | None:
        """The size of the file as chosen now; None while it is not known."""
        return self._estimate[1] if self._estimate is not None and self._estimate[0] == self.form.options else None

    # -- the end --------------------------------------------------------------------------------------------------
    def _choose_file(self) -> None:
        if self._asking:
            # A click that was on its way when the question closed: to accept it here would delete the dialog under
            # the question, which has not returned yet.
            return
        options = self.form.options
        self._asking = True
        try:
            path = self._ask_for_path(options)
        finally:
            self._asking = False
        if self._over:
            self.reject()
            return
        if path is None:
            return
        try:
            check_writable(path)
        except CoiffeError as error:
            self._show_notes(error.what, f"{error.why} {next_step(error)}")
            return
        keep_options(self._settings, options)
        keep_folder(self._settings, path.parent)
        ready = self.current_estimate
        self.request = ExportRequest(path, self._picture, options, None if ready is None else ready.data)
        self.accept()

    def _ask_for_path(self, options: ExportOptions) -> Path | None:
        """Where to write; None where the artist thought better of it."""
        title = TITLES[options.format]
        suggested = suggested_path(self._settings, self._document, options.format, self.tr("{0} composite"))
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export as {0}").format(title), str(suggested),
            self.tr("{0} files ({1})").format(title, f"*{SUFFIXES[options.format]}"),
            options=QFileDialog.Option.DontConfirmOverwrite)
        if not chosen:
            return None
        path = with_suffix(Path(chosen).absolute(), options.format)
        if path.exists() and not ask_to_replace(self, path, is_source=is_source(path, self._document)):
            return None
        return path

    def _document_gone(self) -> None:
        self._over = True
        self.reject()

    def accept(self) -> None:
        """Close with what was chosen; not under a question of this dialog, which has to return first."""
        if not self._asking:
            super().accept()

    def reject(self) -> None:
        """Close without a file; not while a question of this dialog is open, which would lose what waits for it."""
        if not self._asking:
            super().reject()

    def done(self, result: int) -> None:
        """Close; whatever is still computed is of no interest any more."""
        if not self._closed:
            # By hand: the connection to a method of Python can outlive the half of the dialog that Qt has deleted.
            self._workspace.documentReplaced.disconnect(self._document_gone)
        self._closed = True
        for work in (self._sizes, self._crops, self._first):
            work.stop()
        self._size_timer.stop()
        self._crop_timer.stop()
        super().done(result)


def _estimated(picture: Picture, options: ExportOptions) -> tuple[Picture, ExportOptions, Estimate]:
    return picture, options, estimate(picture, options)


def _cropped(picture: Picture, options: ExportOptions, rect: Rect) -> tuple[ExportOptions, Crop]:
    return options, make_crop(picture, options, rect)


def _first_centre(document: Document) -> tuple[float, float]:
    """Where the preview begins, as shares of the picture: above the eyes, where hair and face meet."""
    face = document.identity.face
    if face is None:
        return 0.5, 0.35
    eyes = [face.points[name] for name in ("eye_right", "eye_left")]
    x, y = (sum(point[axis] for point in eyes) / len(eyes) for axis in (0, 1))
    return min(max(x / document.width, 0.0), 1.0), min(max(y / document.height, 0.0), 1.0)
