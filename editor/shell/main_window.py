"""The window: puts canvas, panels, tools and actions together and lets them go again in good order."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from core.document.document import IDENTITY
from core.document.events import Change, Topic
from editor.actions.parts import Layout, Parts
from editor.actions.registry import Actions
from editor.actions.spec import Context
from editor.canvas.area import CanvasArea
from editor.canvas.tools.toolbox import ToolBox
from editor.engine_link import Engine
from editor.files.files import Files
from editor.files.opening import Opener
from editor.item_models.layer_delegate import ROW
from editor.look.keys import keep_from_shortcuts
from editor.panels.candidates import CandidatesStrip
from editor.panels.compare_bar import CompareBar
from editor.panels.history import HistoryPanel
from editor.panels.layers import LayersPanel
from editor.panels.masks import MasksPanel
from editor.panels.progress import ProgressStrip
from editor.panels.recipe import RecipePanel
from editor.panels.references import ReferencesPanel
from editor.panels.tool_options import ToolOptionsBar
from editor.panels.toolbar import ToolBar
from editor.run.controller import RunController
from editor.settings import Preferences, Settings
from editor.shell.bindings import Bindings
from editor.shell.docks import Docks, Panel
from editor.shell.drop_zones import FileDrops
from editor.shell.menus import build_menus
from editor.shell.open_dialogs import Dialogs
from editor.shell.recent_thumbnails import RecentThumbnails
from editor.shell.start_page import StartPage
from editor.shell.status_bar import StatusBar
from editor.widgets.banner import BannerStack
from editor.workspace import Notice, Workspace

SMALLEST = QSize(960, 600)
PREWARM_MS = 1000


class MainWindow(QMainWindow):
    """See the module.

    Args:
        settings: what is remembered.
        engine: None makes the real one.
    """

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("Coiffe")
        self.setMinimumSize(SMALLEST)
        self.settings = settings
        self.workspace = Workspace(engine or Engine(), self)
        self.workspace.tools, self.workspace.view = settings.load_tools(), settings.load_view()
        self.toolbox = ToolBox(self.workspace, self)
        self.run = RunController(self.workspace, self)
        self.run.watch_hand(lambda: self.toolbox.busy)
        self.opener = Opener(self.workspace, settings, self)
        self.thumbnails = RecentThumbnails(settings.folder / "thumbnails", self)
        self.actions_ = Actions(settings, self)
        self._dialogs = Dialogs(self.workspace, settings, self.actions_, self.run, self)
        self._run_text = ""
        self._layout_known = False
        self._chrome = True
        self._panels_hidden = self._has_run = False
        self._shown_once = self._ended = False
        self._banner_timer = self._timer(0, self._place_banners)
        self._prewarm_timer = self._timer(PREWARM_MS, self.workspace.engine.prewarm)
        self._build_canvas()
        Bindings(self.actions_, self._parts(), self)
        self._column.addWidget(CompareBar(self.workspace, self.actions_))
        self._build_bars()
        self._build_panels()
        self.menus = build_menus(self.menuBar(), self.actions_, self.files,
                                 [dock.toggleViewAction() for dock in self.docks.docks.values()])
        self._connect()
        self._use_preferences()
        self._show_document()
        self.actions_.refresh()

    def _timer(self, milliseconds: int, then: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    # -- building ----------------------------------------------------------------------------------------------
    def _build_canvas(self) -> None:
        self.area = CanvasArea(self.workspace, self.toolbox)
        self.progress = ProgressStrip(self.workspace, self.run)
        self.start_page = StartPage(self.settings, self.thumbnails)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.area, 1)
        column.addWidget(self.progress)
        self._column = column
        self._pages = QStackedWidget()
        self._pages.addWidget(self.start_page)
        self._pages.addWidget(page)
        self.setCentralWidget(self._pages)
        # Laid over the page: a message must not move the picture under the artist's hand.
        self.banners = BannerStack(self.workspace, self._pages)
        self.files = Files(self.workspace, self.settings, self.opener, self.banners,
                           finish_stroke=self.toolbox.finish, apply=self.run.apply, window=self)
        FileDrops(self, self._pages, self.files)

    def _parts(self) -> Parts:
        """What actions work on."""
        layout = Layout(close=self.close, reset=self.reset_layout, toggle_panels=self._toggle_panels,
                        panels_hidden=lambda: self._panels_hidden, toggle_full_screen=self._toggle_full_screen,
                        full_screen=self.isFullScreen, show_spread=self._show_spread,
                        rename_layer=self._rename_layer)
        return Parts(self.workspace, self.toolbox, self.area, self.run, self.files, self._dialogs, layout,
                     self.opener.find_hair, self)

    def _build_bars(self) -> None:
        self._options_bar = self.addToolBar(self.tr("Tool options"))
        self._options_bar.setObjectName("optionsBar")
        self._options_bar.setMovable(False)
        self._options_bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._options_bar.addWidget(ToolOptionsBar(self.workspace, self.toolbox))
        self.tool_bar = ToolBar(self.workspace, self.toolbox, self.actions_)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_bar)
        self.status = StatusBar(self.workspace)
        self.status.follow(self.area.main.viewport)
        self.setStatusBar(self.status)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def _build_panels(self) -> None:
        bottom = Qt.DockWidgetArea.BottomDockWidgetArea
        self.references = ReferencesPanel(self.workspace)
        self.layers, self.masks = LayersPanel(self.workspace), MasksPanel(self.workspace)
        # In low windows the other panels need the room more than an almost empty list does.
        self.layers.view.setMinimumHeight(ROW + 8)
        self.recipe = RecipePanel(self.workspace, self.run)
        self.candidates = CandidatesStrip(self.workspace, self.run)
        self.docks = Docks(self, [
            Panel("references", self.tr("References"), self.references, tab_when_low="layers",
                  height=196, roomy=328),
            Panel("layers", self.tr("Layers"), self.layers, height=235),
            Panel("masks", self.tr("Masks"), self.masks, tab_of="layers"),
            Panel("history", self.tr("History"), HistoryPanel(self.workspace), tab_of="layers"),
            Panel("recipe", self.tr("Recipe"), self.recipe, height=260, roomy=640),
            Panel("candidates", self.tr("Candidates"), self.candidates, bottom, height=86),
        ])
        self.actions_.attach(Context.CANVAS, self.area)
        self.actions_.attach(Context.LAYERS, self.layers)

    def _connect(self) -> None:
        self.start_page.openRequested.connect(self.files.choose_file)
        self.start_page.sampleRequested.connect(self.files.open_sample)
        self.start_page.pathRequested.connect(self.files.open_recent)
        self.references.openRequested.connect(self.files.choose_references)
        self.references.dropped.connect(self.files.add_references)
        self.references.pinRequested.connect(self._pin)
        self.references.roomWanted.connect(partial(self.docks.make_room, "references"))
        self.recipe.helpRequested.connect(self._dialogs.show_help)
        self.progress.answersWanted.connect(self._dialogs.show_answers)
        self.candidates.answersWanted.connect(self._dialogs.show_answers)
        self.masks.findHairRequested.connect(self.opener.find_hair)
        self.toolbox.faceEdited.connect(self.opener.analyse_again)
        self.toolbox.faceChosen.connect(self._analyse_face)
        self.opener.statusChanged.connect(self._show_status)
        self.opener.opened.connect(self._note_recent)
        self.opener.faceMissing.connect(self._offer_points)
        self.files.projects.saved.connect(self._note_recent)
        self.files.writer.statusChanged.connect(self._show_status)
        self.run.statusText.connect(self._note_run)
        self.workspace.documentReplaced.connect(self._show_document)
        self.workspace.modifiedChanged.connect(self.setWindowModified)
        self.workspace.changed.connect(self._note_change)
        self.workspace.toolChanged.connect(self._show_hint)
        self.settings.preferencesChanged.connect(self._use_preferences)
        self.area.panelsToggled.connect(self._toggle_panels)
        self.area.pinnedChanged.connect(self.references.set_pinned)
        for signal in (self.run.stateChanged, self.workspace.pendingChanged, self.workspace.documentReplaced):
            signal.connect(self._show_progress)
        self._show_progress()

    # -- what is shown -----------------------------------------------------------------------------------------
    @Slot()
    def _show_document(self) -> None:
        """The start page without a document, canvas and panels with one."""
        document = self.workspace.document
        self._has_run = False
        self._pages.setCurrentIndex(0 if document is None else 1)
        self._show_title()
        self._show_chrome(document is not None and not self._panels_hidden)
        self._show_hint()
        (self.start_page if document is None else self.area.main).setFocus()

    def _show_chrome(self, shown: bool) -> None:
        self._options_bar.setVisible(shown)
        self.tool_bar.setVisible(shown)
        if shown and not self._layout_known:
            self._layout_known = True
            self.docks.set_all_hidden(False)
            self.docks.restore(self.settings)
        elif shown != self._chrome:
            self.docks.set_all_hidden(not shown)
        self._chrome = shown
        for dock in self.docks.docks.values():
            dock.toggleViewAction().setEnabled(self.workspace.document is not None)

    def _show_title(self) -> None:
        document = self.workspace.document
        if document is None:
            self.setWindowTitle("Coiffe")
        else:
            name = document.path.name if document.path is not None else document.identity.name
            self.setWindowTitle(f"{name}[*] – Coiffe")
        self.setWindowModified(self.workspace.modified)

    @Slot()
    def _show_progress(self) -> None:
        """Strip and candidates take room from the picture with the first run, and keep it: it must not move later."""
        run, document = self.run, self.workspace.document
        self._has_run = document is not None and (
            self._has_run or run.active or run.finishing or run.failed or self.workspace.pending is not None
            or bool(document.candidates))
        self.progress.setVisible(self._has_run)
        self.docks.park("candidates", not self._has_run)

    @Slot()
    def _show_hint(self) -> None:
        self.status.set_tool_hint(self.toolbox.active.advice)

    @Slot()
    def _show_status(self) -> None:
        working = self.files.writer.status or self.opener.status
        self.status.set_status(self._run_text or working, waiting=bool(working) and not self._run_text)

    @Slot(str)
    def _note_run(self, text: str) -> None:
        self._run_text = text
        self._show_status()

    @Slot(object)
    def _note_change(self, change: Change) -> None:
        if change.topic is Topic.SAVED:
            self._show_title()
        elif change.topic is Topic.CANDIDATES:
            self._show_progress()

    @Slot(object)
    def _note_recent(self, path: Path) -> None:
        self.settings.add_recent(path)
        document = self.workspace.document
        sources = [] if document is None else document.sources.values()
        read = next((source.display for source in sources if source.photo.path == path), None)
        self.thumbnails.request(path.absolute(), read)

    # -- asked for by panels and actions -----------------------------------------------------------------------
    @Slot(str)
    def _pin(self, source_id: str) -> None:
        pinned = self.area.pinned
        self.area.pin(None if pinned is not None and pinned.source_id == source_id else source_id)

    @Slot(object, str)
    def _offer_points(self, notice: Notice, source_id: str) -> None:
        self.banners.add(notice, self.tr("Set points by hand"), partial(self._set_points, source_id))

    def _set_points(self, source_id: str) -> None:
        if source_id != IDENTITY and self.workspace.source(source_id) is not None:
            self.area.pin(source_id)
        self.workspace.set_tool("face")

    @Slot(str, int)
    def _analyse_face(self, source_id: str, index: int) -> None:
        self.opener.analyse(source_id, face_index=index)

    def _show_spread(self) -> None:
        """Go to the numbers that grow and feather the mask."""
        self.docks.show_panel("masks")
        self.masks.feather.setFocus()

    def _rename_layer(self) -> None:
        """Edit the active layer's name where it stands."""
        self.docks.show_panel("layers")
        self.layers.view.rename()

    def reset_layout(self) -> None:
        """Put all panels back."""
        self.set_panels_hidden(False)
        self.docks.arrange()
        self._show_progress()

    def set_panels_hidden(self, hidden: bool) -> None:
        """Leave only the canvas, or bring the panels back."""
        self._panels_hidden = hidden
        self.actions_.refresh()
        self._show_chrome(self.workspace.document is not None and not hidden)

    @Slot()
    def _toggle_panels(self) -> None:
        self.set_panels_hidden(not self._panels_hidden)

    def _toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    @Slot(str, str)
    def show_problem(self, what: str, detail: str) -> None:
        """Tell about an error that nobody expected."""
        self.workspace.notify(Notice(
            self.tr("Something went wrong inside the program."), what,
            self.tr("The portrait is still there. Undo the last step if it looks wrong, and save under a new name."),
            "error", detail))

    @Slot()
    def _use_preferences(self) -> None:
        preferences: Preferences = self.settings.preferences
        self.workspace.undo.budget_bytes = preferences.undo_megabytes << 20
        self.workspace.undo.limit = preferences.undo_steps

    # -- events ------------------------------------------------------------------------------------------------
    def event(self, event: QEvent) -> bool:
        if (event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
                and keep_from_shortcuts(event, self.area, busy=self.toolbox.busy)):
            event.accept()
            return True
        if event.type() is QEvent.Type.LayoutRequest:
            self._banner_timer.start()
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            # The desktop, too, can end full screen.
            self.actions_.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._shown_once:
            self._shown_once = True
            self._prewarm_timer.start()
        self._place_banners()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_banners()

    @Slot()
    def _place_banners(self) -> None:
        """On the start page at the top; over a portrait below, where no head is."""
        width = self._pages.width()
        height = self.banners.sizeHint().height()
        if self.banners.hasHeightForWidth():
            height = self.banners.heightForWidth(width)
        shown = self.workspace.document is not None
        top = self.area.mapTo(self._pages, QPoint(0, self.area.height())).y() - height if shown else 0
        self.banners.setGeometry(0, max(top, 0), width, height)
        self.banners.raise_()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave(self.close):
            event.ignore()
            return
        self.end()
        event.accept()

    def end(self) -> None:
        """Keep the settings and end whatever runs, without asking."""
        if self._ended:
            return
        self._ended = True
        self._save_settings()
        self._prewarm_timer.stop()
        self.thumbnails.stop()
        self.workspace.undo.silence()
        self.workspace.engine.shutdown()

    # -- between sessions --------------------------------------------------------------------------------------
    def restore_geometry(self) -> None:
        """Take the size and place of the last session; at first a size that leaves some of the screen free."""
        geometry = self.settings.bytes("geometry")
        if geometry.isEmpty() or not self.restoreGeometry(geometry):
            room = self.screen().availableGeometry()
            self.resize(room.size().boundedTo(QSize(max(1280, room.width() * 7 // 8),
                                                    max(800, room.height() * 7 // 8))))

    def _save_settings(self) -> None:
        self.settings.set_bytes("geometry", self.saveGeometry())
        if self._chrome:
            self.docks.save(self.settings)
        self.settings.save_tools(self.workspace.tools)
        self.settings.save_view(self.workspace.view)
        self.settings.save()
