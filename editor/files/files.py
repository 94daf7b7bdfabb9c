"""Files come and go: dialogs, dropped files, recent ones, and never losing what is not saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from editor.files.exporting import Exporter, show_folder
from editor.files.opening import IMAGE_SUFFIXES, Opener
from editor.files.project_files import PROJECT_SUFFIX, ProjectFiles
from editor.files.samples import Sample, samples
from editor.files.unsaved import Answer, ask_about_unsaved
from editor.files.writing import Writer
from editor.settings import Settings
from editor.widgets.banner import BannerStack
from editor.workspace import Notice, Workspace


class Files(QObject):
    """What the File menu, the start page and dropped files do.

    Args:
        workspace: whose document comes and goes.
        settings: remembers folders and recent files.
        opener: reads photographs and projects.
        banners: tell what was exported.
        finish_stroke: completes what is being drawn, so that the document is whole.
        apply: makes the shown preview a layer.
        window: over which dialogs appear.
    """

    def __init__(self, workspace: Workspace, settings: Settings, opener: Opener, banners: BannerStack, *,
                 finish_stroke: Callable[[], object], apply: Callable[[], object], window: QWidget) -> None:
        super().__init__(window)
        self._workspace, self._settings, self._opener, self._banners = workspace, settings, opener, banners
        self._finish_stroke, self._apply, self._window = finish_stroke, apply, window
        self._recent_menu: QMenu | None = None
        self.writer = Writer(self)
        self.projects = ProjectFiles(workspace, settings, self.writer, window)
        self.exporter = Exporter(workspace, settings, self.writer, window)
        self.exporter.exported.connect(self._tell_exported)
        self._leaving: Callable[[], object] | None = None
        self.writer.idle.connect(self._go_on_leaving)

    # -- choosing -------------------------------------------------------------------------------------------------
    def choose_file(self) -> None:
        """Ask for a portrait or a project and open it."""
        path, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open a portrait or a project"),
                                              str(self._settings.last_folder), self._filter(projects=True))
        if path:
            self._settings.set_last_folder(Path(path).parent)
            self.open_path(Path(path))

    def choose_references(self, slot: str | None = None) -> None:
        """Ask for references, or for style pictures where a place for those is named; the first one goes there."""
        style = slot is not None and slot.rstrip("1234") == "style"
        title = self.tr("Add style pictures") if style else self.tr("Add references")
        paths, _ = QFileDialog.getOpenFileNames(self._window, title,
                                                str(self._settings.last_folder), self._filter())
        if paths:
            self._settings.set_last_folder(Path(paths[0]).parent)
            self._opener.add_references(paths, slot)

    def _filter(self, *, projects: bool = False) -> str:
        patterns = " ".join(f"*{suffix}" for suffix in IMAGE_SUFFIXES)
        kinds = [self.tr("Photographs ({0})").format(patterns), self.tr("All files (*)")]
        if projects:
            kinds[:1] = [self.tr("Photographs and projects ({0})").format(f"{patterns} *{PROJECT_SUFFIX}"), kinds[0],
                         self.tr("Projects ({0})").format(f"*{PROJECT_SUFFIX}")]
        return ";;".join(kinds)

    # -- saving ---------------------------------------------------------------------------------------------------
    def save(self) -> None:
        """Save the project; asks for a place the first time."""
        self._finish_stroke()
        self.projects.save()

    def save_as(self) -> None:
        """Save the project in another place."""
        self._finish_stroke()
        self.projects.save_as()

    def export(self) -> None:
        """Write the finished portrait as a picture."""
        self._finish_stroke()
        self.exporter.ask(self._apply)

    def _tell_exported(self, path: Path, notice: Notice) -> None:
        self._banners.add(notice, self.tr("Show folder"), partial(show_folder, path))

    # -- opening --------------------------------------------------------------------------------------------------
    def open_path(self, path: Path) -> None:
        """Open a portrait in place of what is open."""
        self._leave(partial(self._opener.open_identity, path))

    def open_sample(self, sample: Sample | None = None) -> None:
        """Open a portrait and a reference that come with the program, the first ones unless told."""
        self._leave(partial(self._opener.open_sample, sample or samples()[0]))

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open the first file; further photographs become references."""
        if paths:
            self._leave(partial(self._open_all, list(paths)))

    def _open_all(self, paths: list[Path]) -> None:
        self._opener.open_identity(paths[0])
        self._opener.add_references(paths[1:])

    def add_references(self, paths: Sequence[Path | str], slot: str = "") -> None:
        """Add photographs as references."""
        self._opener.add_references(paths, slot or None)

    def open_recent(self, path: Path) -> None:
        """Open a file of the list; one that is gone is taken off."""
        if path.exists():
            self.open_path(path)
        else:
            self._settings.remove_recent(path)
            self._workspace.notify(Notice(
                self.tr("{0} cannot be opened.").format(path.name),
                self.tr("It is not at {0} any more.").format(path.parent),
                self.tr("It was taken off the list of recent files."), "warning"))

    def keep_recent_menu(self, menu: QMenu) -> None:
        """List the recent files in a menu, from now on."""
        self._recent_menu = menu
        self._settings.recentChanged.connect(self._fill_recent_menu)
        self._fill_recent_menu()

    def _fill_recent_menu(self) -> None:
        menu = self._recent_menu
        if menu is None:
            return
        menu.clear()
        for number, path in enumerate(self._settings.recent, 1):
            name = path.name.replace("&", "&&")
            action = menu.addAction(f"&{number % 10}  {name}")
            action.setStatusTip(str(path))
            action.setData(str(path))
            action.triggered.connect(self._recent_chosen)
        menu.setEnabled(not menu.isEmpty())
        if not menu.isEmpty():
            menu.addSeparator()
            menu.addAction(self.tr("&Clear the list")).triggered.connect(self._settings.clear_recent)

    def _recent_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.open_recent(Path(action.data()))

    # -- leaving --------------------------------------------------------------------------------------------------
    def close_document(self) -> None:
        """Back to the start page."""
        self._leave(self._close)

    def _close(self) -> None:
        self._workspace.engine.abort()
        self._workspace.set_document(None)

    def may_leave(self, then: Callable[[], object] | None = None) -> bool:
        """Whether the document may go at once: there is none, it is saved, or the artist says so.

        Args:
            then: called once something is written that stood in the way; it has to ask again.
        """
        self._finish_stroke()
        self._leaving = None
        document = self._workspace.document
        if self.writer.busy:
            # What is being written may be just what would be asked about.
            self._leaving = then
            self._workspace.hinted.emit(self.writer.status)
            return False
        if not self._workspace.modified or document is None:
            return True
        name = document.identity.name if document.path is None else document.path.name
        answer = ask_about_unsaved(self._window, name, can_save=True)
        if answer is Answer.SAVE:
            self.projects.save(then)
        return answer is Answer.DISCARD

    def _leave(self, then: Callable[[], object]) -> None:
        if self.may_leave(partial(self._leave, then)):
            then()

    def _go_on_leaving(self) -> None:
        then, self._leaving = self._leaving, None
        if then is not None:
            then()
