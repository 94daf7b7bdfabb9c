"""Values of a project's description, each checked for kind and range before anything is made of it."""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from core.document.document import RunSettings
from core.document.source import POINT_NAMES, FaceInfo

FAR = 1_000_000
"""Largest coordinate."""
LONGEST_TEXT = 4096


class Broken(ValueError):
    """A value that cannot be."""


def reason_of(error: Exception) -> str:
    """What was wrong with a description, in a few words."""
    if isinstance(error, KeyError):
        return f"{str(error)[:80]} is missing"
    if type(error) in (Broken, ValueError):
        return str(error)
    return type(error).__name__


def no_constant(name: str) -> NoReturn:
    """Refuse NaN and infinities, which JSON does not know."""
    raise Broken(f"{name} is no number")


def as_dict(value: Any) -> dict[str, Any]:
    """A group of values."""
    if not isinstance(value, dict):
        raise Broken("a group of values is missing")
    return value


def as_list(value: Any, most: int) -> list[Any]:
    """A list of at most ``most`` items."""
    if not isinstance(value, list) or len(value) > most:
        raise Broken("a list is missing or too long")
    return value


def as_text(value: object) -> str:
    """A text of sane length."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Broken("a text is missing or too long")
    return value


def as_texts(value: Any) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(as_text(item) for item in as_list(value, 1000))


def as_number(value: object, least: float, most: float) -> float:
    """A finite number within limits."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise Broken("a number is missing or out of range")
    return float(value)


def as_integer(value: object, least: int, most: int) -> int:
    """A whole number within limits."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Broken("a whole number is missing or out of range")
    return value


def _points(value: Any, columns: tuple[int, ...], most: int) -> NDArray[np.float64]:
    points = np.array([[as_number(number, -FAR, FAR) for number in as_list(point, max(columns))]
                       for point in as_list(value, most)], np.float64)
    if points.ndim != 2 or points.shape[1] not in columns:
        raise Broken("points are incomplete")
    return points


def as_face(entry: dict[str, Any]) -> FaceInfo:
    """Face, points and crop of a photo."""
    named = as_dict(entry["points"])
    points = {name: _points([named[name]], (2,), 1)[0] for name in POINT_NAMES}
    quad = _points(entry["quad"], (2,), 4)
    if quad.shape != (4, 2):
        raise Broken("a crop is incomplete")
    mesh = entry["landmarks"]
    boxes = _points(entry["faces"], (4,), 1000) if entry["faces"] else np.empty((0, 4))
    return FaceInfo(
        {name: (float(x), float(y)) for name, (x, y) in points.items()}, quad,
        None if mesh is None else _points(mesh, (2, 3), 10_000).astype(np.float32),
        as_number(entry["confidence"], 0, 1), entry["by_hand"] is True,
        tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in boxes),
        as_integer(entry["index"], 0, 1000))


def as_settings(entry: dict[str, Any]) -> RunSettings:
    """Known choices of the right kind; those that are missing keep their defaults."""
    settings = RunSettings()
    for field in fields(RunSettings):
        if field.name not in entry:
            continue
        value, default = entry[field.name], getattr(settings, field.name)
        if field.name == "parameters":
            value = {as_text(recipe): {as_text(name): _plain(item) for name, item in as_dict(values).items()}
                     for recipe, values in as_dict(value).items()}
        elif type(value) is not type(_plain(default)):
            raise Broken(f"the setting {field.name} is of an unknown kind")
        setattr(settings, field.name, value)
    return settings


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in as_list(value, 1000)]
    if isinstance(value, float) and not math.isfinite(value):
        raise Broken("a parameter is no number")
    if value is not None and not isinstance(value, (bool, int, float, str)):
        raise Broken("a parameter is of an unknown kind")
    return value
