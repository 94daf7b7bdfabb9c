"""Saving never blocks, opening brings everything back, and what is not on the disk counts as unsaved."""

from __future__ import annotations

import threading
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from core.document.commands import AddSource, SetMask, SetMaskSpread
from core.document.document import SHAPE, Candidate, Document, Target
from core.document.geometry import Rect
from core.errors import InputRefused
from core.io import project as project_module
from core.io.image import read_photo
from core.io.ora import MERGED, picture_png
from editor.files import files as files_module
from editor.files.unsaved import Answer
from editor.shell.main_window import MainWindow
from tests.editor.files.conftest import Bench, add_result, document_of, settle

HAIR = Target("identity", "hair")


def change(window: MainWindow | Bench, grow: int = 3) -> None:
    """One undo step that stands for itself."""
    window.workspace.undo.end_gesture()
    window.workspace.push(SetMaskSpread(HAIR, grow, 0))


@pytest.fixture
def answer(monkeypatch):
    """Sets what the unsaved-changes box is answered with; returns what it was asked."""
    asked = []

    def set_answer(value):
        def ask(parent, name, *, can_save=False):
            asked.append((name, can_save))
            return value

        monkeypatch.setattr(files_module, "ask_about_unsaved", ask)
        return asked

    return set_answer


@pytest.fixture
def held(monkeypatch):
    """Holds the writing of projects up until it is set."""
    gate = threading.Event()
    write = project_module.write_snapshot

    def later(path, snapshot):
        assert gate.wait(10)
        write(path, snapshot)

    monkeypatch.setattr(project_module, "write_snapshot", later)
    yield gate
    gate.set()


def save(projects, qtbot):
    with qtbot.waitSignal(projects.saved, timeout=8000):
        projects.save()
    settle(qtbot)


def filled(window) -> Document:
    """The open document with something of everything."""
    document = document_of(window)
    add_result(window.workspace)
    photo = document.identity.photo
    source = type(document.identity)("reference-1", replace(photo, path=None), document.identity.display, "Reference")
    window.workspace.push(AddSource(source, {SHAPE: "reference-1"}))
    painted = np.random.default_rng(3).integers(0, 256, (160, 120), np.uint8)
    window.workspace.push(SetMask(HAIR, painted, "paint"))
    window.workspace.push(SetMask(Target("reference-1", "protect"), painted[::-1].copy(), "paint"))
    pixels = np.full((9, 8, 3), 31, np.uint8)
    document.candidates.append(Candidate("candidate-1", "One", Rect(1, 2, 9, 11), pixels, pixels,
                                         np.full((9, 8), 255, np.uint8), {"steps": 3},
                                         {"w": np.ones((2, 3), np.float32)}, starred=True))
    document.settings.recipe, document.settings.seed = "classical", 77
    document.settings.parameters = {"classical": {"shadow": 0.25}}
    window.workspace.touch()
    return document


def assert_equal(one: Document, other: Document) -> None:
    assert list(one.sources) == list(other.sources)
    assert one.slots == other.slots
    assert vars(one.settings) == vars(other.settings)
    for mine, theirs in zip(one.sources.values(), other.sources.values(), strict=True):
        assert np.array_equal(mine.photo.pixels, theirs.photo.pixels)
        assert (mine.name, mine.hair_painted, mine.hair_known) == (theirs.name, theirs.hair_painted, theirs.hair_known)
        assert (mine.face is None) == (theirs.face is None)
        if mine.face is not None and theirs.face is not None:
            assert mine.face.points == theirs.face.points
            assert np.array_equal(mine.face.quad, theirs.face.quad)
        for role, mask in mine.masks.items():
            assert np.array_equal(mask.data, theirs.masks[role].data)
            assert (mask.grow, mask.feather) == (theirs.masks[role].grow, theirs.masks[role].feather)
    for mine, theirs in zip(one.layers, other.layers, strict=True):
        assert (mine.id, mine.kind, mine.name, mine.origin) == (theirs.id, theirs.kind, theirs.name, theirs.origin)
        assert np.array_equal(mine.pixels, theirs.pixels)
        assert mine.mask is None or np.array_equal(mine.mask.data, theirs.mask.data)
    for mine, theirs in zip(one.candidates, other.candidates, strict=True):
        assert (mine.id, mine.name, mine.rect, mine.report) == (theirs.id, theirs.name, theirs.rect, theirs.report)
        assert np.array_equal(mine.latent["w"], theirs.latent["w"])
        assert mine.starred == theirs.starred


