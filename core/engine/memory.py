"""How the engine's process asks the system for memory: it keeps what it has while it works.

An engine step takes and frees dozens of arrays of tens of megabytes. By default the C library fetches each of them
from the system and hands it back at once. The system must then empty the pages again and again, and it holds up other
processes for that, the window among them: a stroke painted meanwhile stands still for a tenth of a second now and then.
"""

from __future__ import annotations

import ctypes
import functools
import sys

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4
_TRIM_BYTES = 1 << 30


@functools.cache
def _c_library() -> ctypes.CDLL | None:
    """The GNU C library of this process, where it is the one."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None


def keep_freed() -> bool:
    """Reuse freed memory from now on instead of handing it back, up to a gigabyte.

    Returns:
        False where the C library offers no such choice (not GNU): then nothing changes.
    """
    library = _c_library()
    if library is None:
        return False
    return library.mallopt(_M_MMAP_MAX, 0) == 1 and library.mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES) == 1


def hand_back() -> None:
    """Hand back what is not in use now; for moments without work."""
    library = _c_library()
    if library is not None:
        library.malloc_trim(0)
