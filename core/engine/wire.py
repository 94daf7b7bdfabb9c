"""Messages over a pipe between two of our own processes: arrays go past the pickle, in pieces.

Copying a large array into or out of a pickle, or moving it in one call, would hold the interpreter lock for tens of
milliseconds, and the window would stutter. Pieces of a mebibyte keep every single hold below a millisecond.
"""

from __future__ import annotations

import importlib
import pickle
import struct
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

PIECE = 1 << 20
_COUNT = struct.Struct("<I")


def send(connection: Connection, message: Any) -> None:
    """Write one message; blocks while the other side does not read.

    Raises:
        OSError: the other side is gone.
    """
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    views = [buffer.raw() for buffer in buffers]
    sizes = struct.pack(f"<{len(views)}Q", *(view.nbytes for view in views))
    connection.send_bytes(_COUNT.pack(len(views)) + sizes + head)
    for view in views:
        for start in range(0, view.nbytes, PIECE):
            connection.send_bytes(view, start, min(PIECE, view.nbytes - start))


def receive(connection: Connection) -> Any:
    """Read one message; blocks until it is whole. Its arrays are writable.

    Only for pipes whose other end is a process of this program: a pickle can execute code.

    Raises:
        EOFError, OSError: the other side is gone.
    """
    head = memoryview(connection.recv_bytes())
    (count,) = _COUNT.unpack_from(head)
    sizes = struct.unpack_from(f"<{count}Q", head, _COUNT.size)
    buffers = []
    for size in sizes:
        # Not a bytearray: that one would be cleared first, with the interpreter locked.
        buffer = np.empty(size, np.uint8)
        view = buffer.data
        for start in range(0, size, PIECE):
            connection.recv_bytes_into(view[start : start + PIECE])
        buffers.append(buffer)
    return pickle.loads(head[_COUNT.size + 8 * count :], buffers=buffers)


def enter(entry: str, connection: Connection) -> None:
    """Begin a process of our own: call ``entry`` ("module:function") with its end of the pipe."""
    module, _, name = entry.partition(":")
    getattr(importlib.import_module(module), name)(connection)
