"""Banners say what happened and go as they came: never too many, none twice, errors last."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from core.engine.messages import Failure
from core.errors import Advice
from editor.widgets.banner import MOST, Banner, BannerStack
from editor.workspace import Notice
from tests.editor.run_bench import Bench


@pytest.fixture
def stack(bench: Bench, qtbot) -> BannerStack:
    made = BannerStack(bench.workspace)
    qtbot.addWidget(made)
    made.resize(600, 200)
    return made


def _notice(number: int, level: str = "error") -> Notice:
    return Notice(f"What {number}", "Why.", "Do this.", level)


def test_three_banners_at_most_and_errors_stay_longest(bench: Bench, stack: BannerStack):
    assert not stack.isVisible()
    for number, level in enumerate(("error", "info", "error", "warning", "error")):
        bench.workspace.notify(_notice(number, level))
    assert [banner.notice.what for banner in stack.banners] == ["What 0", "What 2", "What 4"]
    assert len(stack.banners) == MOST


def test_the_same_message_is_shown_once(bench: Bench, stack: BannerStack):
    for _ in range(3):
        bench.workspace.notify(_notice(1))
    assert len(stack.banners) == 1
    stack.clear()
    assert stack.banners == []


def test_banners_do_not_speak_of_the_command_line(bench: Bench, stack: BannerStack):
    for _ in range(2):
        bench.engine.failed.emit(Failure("There is no portrait to edit.", "", Advice.GIVE_PORTRAIT), "run")
    assert [banner.notice.next_step for banner in stack.banners] == ["Open a portrait."]
    assert stack.banners[0].accessibleDescription() == "Open a portrait."


def test_only_an_info_goes_by_itself(stack: BannerStack, qtbot, monkeypatch):
    monkeypatch.setattr("editor.widgets.banner.INFO_MS", 10)
    # A message under the pointer stays; where the pointer is depends on other tests.
    monkeypatch.setattr("editor.widgets.banner.Banner.underMouse", lambda banner: False)
    stack.show()
    stack.add(_notice(1, "warning"))
    stack.add(_notice(2, "info"))
    qtbot.waitUntil(lambda: len(stack.banners) == 1)
    assert stack.banners[0].notice.level == "warning"


def test_escape_closes_only_the_banner_that_has_the_focus(stack: BannerStack, qtbot):
    stack.show()
    first, second = stack.add(_notice(1)), stack.add(_notice(2))
    second.setFocus()
    QTest.keyClick(second, Qt.Key.Key_Escape)
    assert stack.banners == [first]


def test_banner_says_everything_and_offers_help(stack: BannerStack):
    helped: list[bool] = []
    notice = Notice("What", "Why.", "Do this.", "error", "Traceback")
    banner = stack.add(notice, "Open log", lambda: helped.append(True))
    assert banner.accessibleName() == "Error: What"
    assert banner.accessibleDescription() == "Why. Do this."
    stack.show()
    assert not banner._details.isVisible()
    banner._toggle.click()
    assert banner._details.isVisible()
    banner._act()
    assert helped == [True]
    assert stack.banners == []


def test_markup_in_a_message_is_only_text(qtbot):
    banner = Banner(Notice("<b>photo</b>.png", "<img src=x>"))
    qtbot.addWidget(banner)
    labels = [label for label in banner.findChildren(QLabel) if label.text()]
    assert [label.text() for label in labels] == ["<b>photo</b>.png", "<img src=x>"]
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}
