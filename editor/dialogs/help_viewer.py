"""Shows the help page of a recipe beside the work, without a network: it never holds anything up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QFontDatabase,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

from editor.dialogs.help_pages import help_folder
from editor.look import theme


class HelpViewer(QDialog):
    """A window of its own that stays open while the artist goes on working."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setWindowTitle(self.tr("Help"))
        self.browser = _Page(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.browser)
        self.resize(QSize(720, 640))

    def show_page(self, path: Path, title: str) -> None:
        """Show a page of the help folder.

        Args:
            path: of a Markdown file.
            title: what it is about.
        """
        self.setWindowTitle(self.tr("Help: {0}").format(title))
        self.browser.setAccessibleName(self.windowTitle())
        self.browser.show_file(path)
        self.show()
        self.activateWindow()


class _Page(QTextBrowser):
    """Markdown with pictures that never are wider than the window, tables with lines, and links."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setObjectName("page")
        self.setStyleSheet(f"QTextBrowser#page {{ background: {theme.PANEL}; border: none; border-radius: 0; "
                           f"padding: 0; }}")
        self.anchorClicked.connect(self._follow)
        self._sizes: dict[int, tuple[float, float]] = {}

    def show_file(self, path: Path) -> None:
        """Show a Markdown file, from its beginning."""
        self._sizes.clear()
        # Dressed before it is shown: every change to a document on the screen lays all of it out again.
        document = QTextDocument(self)
        document.setDocumentMargin(3 * theme.GRID)
        document.setDefaultFont(self.font())
        document.setBaseUrl(QUrl.fromLocalFile(str(help_folder()) + "/"))
        document.setMarkdown(path.read_text(encoding="utf-8"), QTextDocument.MarkdownFeature.MarkdownDialectGitHub)
        _dress(document)
        self._fit_pictures(document)
        # The one before goes with this: it belongs to the browser.
        self.setDocument(document)
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _follow(self, link: QUrl) -> None:
        """Another page here, anything else in the system's own programs."""
        target = self.document().baseUrl().resolved(link)
        page = Path(target.toLocalFile())
        if target.isLocalFile() and page.suffix == ".md" and page.parent == help_folder() and page.is_file():
            self.show_file(page)
        elif target.scheme() in ("http", "https"):
            QDesktopServices.openUrl(target)

    def _fit_pictures(self, document: QTextDocument) -> None:
        """No picture wider than the text."""
        room = self.viewport().width() - 2 * document.documentMargin()
        for cursor in fragments(document, lambda look: look.isImageFormat()):
            look = cursor.charFormat().toImageFormat()
            width, height = self._natural(document, cursor.selectionStart(), look.name())
            if width <= 0:
                continue
            shown = max(1.0, min(width, room))
            if look.width() == shown:
                continue
            look.setWidth(shown)
            look.setHeight(round(height * shown / width))
            cursor.setCharFormat(look)

    def _natural(self, document: QTextDocument, place: int, name: str) -> tuple[float, float]:
        if place not in self._sizes:
            picture = document.resource(QTextDocument.ResourceType.ImageResource, QUrl(name))
            size = picture.size() if hasattr(picture, "size") else QSize()
            self._sizes[place] = (float(size.width()), float(size.height()))
        return self._sizes[place]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_pictures(self.document())


def _dress(document: QTextDocument) -> None:
    """Air between paragraphs, lines around table cells, code in type of one width."""
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            look = frame.format()
            look.setBorder(1)
            look.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            look.setBorderBrush(QColor(theme.EDGE))
            look.setBorderCollapse(True)
            look.setCellPadding(6)
            look.setCellSpacing(0)
            look.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
            look.setTopMargin(theme.GRID)
            look.setBottomMargin(2 * theme.GRID)
            frame.setFormat(look)
    family = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        cursor.setPosition(block.position())
        cursor.mergeBlockFormat(_spacing(block, in_table=cursor.currentTable() is not None))
        block = block.next()
    for cursor in fragments(document, lambda look: look.fontFixedPitch()):
        look = cursor.charFormat()
        look.setFontFamilies([family])
        cursor.mergeCharFormat(look)


def _spacing(block: QTextBlock, *, in_table: bool) -> QTextBlockFormat:
    """What a block's format gets beside what Markdown gives it."""
    change = QTextBlockFormat()
    level, code = block.blockFormat().headingLevel(), _is_code(block)
    if not any(piece.charFormat().isImageFormat() for piece in _pieces(block)):
        # A share of a picture's height would be an empty line.
        change.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    if level:
        change.setTopMargin((1 if level == 1 else 3) * theme.GRID)
    if level or not (in_table or code):
        change.setBottomMargin(theme.GRID / 2 if block.textList() is not None else 1.25 * theme.GRID)
    if code:
        change.setBackground(QColor(theme.FIELD))
        change.setLeftMargin(theme.GRID)
        change.setBottomMargin(0 if _is_code(block.next()) else 1.5 * theme.GRID)
    return change


def fragments(document: QTextDocument, wanted: Callable[[QTextCharFormat], bool]) -> list[QTextCursor]:
    """A selection of every piece of text whose look is wanted."""
    found = []
    block = document.begin()
    while block.isValid():
        for piece in _pieces(block):
            if wanted(piece.charFormat()):
                cursor = QTextCursor(document)
                cursor.setPosition(piece.position())
                cursor.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
                found.append(cursor)
        block = block.next()
    return found


def _is_code(block: QTextBlock) -> bool:
    """Whether a line is an example to be typed."""
    pieces = _pieces(block) if block.isValid() else []
    return bool(pieces) and all(piece.charFormat().fontFixedPitch() for piece in pieces)


def _pieces(block: Any) -> list[QTextFragment]:
    """The pieces of text of a block; that one can iterate over it is missing from the types of the bindings."""
    return [place.fragment() for place in block]
