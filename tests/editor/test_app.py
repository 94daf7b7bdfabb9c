"""The program from its command line to its end, in a process of its own as users run it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, qWarning

from editor import app as app_module
from editor.problems import Problems, log_file, start_log

_CHECKOUT = Path(__file__).resolve().parents[2]
_SESSION = """
import sys
from PySide6.QtCore import QTimer
from editor import app

def look():
    window = next(w for w in app.QApplication.topLevelWidgets() if w.objectName() == "mainWindow")
    heavy = [name for name in ("torch", "scipy", "pymatting", "onnxruntime", "numba", "skimage", "lpips")
             if name in sys.modules]
    print("visible", window.isVisible(), "heavy", heavy, flush=True)
    window.close()

if __name__ == "__main__":
    app.make_application()
    QTimer.singleShot({delay}, look)
    sys.exit(app.main({arguments!r}))
"""


def session(tmp_path: Path, *arguments: str, delay: int = 0) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "session.py"
    script.write_text(_SESSION.format(delay=delay, arguments=list(arguments)))
    environment = {**os.environ, "COIFFE_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "offscreen",
                   "PYTHONPATH": str(_CHECKOUT)}
    return subprocess.run([sys.executable, str(script)], env=environment, cwd=_CHECKOUT, capture_output=True,
                          text=True, timeout=60, check=False)


def test_starts_without_anything_heavy_and_ends_with_zero(tmp_path):
    done = session(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "visible True heavy []"
    assert (tmp_path / "home" / "settings.ini").is_file()


def test_closing_while_a_photo_is_being_opened_ends_with_zero(tmp_path, make_photo):
    done = session(tmp_path, str(make_photo(width=900, height=1200)), str(make_photo("hair.png")), delay=30)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


def test_importing_the_entry_point_imports_nothing(tmp_path):
    code = "import sys; import editor.__main__; sys.exit(any(m in sys.modules for m in ('PySide6', 'numpy', 'cv2')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=_CHECKOUT, timeout=60, check=False).returncode == 0


def test_version_and_help_need_no_window(capsys):
    for option in ("--version", "--help"):
        with pytest.raises(SystemExit) as ended:
            app_module.main([option])
        assert ended.value.code == 0
    assert "FILE" in capsys.readouterr().out


def test_foreign_plugin_path_is_cleared(monkeypatch, qapp):
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/of/opencv")
    assert app_module.make_application() is QCoreApplication.instance()
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ


@pytest.fixture
def problems(qapp):
    caught = Problems()
    caught.install()
    yield caught
    caught.uninstall()


def test_what_nobody_caught_is_logged_and_told(problems, tmp_path, expected_logs, qtbot):
    told: list[str] = []
    problems.happened.connect(lambda what, detail: told.append(what))
    handler = start_log(tmp_path / "user")
    assert handler is not None
    try:
        sys.excepthook(ValueError, ValueError("in a slot"), None)
        thread = threading.Thread(target=_fail, name="failing")
        thread.start()
        thread.join()
        qWarning("from Qt")
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == ["ValueError: in a slot", "ZeroDivisionError: division by zero"]
    text = log_file(tmp_path / "user").read_text()
    for part in ("in a slot", "division by zero", "from Qt"):
        assert part in text
    expected_logs.clear()


def _fail() -> None:
    _ = 1 / 0


def test_a_log_that_cannot_be_written_is_no_reason_not_to_start(tmp_path, expected_logs):
    (tmp_path / "file").write_text("")
    assert start_log(tmp_path / "file" / "below") is None
    expected_logs.clear()
