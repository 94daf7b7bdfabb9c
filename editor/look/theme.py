"""How the window looks: neutral dark greys that leave the judgement of colour to the eye, and one accent.

The style sheet lives here only; widgets set object names or the properties ``quiet`` and ``primary``, never colours.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from core.settings import resources_folder

WINDOW = "#2b2b2b"
PANEL = "#333333"
FIELD = "#242424"
RAISED = "#404040"
HOVER = "#4a4a4a"
PRESSED = "#272727"
LINE = "#1f1f1f"
EDGE = "#505050"
TEXT = "#dedede"
DIM = "#a0a0a0"
DISABLED = "#707070"
ACCENT = "#5b93cf"
ACCENT_LIGHT = "#6da5e0"
ON_ACCENT = "#ffffff"
ERROR = "#e0796f"
WARNING = "#d9a957"

FONT_PIXELS = 13
_TYPE_SCALE = "typeScale"
GRID = 8
ICON_PIXELS = 18

_STYLE = """
QToolTip {{ color: {text}; background: {raised}; border: 1px solid {edge}; padding: 4px 6px; }}

QMainWindow::separator {{ background: {line}; width: 5px; height: 5px; }}
QMainWindow::separator:hover {{ background: {edge}; }}
QMenuBar {{ background: {window}; padding: 2px 4px; border-bottom: 1px solid {line}; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {raised}; }}
QMenu {{ background: {panel}; border: 1px solid {line}; padding: 5px; }}
QMenu::item {{ padding: 5px 26px 5px 10px; border-radius: 4px; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::indicator {{ width: 14px; height: 14px; left: 8px; }}
QMenu::indicator:checked {{ image: url({icons}/check.svg); }}
QMenu::item:selected {{ background: {accent}; color: {on_accent}; }}
QMenu::item:disabled {{ color: {disabled}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {raised}; margin: 5px 6px; }}
QStatusBar {{ background: {window}; border-top: 1px solid {line}; }}
QStatusBar::item {{ border: none; }}

QDockWidget {{ titlebar-close-icon: none; titlebar-normal-icon: none; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ background: {window}; color: {dim}; padding: 6px 12px; border: none;
    border-bottom: 2px solid transparent; }}
QTabBar::tab:selected {{ color: {text}; background: {panel}; border-bottom-color: {accent}; }}
QTabBar::tab:hover:!selected {{ color: {text}; }}
QTabBar::tab:focus {{ color: {accent_light}; }}
QTabWidget::pane {{ border: none; background: {panel}; }}

QToolBar {{ background: {window}; border: none; spacing: 2px; padding: 4px; }}
QToolBar::separator {{ background: {raised}; width: 1px; height: 1px; margin: 4px; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 4px; }}
QToolButton:hover:enabled {{ background: {raised}; }}
QToolButton:pressed {{ background: {pressed}; }}
QToolButton:checked {{ background: {hover}; border-color: {edge}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton:disabled {{ color: {disabled}; }}
QToolButton::menu-indicator {{ image: none; }}

QPushButton {{ background: {raised}; border: 1px solid {edge}; border-radius: 4px; padding: 5px 14px;
    min-height: 18px; }}
QPushButton:hover:enabled {{ background: {hover}; }}
QPushButton:pressed {{ background: {pressed}; }}
QPushButton:checked {{ background: {hover}; border-color: {accent}; color: {on_accent}; }}
QPushButton:focus {{ border-color: {accent_light}; }}
QPushButton:disabled {{ color: {disabled}; background: {panel}; border-color: {raised}; }}
QPushButton[primary="true"] {{ background: {accent}; border-color: {accent}; color: {on_accent};
    font-weight: 600; }}
QPushButton[primary="true"]:hover:enabled {{ background: {accent_light}; border-color: {accent_light}; }}
QPushButton[primary="true"]:focus {{ border-color: {on_accent}; }}
QPushButton[primary="true"]:disabled {{ color: {disabled}; background: {panel}; border-color: {raised}; }}
QPushButton[quiet="true"] {{ background: transparent; border-color: transparent; color: {dim}; }}
QPushButton[quiet="true"]:hover:enabled {{ background: {raised}; color: {text}; }}
QPushButton[quiet="true"]:focus {{ border-color: {accent}; }}

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QKeySequenceEdit QLineEdit {{
    background: {field}; border: 1px solid {edge}; border-radius: 4px; padding: 3px 6px; min-height: 18px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
/* No arrows anywhere: a value is typed, or changed with arrow keys and wheel. */
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ subcontrol-origin: border; width: 0; }}
QAbstractSpinBox QLineEdit {{ border: none; background: transparent; padding: 0; min-height: 0; }}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {{
    border-color: {accent}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {{ color: {disabled}; background: {panel};
    border-color: {raised}; }}
QComboBox {{ background: {raised}; padding-right: 2px; }}
QComboBox::drop-down {{ border: none; width: 20px; subcontrol-position: center right; }}
QComboBox::down-arrow {{ image: url({icons}/chevron-down.svg); width: 12px; height: 12px; }}
QComboBox::down-arrow:disabled {{ image: url({icons}/chevron-down-disabled.svg); }}
QComboBox QAbstractItemView {{ background: {panel}; border: 1px solid {line}; padding: 4px;
    selection-background-color: {accent}; outline: none; }}
QAbstractItemView {{ background: {field}; border: 1px solid {line}; border-radius: 4px; outline: none;
    alternate-background-color: {panel}; selection-background-color: {raised}; selection-color: {text}; }}
QTreeView::item {{ padding: 4px 0; }}
QAbstractItemView:focus {{ border-color: {accent}; }}
QAbstractItemView::item:selected {{ background: {hover}; color: {text}; }}
QHeaderView::section {{ background: {panel}; color: {dim}; border: none; border-bottom: 1px solid {line};
    padding: 5px 8px; }}

QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {field}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {edge}; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: #b8b8b8; }}
QSlider::handle:horizontal:hover {{ background: {text}; }}
QSlider::handle:horizontal:focus {{ background: {accent_light}; }}
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{ background: {raised}; }}
QProgressBar {{ background: {field}; border: none; border-radius: 3px; max-height: 6px; min-height: 6px;
    text-align: center; color: transparent; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 3px; }}

QScrollArea {{ border: none; background: transparent; }}
QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 11px; }}
QScrollBar:horizontal {{ height: 11px; }}
QScrollBar::handle {{ background: {raised}; border-radius: 4px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {edge}; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
    background: none; border: none; width: 0; height: 0; }}
QLabel#pictureName {{ background: rgba(20, 20, 20, 170); color: #ebebeb; border-radius: 4px;
    padding: 3px 8px; }}
QSplitter::handle {{ background: {line}; }}
QGroupBox {{ border: none; margin-top: 22px; padding: 0; font-weight: 600; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 0; color: {text}; }}

QLabel#startTitle {{ font-weight: 300; color: {text}; }}
QToolButton#card {{ padding: 0 0 6px 0; color: {dim}; }}
QToolButton#card:hover {{ color: {text}; background: {panel}; border-color: {edge}; }}
QToolButton#card:focus {{ color: {text}; }}
QFrame#separator {{ background: {edge}; }}
QLabel[dim="true"] {{ color: {dim}; }}
QLabel[heading="true"] {{ font-weight: 600; }}
QWidget#panel, QScrollArea#panel > QWidget > QWidget {{ background: {panel}; }}
QWidget#dockTitle {{ background: {window}; }}
QWidget#dockTitle QLabel {{ color: {dim}; font-weight: 600; }}
QWidget#strip {{ background: {panel}; border-top: 1px solid {line}; }}
QWidget#optionsBar {{ background: {window}; border-bottom: 1px solid {line}; }}
"""


def apply_theme(app: QApplication, font_pixels: int = FONT_PIXELS) -> None:
    """Give the whole application its style, palette, style sheet and size of type; before it has windows."""
    app.setStyle("Fusion")
    app.styleHints().setColorScheme(Qt.ColorScheme.Dark)
    app.setPalette(palette())
    app.setStyleSheet(style_sheet())
    resize_type(app, font_pixels)


def resize_type(app: QApplication, font_pixels: int) -> None:
    """Set the size of type, in windows that are open too.

    The style sheet says nothing about it: exchanging that one takes half a second, and once there is a style sheet
    the application's font no longer reaches the widgets that exist.
    """
    before = QFontInfo(app.font()).pixelSize()
    font = QFont(app.font())
    font.setPixelSize(font_pixels)
    app.setFont(font)
    # Twice: fields made of several widgets hand their old size on while it is being changed.
    for widget in [*app.allWidgets(), *app.allWidgets()]:
        factor = widget.property(_TYPE_SCALE)
        if factor is not None:
            scale_type(widget, factor)
        elif QFontInfo(widget.font()).pixelSize() == before:
            own = QFont(widget.font())
            own.setPixelSize(font_pixels)
            widget.setFont(own)


def scale_type(widget: QWidget, factor: float) -> None:
    """Give a widget type so many times as large as elsewhere, whatever size that is."""
    widget.setProperty(_TYPE_SCALE, factor)
    font = QFont(widget.font())
    # An application without this theme may give its size in points.
    font.setPixelSize(round(QFontInfo(QApplication.font()).pixelSize() * factor))
    widget.setFont(font)


def style_sheet() -> str:
    """The one style sheet of the application."""
    return _STYLE.format(
        icons=(resources_folder() / "icons").as_posix(),
        window=WINDOW, panel=PANEL, field=FIELD, raised=RAISED, hover=HOVER, pressed=PRESSED,
        line=LINE, edge=EDGE, text=TEXT, dim=DIM, disabled=DISABLED, accent=ACCENT, accent_light=ACCENT_LIGHT,
        on_accent=ON_ACCENT)


def palette() -> QPalette:
    """Colours for everything that is painted without the style sheet."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    colours = {
        role.Window: WINDOW, role.WindowText: TEXT, role.Base: FIELD, role.AlternateBase: PANEL, role.Text: TEXT,
        role.Button: RAISED, role.ButtonText: TEXT, role.BrightText: ON_ACCENT, role.ToolTipBase: RAISED,
        role.ToolTipText: TEXT, role.PlaceholderText: DIM, role.Highlight: ACCENT, role.HighlightedText: ON_ACCENT,
        role.Link: ACCENT_LIGHT, role.LinkVisited: ACCENT_LIGHT, role.Light: EDGE, role.Midlight: HOVER,
        role.Mid: RAISED, role.Dark: LINE, role.Shadow: "#101010", role.Accent: ACCENT,
    }
    result = QPalette()
    for key, colour in colours.items():
        result.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        result.setColor(group.Disabled, key, QColor(DISABLED))
    result.setColor(group.Disabled, role.Highlight, QColor(RAISED))
    return result


def mark(widget: QWidget, name: str, value: bool = True) -> None:
    """Set one of the properties the style sheet knows (primary, quiet, dim, heading) and show the difference."""
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
