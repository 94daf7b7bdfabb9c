"""What the command line advises: names its options where the engine only knows what is to be done."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import Advice, CoiffeError

SENTENCES: Mapping[Advice, str] = {
    Advice.GIVE_PORTRAIT: "Give one with --identity.",
    Advice.GIVE_REFERENCE: "Give one with --shape or --appearance.",
    Advice.GIVE_PHOTO: "Leave out --hair-{role}, or give --{role}.",
    Advice.USE_PROCESSOR: "Use --device cpu.",
    Advice.CHOOSE_PACK: "Choose another pack with --pack, or train and add this part.",
    Advice.INSTALL_MODELS_AGAIN: "Install the model pack again, or choose another one with --pack.",
    Advice.INSTALL_FOLDER_AGAIN: "Install the pack again, or choose another one with --pack.",
    Advice.INSTALL_PACK_AGAIN: "Install the pack {pack!r} again, or choose another one with --pack.",
    Advice.REPLACE_PACK: "Use --replace to put the new one in its place.",
}


def next_step(error: CoiffeError) -> str:
    """What to do about an error, or nothing."""
    advice = error.next_step
    return SENTENCES[advice].format(**error.values) if isinstance(advice, Advice) else advice


def in_one_line(error: CoiffeError) -> str:
    """All that an error says."""
    return " ".join(part for part in (error.what, error.why, next_step(error)) if part)
