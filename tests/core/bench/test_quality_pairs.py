"""The list of pairs: complete, fixed, people in one part only; and how a list is drawn."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from core.bench.quality.difficulty import (
    bin_of,
    crop_weights,
    face_iou,
    hair_share,
    pose_distance,
    yaw_difference,
)
from core.bench.quality.drawing import draw_list, find_entries
from core.bench.quality.pairs import (
    LIST,
    Entry,
    check_parts,
    file_hash,
    find_mask,
    find_portraits,
    load_list,
    read_entry,
    read_hair_mask,
    save_list,
)
from core.document.geometry import transform_points
from core.errors import InputRefused
from tests.core.compositing.people import mesh, person


def save_picture(path, side=80, level=120):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((side, side, 3), level, np.uint8)).save(path)


def test_the_fixed_list_is_complete_and_keeps_people_apart():
    found = load_list(LIST)
    parts = {}
    for entry in found.entries.values():
        assert len(entry.sha256) == 64
        assert ".." not in entry.file
        assert not entry.file.startswith("/")
        assert parts.setdefault(entry.person, entry.part) == entry.part
    assert len({person for person, part in parts.items() if part == "tuning"}) == 5
    names = [pair.name for pair in found.pairs]
    assert names[:3] == ["67172_02602_67172", "00761_00761_00018", "52364_52364_19501"]
    assert len(set(names)) == len(names)
    assert not any("p16" in name for name in names)
    for pair in found.pairs:
        assert pair.bin == bin_of(pair.figures["face_iou"], pair.figures["pose_distance"])
        assert {found.entries[file].part for file in (pair.identity, pair.shape, pair.appearance)} == {pair.part}
    assert len({pair.seed for pair in found.pairs}) == len(found.pairs)


def test_the_fixed_list_begins_with_a_balanced_choice():
    found = load_list(LIST)
    first = found.chosen(count=11)[3:]
    assert {name: sum(pair.bin == name for pair in first) for name in ("easy", "medium", "difficult", "beyond")} == {
        "easy": 2, "medium": 2, "difficult": 2, "beyond": 2}
    assert {pair.part for pair in found.chosen()} == {"report"}
    assert {pair.part for pair in found.chosen(people="tuning")} == {"tuning"}
    assert [pair.name for pair in found.chosen(names=[found.pairs[1].name])] == [found.pairs[1].name]


def test_the_fixed_list_names_the_files_that_are_there(data_dir):
    found = load_list(LIST)
    for entry in list(found.entries.values())[::6]:
        photo, mask = read_entry(data_dir, entry)
        assert mask is None or mask.shape == (photo.height, photo.width)


@pytest.mark.parametrize(("face", "pose", "name"), [
    (0.85, 1.9, "easy"), (0.85, 2.0, "medium"), (0.8, 0.0, "medium"), (0.75, 3.0, "medium"), (0.65, 1.0, "difficult"),
    (0.9, 4.5, "difficult"), (0.9, 5.0, "beyond"), (0.6, 1.0, "beyond")])
def test_both_bounds_of_a_bin_must_hold(face, pose, name):
    assert bin_of(face, pose) == name


def test_the_same_head_elsewhere_is_no_other_pose():
    one = person()
    turn = np.array([[0.9, -0.3, 20], [0.3, 0.9, -10], [0, 0, 1.0]])
    moved = one.face.landmarks.copy()
    moved[:, :2] = transform_points(turn, one.face.landmarks[:, :2])
    other = replace(one, face=replace(one.face, landmarks=moved))
    assert pose_distance(one, other) == pytest.approx(0, abs=1e-3)
    moved = mesh((120, 122), 42, 60)
    assert pose_distance(one, replace(one, face=replace(one.face, landmarks=moved))) > 1
    assert face_iou(one, one) == 1
    assert face_iou(one, person(hair="none")) < 1
    assert yaw_difference(person(yaw=10), person(yaw=-5)) == pytest.approx(15, abs=0.5)


def test_hair_share_is_of_the_crop():
    one = person(hair="long")
    crop = one.alignment.crop(one.hair, 256, border=cv2.BORDER_CONSTANT)
    assert hair_share(one) == pytest.approx((crop > 0.5).mean())
    assert crop_weights(one, np.ones_like(one.hair)).max() == 1


def test_masks_are_found_by_their_names(tmp_path):
    for name in ("a.jpg", "a-mask.png", "b.png", "b_mask.png", "c.jpg", "masks/c.png", "x/images/d.jpg", "x/hair/d.png",
                 "e.jpg", "e-background.jpg", "x/regions/d.png"):
        save_picture(tmp_path / name)
    assert find_portraits(tmp_path) == ["a.jpg", "b.png", "c.jpg", "e.jpg", "x/images/d.jpg"]
    masks = [find_mask(tmp_path, name) for name in ("a.jpg", "b.png", "c.jpg", "x/images/d.jpg", "e.jpg")]
    assert masks == ["a-mask.png", "b_mask.png", "masks/c.png", "x/hair/d.png", ""]


def test_red_is_hair_at_the_photos_size(tmp_path):
    labels = np.zeros((16, 16, 3), np.uint8)
    labels[:, :8, 0], labels[:, 8:, 2] = 255, 255
    Image.fromarray(labels).save(tmp_path / "m.png")
    found = read_hair_mask(tmp_path / "m.png", 64, 64)
    assert found[:, :24].min() == 255
    assert found[:, 40:].max() == 0
    Image.fromarray(labels[:, :, 0]).save(tmp_path / "grey.png")
    assert np.array_equal(read_hair_mask(tmp_path / "grey.png", 64, 64), found)
    (tmp_path / "text.png").write_text("no")
    with pytest.raises(InputRefused, match="hair mask"):
        read_hair_mask(tmp_path / "text.png", 4, 4)


def test_a_changed_or_missing_file_is_refused(tmp_path):
    save_picture(tmp_path / "a.png")
    entry = Entry("a.png", file_hash(tmp_path / "a.png"), "a", "report")
    photo, mask = read_entry(tmp_path, entry)
    assert (photo.width, mask) == (80, None)
    save_picture(tmp_path / "a.png", level=121)
    with pytest.raises(InputRefused, match="another file"):
        read_entry(tmp_path, entry)
    with pytest.raises(InputRefused, match="There is no"):
        read_entry(tmp_path, replace(entry, file="b.png"))


def test_nobody_is_in_both_parts():
    one = Entry("a.png", "", "ann", "report")
    check_parts([one, replace(one, file="b.png")])
    with pytest.raises(InputRefused, match="ann"):
        check_parts([one, replace(one, part="tuning")])


def test_a_broken_list_is_refused(tmp_path):
    path = tmp_path / "pairs.json"
    with pytest.raises(InputRefused):
        load_list(path)
    path.write_text(json.dumps({"portraits": [], "pairs": [
        {"identity": "a", "shape": "b", "appearance": "b", "part": "report", "bin": "easy", "seed": 1}]}))
    with pytest.raises(InputRefused, match="not among"):
        load_list(path)


@pytest.fixture
def folder(tmp_path):
    """Nine painted people by file name; every picture has a level of its own."""
    for index in range(9):
        save_picture(tmp_path / f"f{index}.png", level=index)
    return tmp_path


def painted(folder, entry):
    index = int(entry.file[1])
    if index == 8:
        raise InputRefused("No face was found.")
    return person(hair="long" if index % 2 else "short", scale=1 + 0.02 * index, yaw=0 if index < 6 else 12)


def test_drawn_pairs_stay_inside_their_part_and_are_the_same_again(folder):
    entries = find_entries(folder, None, 0)
    assert sum(entry.part == "tuning" for entry in entries.values()) == 2
    drawn = draw_list(folder, entries, painted, per_bin=3, seed=1)
    again = draw_list(folder, entries, painted, per_bin=3, seed=1)
    assert drawn == again
    assert drawn.pairs
    for pair in drawn.pairs:
        assert {drawn.entries[file].part for file in (pair.identity, pair.shape)} == {pair.part}
        assert hair_share(painted(folder, drawn.entries[pair.shape])) >= 0.18
        assert pair.identity != pair.shape
        assert "f8" not in pair.name
    save_list(folder / "pairs.json", drawn)
    assert load_list(folder / "pairs.json") == drawn


def test_a_table_of_people_decides_and_triples_come_first(folder):
    with (folder / "people.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "person", "part"))
        writer.writerows((f"f{index}.png", f"who{index // 2}", "tuning" if index < 2 else "report")
                         for index in range(6))
    entries = find_entries(folder, folder / "people.csv", 0)
    triple = ("f3.png", "f5.png", "f4.png")
    drawn = draw_list(folder, entries, painted, per_bin=1, seed=1, triples=[triple])
    assert (drawn.pairs[0].identity, drawn.pairs[0].shape, drawn.pairs[0].appearance) == triple
    for pair in drawn.pairs:
        assert entries[pair.identity].person != entries[pair.shape].person
    with pytest.raises(InputRefused, match="mixes"):
        draw_list(folder, entries, painted, per_bin=1, seed=1, triples=[("f0.png", "f3.png", "f3.png")])


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="no portraits"):
        find_entries(tmp_path, None, 0)
