"""What the window shows without a document: open a portrait, try the sample, go on with something recent."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPainterPath, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from editor.files.samples import Sample, samples
from editor.look import theme
from editor.look.icons import icon
from editor.settings import Settings
from editor.shell.recent_thumbnails import RecentThumbnails

CARD = QSize(148, 148)
GAP = 16
MOST_COLUMNS = 5


class StartPage(QWidget):
    """See the module.

    Signals:
        openRequested: the artist wants to choose a file.
        sampleRequested(Sample or None): a sample is wanted; None for any.
        pathRequested(Path): a recent file was chosen.
    """

    openRequested = Signal()
    sampleRequested = Signal(object)
    pathRequested = Signal(object)

    def __init__(self, settings: Settings, thumbnails: RecentThumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startPage")
        self._settings, self._thumbnails = settings, thumbnails
        self._cards: dict[Path, QToolButton] = {}
        self._columns = 0
        self._build()
        settings.recentChanged.connect(self.refresh)
        thumbnails.made.connect(self._show_thumbnail)
        self._stale = False
        self._fill()

    def _build(self) -> None:
        title = QLabel("Coiffe")
        title.setObjectName("startTitle")
        theme.scale_type(title, 2.6)
        title.setIndent(0)
        claim = QLabel(self.tr("Give a portrait another portrait's hair."))
        theme.mark(claim, "dim")
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GRID)
        self.open_button = QPushButton(icon("open", theme.ON_ACCENT), self.tr("Open a portrait"))
        theme.mark(self.open_button, "primary")
        self.open_button.clicked.connect(self.openRequested)
        self.sample_button = QPushButton(icon("sample"), self.tr("Open a sample"))
        self.sample_button.clicked.connect(partial(self.sampleRequested.emit, None))
        for button in (self.open_button, self.sample_button):
            button.setMinimumHeight(36)
            button.setIconSize(QSize(theme.ICON_PIXELS, theme.ICON_PIXELS))
            buttons.addWidget(button)
        buttons.addStretch()
        self._heading = QLabel()
        theme.mark(self._heading, "heading")
        self._clear = QPushButton(self.tr("Clear the list"))
        theme.mark(self._clear, "quiet")
        self._clear.clicked.connect(self._settings.clear_recent)
        headline = QHBoxLayout()
        headline.addWidget(self._heading)
        headline.addStretch()
        headline.addWidget(self._clear)
        self._grid = QGridLayout()
        self._grid.setSpacing(GAP)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        hint = QLabel(self.tr("Photographs can also be dropped anywhere in this window."))
        theme.mark(hint, "dim")

        self._column = QWidget()
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(title)
        column.addWidget(claim)
        column.addSpacing(3 * theme.GRID)
        column.addLayout(buttons)
        column.addSpacing(5 * theme.GRID)
        column.addLayout(headline)
        column.addSpacing(theme.GRID)
        column.addLayout(self._grid)
        column.addSpacing(3 * theme.GRID)
        column.addWidget(hint)
        around = QVBoxLayout(self)
        around.setContentsMargins(4 * theme.GRID, 4 * theme.GRID, 4 * theme.GRID, 4 * theme.GRID)
        around.addStretch(2)
        around.addWidget(self._column, 0, Qt.AlignmentFlag.AlignHCenter)
        around.addStretch(3)

    def refresh(self) -> None:
        """Show the recent files as they are now; while the page cannot be seen, when it is shown next."""
        self._stale = not self.isVisible()
        if not self._stale:
            self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _fill(self) -> None:
        for card in self._cards.values():
            self._grid.removeWidget(card)
            card.deleteLater()
        self._cards.clear()
        files = [path for path in self._settings.recent if path.is_file()]
        self._heading.setText(self.tr("Recent") if files else self.tr("Samples"))
        self._clear.setVisible(bool(files))
        for path in files:
            self._cards[path] = self._recent_card(path)
        if not files:
            for sample in samples():
                self._cards[sample.portrait] = self._sample_card(sample)
        self._arrange(self._fitting_columns())

    def _recent_card(self, path: Path) -> QToolButton:
        card = _card(path.name, str(path), self._column)
        card.clicked.connect(self._card_clicked)
        card.setProperty("path", str(path))
        picture = self._thumbnails.pixmap(path)
        card.setIcon(_framed(picture, self.devicePixelRatioF()))
        if picture.isNull():
            self._thumbnails.request(path)
        return card

    def _sample_card(self, sample: Sample) -> QToolButton:
        card = _card(sample.title, sample.about, self._column, width=2 * CARD.width() + theme.GRID)
        card.clicked.connect(partial(self.sampleRequested.emit, sample))
        ratio = self.devicePixelRatioF()
        pair = QPixmap(card.iconSize() * ratio)
        pair.fill(Qt.GlobalColor.transparent)
        with QPainter(pair) as painter:
            for number, path in enumerate((sample.portrait, sample.reference)):
                square = _square(QPixmap.fromImage(QImage(str(path))), ratio)
                painter.drawPixmap(number * round((CARD.width() + theme.GRID) * ratio), 0, square)
        pair.setDevicePixelRatio(ratio)
        card.setIcon(QIcon(pair))
        return card

    def _card_clicked(self) -> None:
        self.pathRequested.emit(Path(self.sender().property("path")))

    def _show_thumbnail(self, path: Path) -> None:
        card = self._cards.get(path)
        if card is not None:
            card.setIcon(_framed(self._thumbnails.pixmap(path), self.devicePixelRatioF()))

    def _fitting_columns(self) -> int:
        room = self.width() - 8 * theme.GRID
        return max(2, min(MOST_COLUMNS, (room + GAP) // (_card_width() + GAP)))

    def _arrange(self, columns: int) -> None:
        self._columns = columns
        # Two rows at most: the page is a beginning, not an archive.
        for number, card in enumerate(self._cards.values()):
            self._grid.removeWidget(card)
            width = 2 if card.width() > _card_width() else 1
            fitting = columns // width
            shown = number < 2 * fitting
            card.setVisible(shown)
            if shown:
                self._grid.addWidget(card, number // fitting, number % fitting * width, 1, width)
        self._column.setFixedWidth(MOST_COLUMNS * _card_width() + (MOST_COLUMNS - 1) * GAP
                                   if columns == MOST_COLUMNS else columns * (_card_width() + GAP) - GAP)

    def minimumSizeHint(self) -> QSize:
        # What it shows follows the width there is; it must not keep the panels from having theirs.
        return QSize(2 * _card_width() + GAP + 8 * theme.GRID, 300)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitting_columns() != self._columns:
            self._arrange(self._fitting_columns())


def _card_width() -> int:
    return CARD.width() + 2


def _card(name: str, tip: str, parent: QWidget, width: int = CARD.width()) -> QToolButton:
    card = QToolButton(parent)
    card.setObjectName("card")
    card.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    card.setIconSize(QSize(width, CARD.height()))
    card.setFixedWidth(width + 2)
    card.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    card.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    card.setText(card.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, width).replace("&", "&&"))
    card.setToolTip(tip)
    card.setAccessibleName(name)
    return card


def _framed(picture: QPixmap, ratio: float) -> QIcon:
    square = _square(picture, ratio)
    square.setDevicePixelRatio(ratio)
    return QIcon(square)


def _square(picture: QPixmap, ratio: float) -> QPixmap:
    """A square that the picture fills, cut to it from the upper middle where portraits have their faces."""
    side = round(CARD.width() * ratio)
    result = QPixmap(side, side)
    result.fill(Qt.GlobalColor.transparent)
    with QPainter(result) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(0, 0, side, side, 4 * ratio, 4 * ratio)
        painter.fillPath(shape, QColor(theme.PANEL))
        if not picture.isNull():
            cut = min(picture.width(), picture.height())
            left, top = (picture.width() - cut) // 2, (picture.height() - cut) // 4
            painter.setClipPath(shape)
            painter.drawPixmap(QRect(0, 0, side, side), picture, QRect(left, top, cut, cut))
    return result
