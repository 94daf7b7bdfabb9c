"""What several commands share: threads, photos and masks from files, hand-set points, warnings, Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.document.photo import Photo
from core.errors import InputRefused
from core.io.image import read_photo
from core.settings import set_thread_count, size_thread_pools, thread_count

POINTS = ("eye_right", "eye_left", "mouth_right", "mouth_left", "chin")


def use_threads(count: int | None, *, torch_too: bool) -> None:
    """Give every numeric library the same number of threads; call before the first of them is imported.

    Raises:
        InputRefused: count is below 1.
    """
    if count is not None:
        if count < 1:
            raise InputRefused(f"--threads {count} is not usable.", "At least one thread is needed.")
        set_thread_count(count)
    size_thread_pools()
    import cv2

    threads = thread_count()
    cv2.setNumThreads(threads)
    if torch_too:
        import torch

        torch.set_num_threads(threads)


def load_photo(path: Path, warnings: list[str]) -> Photo:
    """Read a photograph; what is odd about it goes to warnings."""
    return read_photo(path, warnings=warnings)


def parse_points(text: str | None, photo: Photo, flag: str) -> dict[str, NDArray[np.float64]] | None:
    """Hand-set face points from "x,y,x,y,...": eye_right, eye_left, mouth_right, mouth_left and maybe chin.

    Raises:
        InputRefused: not 8 or 10 numbers, outside the photo, or points that coincide.
    """
    if text is None:
        return None
    what = f"{flag} {text!r} is not usable."
    advice = "Give x,y of eye_right, eye_left, mouth_right, mouth_left and, if you like, chin, in photo pixels."
    try:
        values = np.array([float(part) for part in text.replace(";", ",").split(",")])
    except ValueError as error:
        raise InputRefused(what, "It holds something that is not a number.", advice) from error
    if values.size not in (8, 10) or not np.isfinite(values).all():
        raise InputRefused(what, f"8 or 10 numbers are expected, {values.size} were given.", advice)
    points = values.reshape(-1, 2)
    if (points < 0).any() or (points >= (photo.width, photo.height)).any():
        raise InputRefused(what, f"A point lies outside the photo of {photo.width} x {photo.height} pixels.", advice)
    if min(np.hypot(*(points[0] - points[1])), np.hypot(*(points[0] - points[2]))) < 4:
        raise InputRefused(what, "The points lie on top of each other.", advice)
    if points[0, 0] > points[1, 0] and points[2, 1] > points[0, 1]:
        raise InputRefused(what, "The right and the left eye are swapped.",
                           "The subject's right eye is the one on the left of the picture.")
    return dict(zip(POINTS, points, strict=False))


def parse_settings(pairs: list[str]) -> dict[str, Any]:
    """Recipe parameters from "name=value" texts.

    Raises:
        InputRefused: a text without an equals sign.
    """
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise InputRefused(f"--set {pair!r} is not usable.", "It must read name=value.")
        found[name.strip().replace("-", "_")] = value.strip()
    return found


def face_index(chosen: int | None, flag: str) -> int:
    """Which face, 0 by default.

    Raises:
        InputRefused: a negative number.
    """
    if chosen is not None and chosen < 0:
        raise InputRefused(f"{flag} {chosen} is not usable.", "Faces are counted from 0, the largest.")
    return chosen or 0


def show_warnings(warnings: list[str], options: Namespace) -> None:
    """Print warnings on stderr, each once, unless --quiet."""
    if not options.quiet:
        for text in dict.fromkeys(warnings):
            print(f"warning: {text}", file=sys.stderr)


def tell_written(options: Namespace) -> None:
    """Name the files that were written, unless --quiet."""
    names = ("out", "matte", "latent", "report", "previews")
    files = [str(getattr(options, name)) for name in names if getattr(options, name, None) is not None]
    if not options.quiet:
        print(f"wrote {', '.join(files)}", file=sys.stderr)


@contextlib.contextmanager
def gentle_interrupt(cancel: Callable[[], None]) -> Iterator[None]:
    """While inside, the first Ctrl-C (or polite kill) calls cancel; the second one aborts at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        os.write(2, b"\nstopping: the best so far is kept; once more to abort\n")
        cancel()

    numbers = [signal.SIGINT, signal.SIGTERM]
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, previous in zip(numbers, before, strict=True):
            signal.signal(number, previous)