def test_save_and_open_bring_everything_back(opened, engine, save_to, qtbot, tmp_path, settings):
    before = filled(opened)
    engine.answer(document_of(opened).sources["reference-1"], hair=9)
    suggested = save_to(tmp_path / "work")
    save(opened.files.projects, qtbot)
    path = tmp_path / "work.ora"
    assert suggested[0].endswith("portrait.ora")
    assert before.path == path
    assert not opened.isWindowModified()
    assert opened.windowTitle() == "work.ora[*] – Coiffe"
    assert settings.recent[0] == path
    opened.files.close_document()
    asked = len(engine.asked)
    opened.files.open_recent(path)
    qtbot.waitUntil(lambda: opened.workspace.document is not None)
    assert_equal(document_of(opened), before)
    assert document_of(opened).path == path
    assert not opened.workspace.modified
    assert opened.windowTitle() == "work.ora[*] – Coiffe"
    assert engine.asked[asked:] == []
    assert opened.recipe is not None
    assert opened.area.isVisible()
    settle(qtbot)


def test_saving_again_asks_nothing(bench, save_to, qtbot, tmp_path):
    suggested = save_to(tmp_path / "work.ora")
    save(bench.projects, qtbot)
    change(bench)
    assert bench.workspace.modified
    save(bench.projects, qtbot)
    assert len(suggested) == 1
    assert not bench.workspace.modified
    loaded = project_module.load_project(tmp_path / "work.ora")
    assert loaded.identity.masks["hair"].grow == 3


def test_save_as_goes_to_another_file_and_stays_there(bench, save_to, qtbot, tmp_path):
    save_to(tmp_path / "one.ora")
    save(bench.projects, qtbot)
    save_to(tmp_path / "two.ora")
    with qtbot.waitSignal(bench.projects.saved):
        bench.projects.save_as()
    settle(qtbot)
    assert bench.document.path == tmp_path / "two.ora"
    assert (tmp_path / "one.ora").is_file()


def test_a_cancelled_dialog_saves_nothing(bench, save_to, tmp_path):
    change(bench)
    save_to(None)
    bench.projects.save()
    assert not bench.writer.busy
    assert bench.workspace.modified
    assert bench.document.path is None


@pytest.mark.parametrize("kind", ["undo step", "touch", "undone"])
def test_what_is_changed_while_it_is_written_stays_unsaved(bench, save_to, qtbot, tmp_path, held, kind):
    change(bench, 2)
    save_to(tmp_path / "work.ora")
    bench.projects.save()
    assert bench.writer.busy
    assert "work.ora" in bench.writer.status
    if kind == "undo step":
        change(bench, 9)
    elif kind == "touch":
        bench.workspace.touch()
    else:
        bench.workspace.undo.undo()
    with qtbot.waitSignal(bench.projects.saved):
        held.set()
    settle(qtbot)
    assert project_module.load_project(tmp_path / "work.ora").identity.masks["hair"].grow == 2
    assert bench.workspace.modified
    if kind == "undo step":
        bench.workspace.undo.undo()
    elif kind == "undone":
        bench.workspace.undo.redo()
    assert bench.workspace.modified == (kind == "touch")


def test_a_drag_that_goes_on_while_it_is_written_is_a_step_of_its_own(bench, save_to, qtbot, tmp_path, held):
    change(bench, 2)
    save_to(tmp_path / "work.ora")
    bench.projects.save()
    bench.workspace.push(SetMaskSpread(HAIR, 5, 0))
    with qtbot.waitSignal(bench.projects.saved):
        held.set()
    settle(qtbot)
    assert bench.workspace.modified
    bench.workspace.undo.undo()
    assert not bench.workspace.modified
    assert bench.document.identity.masks["hair"].grow == 2


def test_another_branch_of_the_history_is_not_what_was_saved(bench, save_to, qtbot, tmp_path, held):
    change(bench, 2)
    save_to(tmp_path / "work.ora")
    bench.projects.save()
    bench.workspace.undo.undo()
    change(bench, 8)
    with qtbot.waitSignal(bench.projects.saved):
        held.set()
    settle(qtbot)
    assert bench.workspace.modified
    bench.workspace.undo.undo()
    assert bench.workspace.modified


def test_forgotten_steps_do_not_confuse_what_was_saved(bench, save_to, qtbot, tmp_path, held):
    bench.workspace.undo.limit = 4
    for grow in (1, 2, 3):
        change(bench, grow)
    save_to(tmp_path / "work.ora")
    bench.projects.save()
    for grow in (4, 5, 6):
        change(bench, grow)
    with qtbot.waitSignal(bench.projects.saved):
        held.set()
    settle(qtbot)
    clean = []
    for _ in range(4):
        clean.append(bench.workspace.modified)
        bench.workspace.undo.undo()
    assert clean == [True, True, True, False]
    assert bench.document.identity.masks["hair"].grow == 2


