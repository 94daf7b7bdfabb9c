"""Further portraits, style pictures, guides and the answers of a run survive in a project, and old projects open."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.document.choice import Choice
from core.document.document import IDENTITY, Candidate, Document
from core.document.geometry import Rect
from core.document.layer import REFERENCE, Layer
from core.document.mask import Mask
from core.document.photo import Photo
from core.document.picture import StylePicture
from core.document.source import Source
from core.errors import InputRefused
from core.io.archive import Archive
from core.io.ora import read_merged
from core.io.project import load_project, save_project

WIDTH, HEIGHT = 96, 80


def _pixels(seed: int, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def _source(name: str, seed: int) -> Source:
    pixels = _pixels(seed)
    return Source(name, Photo(pixels), pixels, f"{name}.png")


@pytest.fixture
def document() -> Document:
    document = Document(_source(IDENTITY, 0))
    for number in (1, 2):
        source = _source(f"reference-{number}", number)
        document.sources[source.id] = source
    document.slots = {"shape": "reference-1", "extra2": "reference-2"}
    for place, seed in (("style1", 5), ("style4", 6)):
        pixels = _pixels(seed, 70, 66)
        document.pictures[place] = StylePicture(f"picture-{seed}", Photo(pixels), pixels, f"{place}.jpg")
    pixels = _pixels(7, 20, 30)
    mask = np.zeros((20, 30), np.uint8)
    mask[5:15, 5:25] = 180
    document.layers.append(Layer("layer-1", REFERENCE, "Guide", pixels, pixels, (10, 12), Mask(mask), opacity=0.5,
                                 guide=True))
    choices = tuple(Choice(f"codes {k}", _pixels(20 + k, 16, 16), {"nearness": 0.1 * k, "lost": float("nan")}, k == 1)
                    for k in range(3))
    guide = np.dstack([_pixels(30, 40, 50), np.full((40, 50), 77, np.uint8)])
    found = _pixels(31, 10, 12)
    document.candidates.append(Candidate(
        "candidate-1", "Inversion 1", Rect(3, 4, 15, 14), found, found, np.full((10, 12), 255, np.uint8),
        latent={"w": np.ones((1, 3), np.float32)}, choices=choices, guide=guide, guide_rect=Rect(2, 1, 52, 41)))
    document.candidates.append(Candidate(
        "candidate-2", "Plain", Rect(3, 4, 15, 14), found, found, np.full((10, 12), 255, np.uint8)))
    return document


def test_everything_comes_back(document: Document, tmp_path: Path):
    path = tmp_path / "p.ora"
    save_project(path, document)
    warnings: list[str] = []
    again = load_project(path, warnings=warnings)
    assert warnings == []
    assert again.slots == document.slots
    assert list(again.pictures) == ["style1", "style4"]
    for place, picture in document.pictures.items():
        other = again.pictures[place]
        assert (other.id, other.name) == (picture.id, picture.name)
        np.testing.assert_array_equal(other.photo.pixels, picture.photo.pixels)
    assert [layer.guide for layer in again.layers] == [False, True]
    assert again.layers[1].visible
    first, second = again.candidates
    for choice, other in zip(document.candidates[0].choices, first.choices, strict=True):
        assert (choice.name, choice.chosen) == (other.name, other.chosen)
        assert other.scores == {"nearness": choice.scores["nearness"]}
        np.testing.assert_array_equal(choice.pixels, other.pixels)
    np.testing.assert_array_equal(first.guide, document.candidates[0].guide)
    assert first.guide_rect == Rect(2, 1, 52, 41)
    assert (second.choices, second.guide, second.guide_rect) == ((), None, None)
    # Nothing of it is taken for what this version does not know.
    assert again.extra == {}
    save_project(tmp_path / "again.ora", again)
    assert list(load_project(tmp_path / "again.ora").pictures) == ["style1", "style4"]


def test_other_programs_do_not_see_the_guide(document: Document, tmp_path: Path):
    path = tmp_path / "p.ora"
    save_project(path, document)
    with Archive(path) as archive:
        np.testing.assert_array_equal(read_merged(archive).pixels, document.identity.photo.pixels)
        stack = archive.read("stack.xml").decode()
    group = stack[:stack.index("Guide mask")]
    assert 'visibility="hidden"' in group


def _edited(path: Path, target: Path, change) -> None:
    """A copy of a project with another description."""
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(target, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "coiffe/project.json":
                description = json.loads(data)
                change(description)
                data = json.dumps(description).encode()
            after.writestr(name, data)


def test_a_project_of_before_opens(document: Document, tmp_path: Path):
    def older(description):
        del description["pictures"]
        for layer in description["layers"]:
            del layer["guide"]
        for candidate in description["candidates"]:
            del candidate["choices"], candidate["guide"]

    save_project(tmp_path / "p.ora", document)
    _edited(tmp_path / "p.ora", tmp_path / "old.ora", older)
    again = load_project(tmp_path / "old.ora")
    assert again.pictures == {}
    assert not again.layers[1].guide
    assert again.candidates[0].choices == ()


@pytest.mark.parametrize("place", ["style5", "style4", 3])
def test_a_picture_in_no_place_of_its_own_is_left_out(document: Document, tmp_path: Path, place):
    def wrong(description):
        description["pictures"][0]["place"] = place
        description["pictures"].reverse()

    save_project(tmp_path / "p.ora", document)
    _edited(tmp_path / "p.ora", tmp_path / "wrong.ora", wrong)
    with pytest.raises(InputRefused):
        load_project(tmp_path / "wrong.ora")
    warnings: list[str] = []
    again = load_project(tmp_path / "wrong.ora", warnings=warnings)
    assert len(warnings) == 1
    assert "style picture" in warnings[0]
    assert list(again.pictures) == ["style4"]


def test_a_guide_of_another_size_is_left_out_with_its_candidate(document: Document, tmp_path: Path):
    def wrong(description):
        description["candidates"][0]["guide"]["rect"] = [0, 0, 51, 41]

    save_project(tmp_path / "p.ora", document)
    _edited(tmp_path / "p.ora", tmp_path / "wrong.ora", wrong)
    warnings: list[str] = []
    again = load_project(tmp_path / "wrong.ora", warnings=warnings)
    assert [candidate.id for candidate in again.candidates] == ["candidate-2"]
    assert len(warnings) == 1
