"""The set-up script must explain itself on machines it has never seen; nothing is installed here."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "packaging" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """A fresh copy of the module whose checkout is tmp_path and that starts no program but says it succeeded."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    module.commands = []

    def start(command, **options):
        module.commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(module.subprocess, "run", start)
    return module


def test_needs_the_standard_library_only():
    tree = ast.parse(SCRIPT.read_text())
    imported = {name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import)
                for name in node.names}
    imported |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


def test_installs_once_per_pyproject(bootstrap, tmp_path):
    python = tmp_path / ".venv" / "bin" / "python"
    bootstrap.install(python, "")
    assert bootstrap.commands[0][-1] == str(tmp_path)
    bootstrap.install(python, "")
    assert len(bootstrap.commands) == 1
    bootstrap.install(python, "dev")
    assert bootstrap.commands[1][-1] == f"{tmp_path}[dev]"
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    bootstrap.install(python, "")
    assert len(bootstrap.commands) == 3


def test_development_set_up_is_enough_for_a_run(bootstrap, tmp_path):
    bootstrap.install(tmp_path / "python", "dev")
    bootstrap.install(tmp_path / "python", "")
    assert len(bootstrap.commands) == 1


def test_failed_installation_is_tried_again(bootstrap, tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap.subprocess, "run",
                        lambda command, **options: subprocess.CompletedProcess(command, 1))
    with pytest.raises(bootstrap.SetUpError, match="pip"):
        bootstrap.install(tmp_path / "python", "")
    assert not list((tmp_path / ".venv").glob("*.stamp"))


def library(monkeypatch, bootstrap, *missing: str) -> None:
    def load(name: str) -> None:
        if name in missing:
            raise OSError(name)

    monkeypatch.setattr(bootstrap.ctypes, "CDLL", load)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/usr/bin/" + name if name == "apt-get" else None)


def test_present_libraries_need_no_command(bootstrap, monkeypatch):
    library(monkeypatch, bootstrap)
    bootstrap.check_libraries()
    assert bootstrap.commands == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX users")
def test_root_installs_and_others_are_told_the_command(bootstrap, monkeypatch, capsys):
    library(monkeypatch, bootstrap, "libGL.so.1", "libxcb-cursor.so.0")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.SetUpError) as told:
        bootstrap.check_libraries()
    assert "sudo apt-get install -y --no-install-recommends libgl1 libxcb-cursor0" in str(told.value)
    assert bootstrap.commands == []
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    with pytest.raises(bootstrap.SetUpError):
        bootstrap.check_libraries()
    assert bootstrap.commands[-1][:3] == ["apt-get", "install", "-y"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX users")
def test_missing_window_libraries_do_not_stop_the_command_line(bootstrap, monkeypatch, capsys):
    library(monkeypatch, bootstrap, "libxcb-cursor.so.0")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    bootstrap.check_libraries()
    assert "libxcb-cursor0" in capsys.readouterr().out


def test_old_python_is_named(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 10, 1))
    assert bootstrap.main(["run"]) == 1
    assert "3.11" in capsys.readouterr().err


@pytest.fixture
def started(bootstrap, tmp_path, monkeypatch):
    """What ``run`` starts in the end, the set-up being done."""
    commands = []
    monkeypatch.setattr(bootstrap, "make_environment", lambda: tmp_path / "python")
    monkeypatch.setattr(bootstrap, "wait_for", lambda command: commands.append(command) or 0)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return commands


@pytest.mark.parametrize("variable", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_run_opens_the_window_where_there_is_a_display(bootstrap, started, monkeypatch, variable):
    monkeypatch.setenv(variable, ":7")
    assert bootstrap.main(["run", "--skip-libraries"]) == 0
    assert started[0][1:] == ["-m", "editor"]


def test_run_without_a_display_makes_the_sample_and_says_so(bootstrap, started, capsys):
    assert bootstrap.main(["run", "--skip-libraries"]) == 0
    assert started[0][1].endswith("sample.py")
    assert "no display" in capsys.readouterr().out


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_always_have_a_display(bootstrap, monkeypatch, platform):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(bootstrap.sys, "platform", platform)
    assert bootstrap.has_display()
