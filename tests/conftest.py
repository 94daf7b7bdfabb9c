"""What every test may count on: fixed seeds, one thread, no network, no warnings that pass unnoticed."""

from __future__ import annotations

import logging
import os
import random
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

# Numeric libraries read these once, when they are first imported.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.internet_guard import forbid_internet  # noqa: E402

# Before any library is loaded, for everything that follows, other processes too.
forbid_internet()

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

cv2.setNumThreads(1)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The development photographs and labels, named by COIFFE_DATA; skips where they are absent."""
    from core.bench.data import data_folder

    folder = data_folder()
    if not (folder / "portraits").is_dir():
        pytest.skip(f"no development data in {folder} (set COIFFE_DATA)")
    return folder


@pytest.fixture(scope="session")
def starter_pack():
    """The shipped model pack; skips where its weights are not installed."""
    from core.errors import ModelFileError
    from core.models.pack import open_pack

    try:
        return open_pack("starter")
    except ModelFileError as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def _fixed_randomness() -> None:
    random.seed(0)
    np.random.seed(0)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(0)
        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise AssertionError(f"a test tried to connect to {address!r}")

    if hasattr(socket, "AF_UNIX"):
        plain = socket.socket.connect

        def guarded(self: socket.socket, address: object) -> None:
            if self.family == socket.AF_UNIX:
                return plain(self, address)  # type: ignore[arg-type]
            return refuse(self, address)

        monkeypatch.setattr(socket.socket, "connect", guarded)
    else:
        monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def expected_logs() -> Iterator[list[str]]:
    """Fails the test on any log of level WARNING or above, unless the test clears this list of messages."""
    collector = _Collector()
    logging.getLogger().addHandler(collector)
    yield collector.messages
    logging.getLogger().removeHandler(collector)
    if collector.messages:
        pytest.fail("logged: " + "; ".join(collector.messages))
