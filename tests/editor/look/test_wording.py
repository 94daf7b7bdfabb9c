"""What the engine advises is said in words of the window, whatever it advises."""

from __future__ import annotations

import re

import pytest

from core.engine.messages import Failure
from core.errors import Advice, InputRefused
from editor.look.wording import SENTENCES, next_step, notice_of
from editor.workspace import Notice


def test_the_window_has_a_sentence_for_every_advice():
    assert set(SENTENCES) == set(Advice)
    # What is advised while packs are installed, which the window does not do.
    assert {advice for advice, sentence in SENTENCES.items() if not sentence} == {Advice.REPLACE_PACK}
    for advice, sentence in SENTENCES.items():
        assert "--" not in sentence
        assert set(re.findall(r"{(\w+)}", sentence)) <= set(re.findall(r"{(\w+)}", advice.value))


@pytest.mark.parametrize(("advice", "values", "shown"), [
    (Advice.GIVE_REFERENCE, {}, "Add a reference in the References panel."),
    (Advice.GIVE_PHOTO, {"role": "shape"}, "Add a photo as the shape reference in the References panel."),
    (Advice.GIVE_PHOTO, {"role": "extra1"}, "Add a photo as the extra1 in the References panel."),
    (Advice.INSTALL_PACK_AGAIN, {"pack": "starter"},
     "Install the pack 'starter' again, or choose another one in the Recipe panel."),
    (Advice.REPLACE_PACK, {}, ""),
    ("Choose my--photo.png again.", {}, "Choose my--photo.png again."),
    ("", {}, ""),
])
def test_advice(advice, values, shown):
    assert next_step(InputRefused("What.", "Why.", advice, **values)) == shown
    assert next_step(Failure("What.", "Why.", advice, values=values)) == shown


def test_only_the_advice_is_put_into_words():
    failure = Failure("What --pack did", "Why.", Advice.USE_PROCESSOR, "detail")
    assert notice_of(failure, "warning") == Notice(
        "What --pack did", "Why.", "Run on the processor instead.", "warning", "detail")
    assert notice_of(InputRefused("What.", "Why.", "Do this.")) == Notice("What.", "Why.", "Do this.")