@pytest.mark.parametrize("problem", ["full", "locked", "unknown"])
def test_a_project_that_cannot_be_written_says_so_and_stays_unsaved(bench, save_to, qtbot, tmp_path,
                                                                    monkeypatch, problem):
    def refuse(path, snapshot):
        if problem == "full":
            raise InputRefused("work.ora could not be written.", "No space left on device", "Free some space.")
        if problem == "locked":
            raise PermissionError(13, "Permission denied")
        raise ValueError("nobody expected this")

    monkeypatch.setattr(project_module, "write_snapshot", refuse)
    change(bench)
    save_to(tmp_path / "work.ora")
    bench.projects.save()
    qtbot.waitUntil(lambda: bool(bench.notices))
    assert "work.ora" in bench.notices[0].what
    assert bench.notices[0].why in ("No space left on device", "Permission denied", "nobody expected this")
    assert bench.notices[0].next_step
    assert bench.workspace.modified
    assert bench.document.path is None


def test_save_in_the_unsaved_box_closes_when_it_is_on_the_disk(opened, save_to, qtbot, tmp_path, answer, held):
    change(opened)
    asked = answer(Answer.SAVE)
    save_to(tmp_path / "work.ora")
    assert not opened.close()
    assert opened.isVisible()
    assert asked == [("portrait.png", True)]
    held.set()
    qtbot.waitUntil(lambda: not opened.isVisible())
    assert (tmp_path / "work.ora").is_file()


def test_what_is_changed_meanwhile_is_asked_about_again(opened, save_to, qtbot, tmp_path, answer, held):
    change(opened, 1)
    answer(Answer.SAVE)
    save_to(tmp_path / "work.ora")
    opened.files.close_document()
    change(opened, 2)
    asked = answer(Answer.CANCEL)
    held.set()
    qtbot.waitUntil(lambda: len(asked) == 2)
    settle(qtbot)
    assert asked[1][0] == "work.ora"
    assert opened.workspace.document is not None
    opened.workspace.mark_saved()


def test_closing_waits_for_a_save_that_is_under_way(opened, save_to, qtbot, tmp_path, answer, held):
    change(opened)
    asked = answer(Answer.CANCEL)
    save_to(tmp_path / "work.ora")
    opened.actions_["file.save"].trigger()
    assert not opened.close()
    held.set()
    qtbot.waitUntil(lambda: not opened.isVisible())
    assert asked == []


@pytest.mark.parametrize(("reply", "stays"), [(Answer.DISCARD, False), (Answer.CANCEL, True)])
def test_discard_and_cancel(opened, answer, reply, stays):
    change(opened)
    answer(reply)
    opened.files.close_document()
    assert (opened.workspace.document is not None) == stays
    opened.workspace.mark_saved()


def test_cancel_in_the_file_dialog_keeps_the_window(opened, save_to, answer):
    change(opened)
    answer(Answer.SAVE)
    save_to(None)
    assert not opened.close()
    assert opened.isVisible()
    opened.workspace.mark_saved()


def test_a_project_of_another_program_opens_merged(window, make_photo, qtbot, tmp_path, notices, save_to):
    photo = read_photo(make_photo("drawn.png", shade=140))
    path = tmp_path / "drawn.ora"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", "<image w='120' h='160'><stack/></image>")
        archive.writestr(MERGED, picture_png(photo.pixels, None, None))
    window.files.open_paths([path])
    qtbot.waitUntil(lambda: window.workspace.document is not None)
    document = document_of(window)
    assert np.array_equal(document.identity.photo.pixels, photo.pixels)
    assert document.path is None
    assert "merged" in notices[0].what
    assert window.files.projects.suggestion(document).name == "drawn project.ora"
    save_to(tmp_path / "mine.ora")
    save(window.files.projects, qtbot)
    assert np.array_equal(project_module.load_project(tmp_path / "mine.ora").identity.photo.pixels, photo.pixels)


def test_a_project_can_be_a_reference(opened, save_to, qtbot, tmp_path):
    covered = add_result(opened.workspace)
    save_to(tmp_path / "work.ora")
    save(opened.files.projects, qtbot)
    opened.files.add_references([tmp_path / "work.ora"])
    qtbot.waitUntil(lambda: len(document_of(opened).references) == 1)
    reference = document_of(opened).references[0]
    assert (reference.photo.pixels[covered] == 200).all()
    save(opened.files.projects, qtbot)
    settle(qtbot)


def test_a_damaged_project_leaves_what_is_open(opened, qtbot, tmp_path, notices):
    before = document_of(opened)
    path = tmp_path / "broken.ora"
    path.write_bytes(b"PK\x03\x04" + bytes(26) + b"mimetypeimage/openraster" + bytes(50))
    opened.files.open_path(path)
    qtbot.waitUntil(lambda: bool(notices))
    assert "broken.ora" in notices[0].what
    assert document_of(opened) is before


def test_the_open_dialog_offers_projects(window, monkeypatch, tmp_path):
    filters = []

    def chosen(parent, title, start, patterns):
        filters.append(patterns)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", chosen)
    window.files.choose_file()
    assert "*.ora" in filters[0].split(";;")[0]
