"""Which of hair shape, colour and strand texture comes from another portrait, and what that asks of guide and losses.

LOHO (Zhu et al., CVPR 2021) edits attributes one by one by giving the reference of every loss separately; here a single
choice does that for the losses and for the guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.compositing.composite import Composite
from core.compositing.placing.recolour import recolour
from core.compositing.reading.gates import check_hair
from core.errors import InputRefused
from core.faces.face import Portrait
from core.imaging.arrays import FloatImage
from core.recipes.kit.guide import Plan, usual_plan
from core.recipes.loho.info import ATTRIBUTES
from core.recipes.loho.terms import HAIR_TERMS, LOOK_TERMS


@dataclass(frozen=True, eq=False)
class Sources:
    """Where everything comes from.

    Attributes:
        attributes: what is taken from other portraits, of "shape", "appearance" and "style".
        hair: whose hair shape the result has.
        colour: whose hair colour.
        style: whose strands.
        terms: hair losses that act, of "structure" (L_r), "appearance" (L_a) and "style" (L_s).
        plan: what the guide is made of.
        warnings: for the user.
    """

    attributes: frozenset[str]
    hair: Portrait
    colour: Portrait
    style: Portrait
    terms: frozenset[str]
    plan: Plan
    warnings: tuple[str, ...] = ()


def sources(portraits: Mapping[str, Portrait], attributes: str, strands: float) -> Sources:
    """Sources of a choice of ``ATTRIBUTES``.

    L_r acts wherever the strands stay those of the hair's own photo, whose structure it keeps. L_a always acts, towards
    the colour's owner. L_s acts towards the strands' owner, but not where only the colour changes: its matrices hold
    the old colour too.

    Args:
        portraits: identity, shape and appearance.
        attributes: one of ``ATTRIBUTES``.
        strands: how much of the style portrait's strands is laid into the guide.

    Raises:
        InputRefused: the portrait's own hair is to be kept, but it has none.
        ValueError: unknown attributes.
    """
    if attributes not in ATTRIBUTES:
        raise ValueError(f"attributes must be one of {ATTRIBUTES}, not {attributes!r}")
    identity, shape, look = (portraits[role] for role in ("identity", "shape", "appearance"))
    if attributes == "all":
        return Sources(frozenset({"shape", *LOOK_TERMS}), shape, look, look, HAIR_TERMS, usual_plan(portraits))
    chosen = frozenset(LOOK_TERMS if attributes == "look" else attributes.split("+"))
    warnings: tuple[str, ...] = ()
    hair, colour = (shape if "shape" in chosen else identity), (look if "appearance" in chosen else identity)
    if "shape" not in chosen or "appearance" not in chosen:
        bald = _bald(identity)
        if bald is not None and "shape" not in chosen:
            raise InputRefused(
                f"No hair was found in {identity.photo.name}.", "Its own hair shape was to be kept.",
                "Let the shape come from the reference too, or paint the hair mask by hand.") from bald
        if bald is not None:
            warnings = ("The portrait has no hair whose colour could be kept; the reference's own is used.",)
            colour = shape
    # Alone, a new shape or colour leaves the strands to the hair that they grow on.
    style = look if "style" in chosen else (colour if chosen == {"shape"} else hair)
    terms = {"appearance"}
    if "style" in chosen or chosen == {"shape"}:
        terms.add("style")
    if "style" not in chosen or _same(look, hair):
        terms.add("structure")
    laid = look if "style" in chosen and not _same(look, hair) and strands > 0 else None
    plan = Plan(hair, None if colour is hair else colour, laid, strands if laid is not None else 0.0)
    return Sources(chosen, hair, colour, style, frozenset(terms), plan, warnings)


def _same(one: Portrait, other: Portrait) -> bool:
    return one is other or one.photo.digest == other.photo.digest


def _bald(portrait: Portrait) -> InputRefused | None:
    try:
        check_hair(portrait)
    except InputRefused as error:
        return error
    return None


def in_colour_of(portrait: Portrait, composite: Composite) -> FloatImage:
    """The portrait [h, w, 3] with its hair in the colour of a composite's hair: strands without their colour."""
    image, hair = portrait.photo.rgb(), portrait.hair.astype(np.float32)
    toned = recolour(image, hair, composite.foreground, composite.alpha)
    return np.clip(image + (toned - image) * hair[..., None], 0, 1).astype(np.float32)
