"""Which function carries out which action, and when it can: menus, keys and panels all end in the same places."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from core.document.document import Target
from core.document.layer import BASE
from core.recipes.catalogue import CATALOGUE
from editor.actions import (
    compare as compare_actions,
)
from editor.actions import (
    guides as guide_actions,
)
from editor.actions import (
    layers as layer_actions,
)
from editor.actions import (
    masks as mask_actions,
)
from editor.actions import (
    references as reference_actions,
)
from editor.actions.registry import Actions
from editor.actions.table import TABLE
from editor.canvas.tools import brush_actions
from editor.engine_link import RunState
from editor.options import CompareMode, MaskView
from editor.run.request import recipe_info
from editor.shell import open_dialogs

if TYPE_CHECKING:
    from editor.shell.main_window import MainWindow

Handler = Callable[..., object]
_ZOOM_STEP = 2**0.5
_TURN = 15.0
_PEEK_MS = 1200
_MASK_VIEWS = {
    "overlay": MaskView.OVERLAY, "outline": MaskView.OUTLINE, "black": MaskView.BLACK, "white": MaskView.WHITE,
    "grey": MaskView.GREY, "transparent": MaskView.TRANSPARENT, "off": MaskView.OFF,
}
_COMPARE_MODES = {
    "before": CompareMode.BEFORE, "split": CompareMode.SPLIT, "side_by_side": CompareMode.SIDE_BY_SIDE,
    "difference": CompareMode.DIFFERENCE, "onion": CompareMode.ONION,
}
_NEEDS_DOCUMENT = ("brush.", "view.", "compare.", "mask.", "layer.", "tool.", "file.save", "file.save_as",
                   "file.add_style", "file.export", "file.close")


class Bindings(QObject):
    """Makes the actions of one window and keeps them enabled and checked as things are."""

    def __init__(self, window: MainWindow, actions: Actions) -> None:
        super().__init__(window)
        self._window, self._actions, self._workspace = window, actions, window.workspace
        self._last_compare = CompareMode.SPLIT
        handlers = {**self._document(), **self._tools(), **self._view(), **self._masks(), **self._layers(),
                    **self._run(), **self._compare(), **self._program()}
        for spec in TABLE:
            if spec.id in handlers:
                actions.add(spec, handlers[spec.id])
        self._take_peek_keys()
        actions.shortcutsChanged.connect(self._take_peek_keys)
        self._peek_timer = QTimer(self)
        self._peek_timer.setSingleShot(True)
        self._peek_timer.setInterval(_PEEK_MS)
        self._peek_timer.timeout.connect(self._end_peek)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.refresh)
        workspace = self._workspace
        for signal in (workspace.documentReplaced, workspace.changed, workspace.targetChanged,
                       workspace.activeLayerChanged, workspace.toolChanged, workspace.optionsChanged,
                       workspace.viewChanged, workspace.pendingChanged, workspace.frameChanged,
                       workspace.undo.indexChanged, window.run.stateChanged):
            signal.connect(self._later.start)

    def follow_panels(self) -> None:
        """Open what the panels ask for; call once they are there."""
        window = self._window
        answers = partial(open_dialogs.show_answers, window)
        window.recipe.helpRequested.connect(partial(open_dialogs.show_help, window))
        window.progress.answersWanted.connect(answers)
        window.candidates.answersWanted.connect(answers)

    # -- who does what --------------------------------------------------------------------------------------------
    def _document(self) -> dict[str, Handler]:
        files = self._window.files
        return {
            "file.open": files.choose_file, "file.open_sample": files.open_sample,
            "file.add_reference": files.choose_references, "file.close": files.close_document,
            "file.add_style": partial(files.choose_references, "style"),
            "file.save": files.save, "file.save_as": files.save_as,
            "file.export": files.export,
            "file.quit": self._window.close, "edit.undo": self._undo, "edit.redo": self._redo,
        }

    def _tools(self) -> dict[str, Handler]:
        workspace = self._workspace
        names = [name for name in self._window.toolbox.tools if name != "eraser"]
        return {
            **{f"tool.{name}": partial(workspace.set_tool, name) for name in names},
            "tool.eraser": partial(brush_actions.toggle_eraser, workspace),
            "brush.smaller": partial(brush_actions.change_size, workspace, -1),
            "brush.larger": partial(brush_actions.change_size, workspace, 1),
            "brush.softer": partial(brush_actions.change_hardness, workspace, -1),
            "brush.harder": partial(brush_actions.change_hardness, workspace, 1),
            "brush.swap": partial(brush_actions.swap_polarity, workspace),
            "brush.defaults": partial(brush_actions.default_tools, workspace),
            **{f"brush.opacity_{percent}": partial(brush_actions.set_opacity, workspace, percent / 100)
               for percent in range(10, 101, 10)},
        }

    def _view(self) -> dict[str, Handler]:
        return {
            "view.zoom_in": partial(self._zoom, _ZOOM_STEP), "view.zoom_out": partial(self._zoom, 1 / _ZOOM_STEP),
            "view.fit": self._fit, "view.actual_size": self._actual_size, "view.previous_zoom": self._previous_zoom,
            "view.rotate_left": partial(self._turn, -_TURN), "view.rotate_right": partial(self._turn, _TURN),
            "view.rotation_reset": self._upright, "view.mirror": self._mirror,
            "view.overlay": self._toggle_overlay, "view.face": partial(self._set_view, "show_face"),
            "view.pixel_grid": partial(self._set_view, "pixel_grid"), "view.unpin": self._unpin,
            **{f"view.mask_{name}": partial(mask_actions.set_mask_view, self._workspace, value)
               for name, value in _MASK_VIEWS.items()},
        }

    def _masks(self) -> dict[str, Handler]:
        workspace, window = self._workspace, self._window
        return {
            **{f"mask.paint_{role}": partial(mask_actions.select_role, workspace, role)
               for role in ("hair", "ignore", "protect", "layer")},
            "mask.fill": partial(mask_actions.fill_mask, workspace),
            "mask.clear": partial(mask_actions.clear_mask, workspace),
            "mask.invert": partial(mask_actions.invert_mask, workspace),
            "mask.spread": window.show_spread,
            "mask.find_hair": self._find_hair,
            "mask.load": partial(mask_actions.choose_and_load_mask, workspace, window),
            "mask.save": partial(mask_actions.choose_and_save_mask, workspace, window),
        }

    def _layers(self) -> dict[str, Handler]:
        workspace = self._workspace
        return {
            "layer.new_from_reference": partial(reference_actions.new_layer_from_reference, workspace),
            "layer.keep_guide": partial(guide_actions.keep_guide, workspace),
            "layer.duplicate": partial(layer_actions.duplicate_layer, workspace),
            "layer.merge_down": partial(layer_actions.merge_down, workspace),
            "layer.delete": partial(layer_actions.delete_layer, workspace),
            "layer.rename": self._window.rename_layer,
            "layer.visible": self._toggle_visible, "layer.locked": self._toggle_locked,
            "layer.mask_enabled": self._toggle_layer_mask, "layer.guide": self._switch_guide,
            "layer.next": partial(layer_actions.cycle_layer, workspace, 1),
            "layer.previous": partial(layer_actions.cycle_layer, workspace, -1),
            "layer.up": partial(layer_actions.raise_layer, workspace, 1),
            "layer.down": partial(layer_actions.raise_layer, workspace, -1),
        }

    def _run(self) -> dict[str, Handler]:
        run = self._window.run
        return {
            "run.run": self._start_run, "run.pause": run.toggle_pause, "run.stop": run.stop, "run.apply": run.apply,
            "run.discard": run.discard, "run.next_candidate": partial(run.next_candidate, 1),
            "run.previous_candidate": partial(run.next_candidate, -1),
            "run.answers": partial(open_dialogs.show_answers, self._window),
        }

    def _compare(self) -> dict[str, Handler]:
        workspace = self._workspace
        return {
            **{f"compare.{name}": partial(compare_actions.set_mode, workspace, mode)
               for name, mode in _COMPARE_MODES.items()},
            "compare.toggle": self._toggle_compare, "compare.peek": self._peek,
            "compare.turn_split": partial(compare_actions.turn_split, workspace),
        }

    def _program(self) -> dict[str, Handler]:
        window = self._window
        return {
            "edit.shortcuts": partial(open_dialogs.edit_shortcuts, window),
            "edit.preferences": partial(open_dialogs.edit_preferences, window),
            "window.reset": window.reset_layout, "window.panels": window.set_panels_hidden,
            "window.full_screen": window.set_full_screen,
            "help.recipe": self._show_help,
            "help.shortcuts": partial(open_dialogs.edit_shortcuts, window),
            "help.log": partial(open_dialogs.show_log, window),
            "help.about": partial(open_dialogs.show_about, window),
        }

    # -- small ones -----------------------------------------------------------------------------------------------
    def _undo(self) -> None:
        # While drawing, undo takes back what is being drawn.
        if not self._window.toolbox.cancel():
            self._workspace.undo.undo()

    def _redo(self) -> None:
        if not self._window.toolbox.busy:
            self._workspace.undo.redo()

    def _zoom(self, factor: float) -> None:
        self._window.area.active.viewport.zoom_by(factor)

    def _fit(self) -> None:
        self._window.area.active.fit()

    def _actual_size(self) -> None:
        self._window.area.active.viewport.zoom_to(1.0)

    def _previous_zoom(self) -> None:
        self._window.area.active.viewport.previous()

    def _turn(self, degrees: float) -> None:
        self._window.area.active.viewport.rotate(degrees)

    def _upright(self) -> None:
        self._window.area.active.viewport.reset_rotation()

    def _mirror(self, _on: bool) -> None:
        self._window.area.active.viewport.mirror()
        self._later.start()

    def _toggle_overlay(self, _on: bool) -> None:
        mask_actions.toggle_overlay(self._workspace)

    def _set_view(self, name: str, on: bool) -> None:
        setattr(self._workspace.view, name, on)
        self._workspace.viewChanged.emit()

    def _unpin(self) -> None:
        self._window.area.pin(None)

    def _peek(self) -> None:
        """Chosen from the menu, which has no key that could be held."""
        self._window.area.main.set_before(True)
        self._peek_timer.start()

    def _end_peek(self) -> None:
        self._window.area.main.set_before(False)

    def _take_peek_keys(self) -> None:
        self._workspace.peek_keys = tuple(self._actions["compare.peek"].shortcuts())

    def _toggle_compare(self) -> None:
        compare_actions.toggle(self._workspace, self._last_compare)

    def _find_hair(self) -> None:
        target = self._workspace.target
        source = self._workspace.source(target.item) or self._workspace.source("identity")
        if source is not None:
            self._workspace.set_target(Target(source.id, "hair"))
            self._window.opener.find_hair(source.id)

    def _toggle_visible(self, _on: bool) -> None:
        layer_actions.toggle_visible(self._workspace)

    def _toggle_locked(self, _on: bool) -> None:
        layer_actions.toggle_locked(self._workspace)

    def _toggle_layer_mask(self, _on: bool) -> None:
        layer_actions.toggle_layer_mask(self._workspace)

    def _switch_guide(self, _on: bool) -> None:
        guide_actions.switch_guide(self._workspace)

    def _show_help(self) -> None:
        document = self._workspace.document
        open_dialogs.show_help(self._window, next(iter(CATALOGUE)) if document is None else recipe_info(document).name)

    def _start_run(self) -> None:
        self._window.toolbox.finish()
        self._window.run.run()

    # -- what is possible -------------------------------------------------------------------------------------------
    def refresh(self) -> None:
        """Enable and check every action as things are now."""
        document = self._workspace.document
        for action_id in self._actions:
            if action_id.startswith(_NEEDS_DOCUMENT):
                self._actions[action_id].setEnabled(document is not None)
        self._refresh_edit()
        self._refresh_view()
        self._refresh_layers()
        self._refresh_run()
        self._refresh_compare()

    def _enable(self, action_id: str, enabled: bool) -> None:
        self._actions[action_id].setEnabled(enabled)

    def _check(self, action_id: str, checked: bool) -> None:
        self._actions[action_id].setChecked(checked)

    def _refresh_edit(self) -> None:
        undo, busy = self._workspace.undo, self._window.toolbox.busy
        self._enable("edit.undo", undo.canUndo() or busy)
        self._enable("edit.redo", undo.canRedo() and not busy)
        self._actions["edit.undo"].setText(
            self.tr("&Undo {0}").format(undo.undoText()) if undo.undoText() else self.tr("&Undo"))
        self._actions["edit.redo"].setText(
            self.tr("&Redo {0}").format(undo.redoText()) if undo.redoText() else self.tr("&Redo"))
        for name in self._window.toolbox.tools:
            self._check(f"tool.{name}", self._workspace.tool == name)

    def _refresh_view(self) -> None:
        view, target = self._workspace.view, self._workspace.target
        self._check("view.overlay", view.mask_view is not MaskView.OFF)
        self._check("view.face", view.show_face)
        self._check("view.pixel_grid", view.pixel_grid)
        self._check("view.mirror", self._window.area.active.viewport.mirrored)
        self._enable("view.unpin", self._window.area.pinned is not None)
        for name, value in _MASK_VIEWS.items():
            self._check(f"view.mask_{name}", view.mask_view is value)
        editable = self._workspace.document is not None and not mask_actions.can_edit_mask(self._workspace)
        for name in ("fill", "clear", "invert", "load"):
            self._enable(f"mask.{name}", editable)
        for role in ("hair", "ignore", "protect", "layer"):
            self._check(f"mask.paint_{role}", target.role == role)
        layer = layer_actions.find_layer(self._workspace)
        self._enable("mask.paint_layer", layer is not None and layer.mask is not None)

    def _refresh_layers(self) -> None:
        workspace = self._workspace
        layer = layer_actions.find_layer(workspace)
        own = layer is not None and layer.kind != BASE
        self._enable("layer.new_from_reference", not reference_actions.can_become_layer(workspace))
        self._enable("layer.duplicate", not layer_actions.can_duplicate(workspace))
        self._enable("layer.merge_down", not layer_actions.can_merge_down(workspace))
        self._enable("layer.delete", not layer_actions.can_delete(workspace))
        self._enable("layer.keep_guide", not guide_actions.can_keep(workspace))
        for name in ("locked", "mask_enabled", "guide", "up", "down"):
            self._enable(f"layer.{name}", own)
        if layer is not None:
            self._check("layer.visible", layer.visible)
            self._check("layer.locked", layer.locked or layer.kind == BASE)
            self._check("layer.mask_enabled", own and layer.mask_enabled)
            self._check("layer.guide", layer.guide)

    def _refresh_compare(self) -> None:
        mode = self._workspace.view.compare
        if mode is not CompareMode.OFF:
            self._last_compare = mode
        for name, value in _COMPARE_MODES.items():
            self._check(f"compare.{name}", mode is value)
        if self._workspace.document is not None:
            self._enable("compare.turn_split", mode is CompareMode.SPLIT)

    def _refresh_run(self) -> None:
        run, workspace = self._window.run, self._workspace
        listed = [] if workspace.document is None else workspace.document.candidates
        has_candidates = bool(listed)
        self._enable("run.run", not run.can_run())
        self._enable("run.pause", run.active and run.state is not RunState.STOPPING)
        self._enable("run.stop", run.active and run.state is not RunState.STOPPING)
        paused = run.state in (RunState.PAUSED, RunState.PAUSING)
        self._actions["run.pause"].setText(self.tr("&Resume") if paused else self.tr("&Pause"))
        self._enable("run.apply", workspace.pending is not None)
        self._enable("run.discard", workspace.pending is not None or run.failed)
        self._enable("run.answers", any(len(candidate.choices) > 1 for candidate in listed))
        self._enable("run.next_candidate", has_candidates and not run.active)
        self._enable("run.previous_candidate", has_candidates and not run.active)
