"""Freed memory is kept while the engine works and handed back when it rests."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_PROGRAM = """
import os, sys
import numpy as np
from core.engine.memory import hand_back, keep_freed

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

if sys.argv[1] == "keep":
    assert keep_freed()
block, last = np.ones(25_000_000), np.ones(1000)
held = resident()
del block
freed = resident()
hand_back()
print(held - freed, held - resident())
"""


def _megabytes_gone(mode: str) -> list[int]:
    """What left the process when 200 MB were freed, and after memory was handed back."""
    answer = subprocess.run([sys.executable, "-c", _PROGRAM, mode], capture_output=True, text=True, check=True)
    return [int(number) for number in answer.stdout.split()]


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library offers the choice")
def test_freed_memory_stays_until_it_is_handed_back() -> None:
    at_once, _ = _megabytes_gone("default")
    freed, rested = _megabytes_gone("keep")
    assert at_once > 150
    assert freed < 50
    assert rested > 150
