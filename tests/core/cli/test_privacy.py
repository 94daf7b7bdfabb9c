"""Nothing goes out of the machine, and nothing is left behind outside of the folders the user knows about."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.settings import resources_folder
from tests.internet_guard import forbid_internet

_CHECKOUT = Path(__file__).resolve().parents[3]
_GUARDED = "from tests.internet_guard import forbid_internet; assert forbid_internet(); "
_COMPOSE = _GUARDED + "import sys; from core.cli import main; sys.exit(main(sys.argv[1:]))"

pytestmark = pytest.mark.skipif(not forbid_internet(), reason="this system has no such filter")


def _python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items()
             if not name.startswith("XDG_") and name != "ORT_DISABLE_TELEMETRY"}
    return subprocess.run([sys.executable, "-B", "-c", code, *arguments], env=known | environment, cwd=_CHECKOUT,
                          capture_output=True, text=True, check=False)


def test_the_guard_ends_whoever_opens_an_internet_socket() -> None:
    done = _python(_GUARDED + "import socket; socket.socketpair(); print('so far', flush=True); "
                              "socket.getaddrinfo('nowhere.invalid', 443)")
    assert done.stdout == "so far\n"
    assert done.returncode == -signal.SIGSYS


@pytest.mark.weights
def test_a_composite_asks_nobody_and_leaves_nothing_behind(tmp_path: Path, starter_pack) -> None:
    home, temporary, output = (tmp_path / name for name in ("home", "temporary", "output"))
    for folder in (home, temporary, output):
        folder.mkdir()
    samples = resources_folder() / "samples"
    done = _python(_COMPOSE, "compose", "--identity", str(samples / "portrait.jpg"),
                   "--shape", str(samples / "reference.jpg"), "--recipe", "classical", "--set", "quick=true",
                   "--out", str(output / "result.png"), "--report", str(output / "report.json"),
                   HOME=str(home), TMPDIR=str(temporary), COIFFE_HOME=str(home / "settings"))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in output.iterdir()) == ["report.json", "result.png"]
    assert [*home.rglob("*"), *temporary.rglob("*")] == []
