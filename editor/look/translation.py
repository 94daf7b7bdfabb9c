"""Marks texts for translation where they are declared, long before there is an application to translate them."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """The text itself. Translators' tools find it by this function's name, which is Qt's; Qt's own is untyped.

    Args:
        context: where ``QCoreApplication.translate`` will look it up.
        text: in English.
    """
    return text
