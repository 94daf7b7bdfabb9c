"""The history panel follows the undo stack and tells what it holds."""

from __future__ import annotations

from PySide6.QtCore import Qt

from editor.actions import masks as mask_actions
from editor.panels.history import HistoryPanel


def test_steps_can_be_chosen_and_memory_is_told(workspace, document, qtbot, show):
    panel = show(HistoryPanel(workspace))
    model = panel.view.model()
    assert model is not None
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Opened"]
    assert not panel.undo_button.isEnabled()
    mask_actions.fill_mask(workspace)
    mask_actions.invert_mask(workspace)
    qtbot.waitUntil(panel.undo_button.isEnabled)
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Opened", "Fill mask", "Invert mask"]
    assert "of 512 MB" in panel.memory.text()
    assert not panel.memory.text().startswith("0 ")
    panel.view.setCurrentIndex(model.index(0, 0))
    assert not document.identity.masks["hair"].data.any()
    qtbot.waitUntil(panel.redo_button.isEnabled)
    qtbot.mouseClick(panel.redo_button, Qt.MouseButton.LeftButton)
    assert (document.identity.masks["hair"].data == 255).all()
