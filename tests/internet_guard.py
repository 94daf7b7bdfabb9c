"""Ends this process and every child of it with SIGSYS as soon as anything in it, native code too, opens an internet
socket: what patches Python's sockets sees neither libraries nor other processes.
"""

from __future__ import annotations

import ctypes
import faulthandler
import platform
import signal
import socket
import sys

_SYSCALLS = {"x86_64": (0xC000003E, 41, 317), "aarch64": (0xC00000B7, 198, 277)}
"""By machine: the kernel's name for it, and the numbers of socket(2) and seccomp(2)."""
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _TRAP = 0x7FFF0000, 0x00030000
_NUMBER, _MACHINE, _FAMILY = 0, 4, 16
"""Offsets in the kernel's ``seccomp_data``: number of the call, machine, first argument."""
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("if_true", ctypes.c_ubyte), ("if_false", ctypes.c_ubyte),
                ("value", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("first", ctypes.POINTER(_Instruction)))


def forbid_internet() -> bool:
    """From now on an internet socket ends the process; False where this system offers no such filter."""
    if not sys.platform.startswith("linux") or platform.machine() not in _SYSCALLS:
        return False
    machine, open_socket, seccomp = _SYSCALLS[platform.machine()]
    steps = (
        (_LOAD, 0, 0, _MACHINE), (_EQUAL, 0, 5, machine),
        (_LOAD, 0, 0, _NUMBER), (_EQUAL, 0, 3, open_socket),
        (_LOAD, 0, 0, _FAMILY), (_EQUAL, 2, 0, socket.AF_INET), (_EQUAL, 1, 0, socket.AF_INET6),
        (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _TRAP),
    )
    instructions = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(len(steps), instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    # A child starts without this handler and simply ends.
    faulthandler.register(signal.SIGSYS, chain=True)
    return libc.syscall(seccomp, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0
