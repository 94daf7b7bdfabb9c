"""From a photo to a portrait: which face, where its crop lies, what is hair, skin and background."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.document.geometry import similarity_from_points
from core.document.photo import Photo
from core.errors import InputRefused
from core.faces.align import Alignment, align_points, crop_points
from core.faces.detect import ACCEPT, NetworkPack, face_from, find_faces, moved
from core.faces.face import Face, Portrait, Region
from core.faces.landmarks import CROP_CENTRE, CROP_SIDE, LandmarksNet, load_landmarks, sub_square
from core.faces.regions import Parsing, load_regions

_EYES_AND_MOUTH = ("eye_right", "eye_left", "mouth_right", "mouth_left")
_UNSURE = 0.75
_SMALL_SIDE = 160.0
_CACHED = 4

Points = Mapping[str, Sequence[float] | NDArray[np.floating]]


@dataclass(frozen=True, eq=False)
class _Analysis:
    face: Face
    alignment: Alignment
    parsing: Parsing
    warnings: tuple[str, ...]
    boxes: tuple[tuple[float, float, float, float], ...]


_cache: OrderedDict[tuple[object, ...], _Analysis] = OrderedDict()
_lock = threading.Lock()


def analyse(
    photo: Photo,
    pack: NetworkPack,
    *,
    hair_mask: NDArray[np.floating] | None = None,
    points: Points | None = None,
    face_index: int = 0,
) -> Portrait:
    """Find, align and parse the face of a photo.

    Args:
        photo: the photograph.
        pack: where the landmarks and regions networks lie.
        hair_mask: painted hair [H, W] in 0..1; replaces the network's, and the regions follow it.
        points: hand-set eye_right, eye_left, mouth_right, mouth_left and perhaps chin, each (x, y) in photo
            pixels. The face is then where they say, without detection.
        face_index: which face, counted from the largest, when there are several.

    Raises:
        InputRefused: no face, no such face, a mask of another size, points that say nothing.
        ModelFileError: a network of the pack cannot be used.
    """
    if hair_mask is not None and hair_mask.shape != (photo.height, photo.width):
        raise InputRefused(
            f"The hair mask does not fit {photo.name}.",
            f"It measures {hair_mask.shape[1]} x {hair_mask.shape[0]}, the photo {photo.width} x {photo.height}.",
            "Paint or export the mask at the size of the photo.",
        )
    hand_set = None if points is None else _checked(points, photo)
    found = _analysed(photo, pack, hand_set, face_index)
    regions, hair, warnings = found.parsing.regions, found.parsing.hair, found.warnings
    if hair_mask is not None:
        hair = np.clip(np.nan_to_num(np.asarray(hair_mask, np.float32)), 0, 1)
        regions = np.where(hair >= 0.5, np.uint8(Region.HAIR), found.parsing.beneath)
    return Portrait(photo, found.face, found.alignment, regions, hair, hair_mask is not None, warnings, found.boxes)


def _checked(points: Points, photo: Photo) -> dict[str, NDArray[np.float64]]:
    what = f"The hand-set points of {photo.name} cannot be used."
    advice = "Give both eye centres and both mouth corners in photo pixels."
    missing = [name for name in _EYES_AND_MOUTH if name not in points]
    if missing:
        raise InputRefused(what, f"Missing: {', '.join(missing)}.", advice)
    try:
        checked = {name: np.asarray(value, np.float64).reshape(2) for name, value in points.items()}
        side = align_points({name: checked[name] for name in _EYES_AND_MOUTH}).side
    except (ValueError, TypeError) as error:
        raise InputRefused(what, f"{error}.", advice) from error
    if side < 8 or not all(np.isfinite(value).all() for value in checked.values()):
        raise InputRefused(what, "They lie on top of each other.", advice)
    return checked


def _analysed(
    photo: Photo, pack: NetworkPack, points: dict[str, NDArray[np.float64]] | None, face_index: int
) -> _Analysis:
    landmarks_path, regions_path = pack.path("landmarks"), pack.path("regions")
    hand = None if points is None else tuple((k, *v.tolist()) for k, v in sorted(points.items()))
    stamps = tuple((str(path), path.stat().st_mtime_ns) for path in (landmarks_path, regions_path))
    key = (photo.digest, stamps, hand, face_index)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    if points is None:
        faces, warnings = _faces(photo, pack, face_index)
        face, boxes = faces[face_index], tuple(found.box for found in faces)
        alignment = align_points(crop_points(face.landmarks))
    else:
        alignment = align_points({name: points[name] for name in _EYES_AND_MOUTH})
        face = _from_points(load_landmarks(landmarks_path), photo, alignment, points)
        warnings, boxes = [], (face.box,)
    warnings += _doubts(face, alignment, photo)
    parsing = load_regions(regions_path).parse_full(photo, alignment)
    analysis = _Analysis(face, alignment, parsing, tuple(warnings), boxes)
    with _lock:
        _cache[key] = analysis
        while len(_cache) > _CACHED:
            _cache.popitem(last=False)
    return analysis


def _faces(photo: Photo, pack: NetworkPack, face_index: int) -> tuple[list[Face], list[str]]:
    """All faces, of which the wanted one must be there, and what is to be said about them."""
    faces = find_faces(photo, pack)
    if not faces:
        raise InputRefused(
            f"No face was found in {photo.name}.",
            "It may be hidden, turned away, or smaller than 80 pixels.",
            "Use another photo, or set the eyes and the corners of the mouth by hand.",
        )
    if not 0 <= face_index < len(faces):
        raise InputRefused(
            f"{photo.name} has no face number {face_index + 1}.",
            f"{len(faces)} found, counted from the largest.",
            "Choose a smaller number.",
        )
    warnings = []
    if len(faces) > 1:
        warnings.append(
            f"{len(faces)} faces were found in {photo.name}; number {face_index + 1} by size is used."
        )
    return faces, warnings


def _from_points(
    net: LandmarksNet, photo: Photo, alignment: Alignment, points: dict[str, NDArray[np.float64]]
) -> Face:
    """The face where hand-set points say it is: the network's landmarks, moved until eyes and mouth agree."""
    crop = sub_square(alignment, CROP_CENTRE, CROP_SIDE)
    landmarks, confidence = net.predict(photo.rgb8(), [crop])
    predicted = crop_points(landmarks[0])
    names = [name for name in predicted if name in points]
    weights = np.array([0.4 if name == "chin" else 1.0 for name in names])
    source, target = (np.stack([group[name] for name in names]) for group in (predicted, points))
    try:
        matrix = similarity_from_points(source, target, weights)
    except ValueError:
        matrix = np.eye(3)
    return face_from(moved(landmarks[0], matrix), float(confidence[0]))


def _doubts(face: Face, alignment: Alignment, photo: Photo) -> list[str]:
    doubts = []
    if face.confidence < ACCEPT:
        doubts.append(f"The landmarks in {photo.name} are unreliable (confidence {face.confidence:.2f}).")
    elif face.confidence < _UNSURE:
        doubts.append(
            f"The face in {photo.name} is unclear (confidence {face.confidence:.2f}); check the alignment."
        )
    if alignment.side < _SMALL_SIDE:
        doubts.append(
            f"The face in {photo.name} is small ({alignment.side:.0f} px crop); expect a soft result."
        )
    if face.rotation:
        doubts.append(
            f"The face in {photo.name} lies turned; upright it needs {face.rotation} degrees clockwise."
        )
    return doubts
