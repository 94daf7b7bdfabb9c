"""What was chosen comes back; what makes no sense in the file does no harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from editor.options import CompareMode, MaskView, ToolOptions, ViewOptions
from editor.settings import RECENT, Preferences, Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "settings.ini"


def test_everything_comes_back(path, qapp):
    settings = Settings(path)
    tools, view = ToolOptions(), ViewOptions(mask_view=MaskView.GREY, surround=99, compare=CompareMode.SPLIT)
    tools.brush.size, tools.lasso.feather, tools.erase = 33.5, 4.0, True
    view.colours["hair"] = "#112233"
    settings.save_tools(tools)
    settings.save_view(view)
    settings.set_preferences(Preferences(undo_megabytes=128, threads=2))
    settings.set_bytes("layout", QByteArray(b"\x00\xff,\";"))
    settings.set_shortcuts({"tool.brush": ["Ctrl+,", ";"]})
    settings.add_recent(Path("/tmp/é, \"x\".png"))
    settings.set("list", [1, "two"])
    settings.save()
    again = Settings(path)
    assert again.load_tools() == tools
    view.compare = CompareMode.OFF
    assert again.load_view() == view
    assert again.preferences == Preferences(undo_megabytes=128, threads=2)
    assert bytes(again.bytes("layout").data()) == b"\x00\xff,\";"
    assert again.shortcuts == {"tool.brush": ["Ctrl+,", ";"]}
    assert again.recent == [Path("/tmp/é, \"x\".png")]
    assert again.get("list", []) == [1, "two"]


def test_recent_files_are_few_unique_and_newest_first(path, qapp, tmp_path):
    settings = Settings(path)
    files = [tmp_path / f"{number}.png" for number in range(RECENT + 3)]
    for file in (*files, files[5]):
        settings.add_recent(file)
    assert settings.recent[0] == files[5]
    assert len(settings.recent) == len(set(settings.recent)) == RECENT
    settings.remove_recent(files[5])
    assert files[5] not in settings.recent
    settings.clear_recent()
    assert settings.recent == []


@pytest.mark.parametrize("text", ["", "nonsense", "{", "[]", "null", "12", '{"brush": 3, "erase": "yes"}',
                                  '{"mask_view": "no such", "surround": "white", "colours": {"hair": 1}}',
                                  '{"undo_steps": 99999999, "font_pixels": -4, "threads": true}'])
def test_nonsense_in_the_file_counts_as_absent(path, qapp, text):
    path.parent.mkdir()
    store = QSettings(str(path), QSettings.Format.IniFormat)
    for key in ("tools", "view", "preferences", "recent", "shortcuts", "last_folder", "layout"):
        store.setValue(key, text)
    store.sync()
    settings = Settings(path)
    assert settings.load_tools() == ToolOptions()
    assert settings.load_view() == ViewOptions()
    assert settings.recent == []
    assert settings.shortcuts == {}
    assert 10 <= settings.preferences.undo_steps <= 1000
    assert settings.preferences.font_pixels >= 11
    assert settings.bytes("layout").isEmpty()
    assert settings.last_folder.is_dir()


def test_the_user_folder_can_be_moved(tmp_path, monkeypatch, qapp):
    monkeypatch.setenv("COIFFE_HOME", str(tmp_path / "elsewhere"))
    assert Settings().path == tmp_path / "elsewhere" / "settings.ini"
