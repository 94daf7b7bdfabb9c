"""Choices that belong to the machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from core import settings


def test_threads(monkeypatch):
    monkeypatch.setattr(settings, "_threads", None)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert settings.thread_count() == 3
    settings.set_thread_count(2)
    assert settings.thread_count() == 2
    with pytest.raises(ValueError, match="at least one"):
        settings.set_thread_count(0)
    monkeypatch.setattr(settings, "_threads", None)
    monkeypatch.setenv("OMP_NUM_THREADS", "nonsense")
    for cores, threads in ((1, 1), (2, 1), (4, 3), (64, settings.MOST_THREADS)):
        monkeypatch.setattr(settings, "physical_cores", lambda cores=cores: cores)
        assert settings.thread_count() == threads


def test_thread_pools_are_sized_unless_somebody_did(monkeypatch):
    names = (*settings._THREAD_VARIABLES, "OMP_WAIT_POLICY")
    for name in names:
        # Set first, so that what the function writes is taken back at the end.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(settings, "_threads", 2)
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    settings.size_thread_pools()
    assert [os.environ[name] for name in names] == ["2", "2", "7", "2", "PASSIVE"]
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    settings.size_thread_pools()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"


def test_folders(monkeypatch, tmp_path):
    assert (settings.resources_folder() / "models").is_dir()
    monkeypatch.setenv("COIFFE_HOME", str(tmp_path))
    assert settings.user_data_folder() == tmp_path
    monkeypatch.delenv("COIFFE_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform.startswith("linux"):
        assert settings.user_data_folder() == Path(tmp_path) / "coiffe"


@pytest.mark.skipif(not Path("/proc/meminfo").exists(), reason="the system does not tell")
def test_memory():
    assert (settings.available_memory() or 0) > 1 << 20
