"""From two analysed portraits to one picture at full size, in the stages listed here."""

from __future__ import annotations

from typing import NamedTuple


class Stage(NamedTuple):
    """A part of the work.

    Attributes:
        name: under which its time is reported; "" for what others call once a composite is there.
        modules: where it is written, below ``core.compositing``.
        takes, gives: what goes in and comes out.
        left_out: how it may be left out or softened; "" = never. Names of ``ClassicalOptions`` stand in backquotes.
    """

    name: str
    modules: tuple[str, ...]
    takes: str
    gives: str
    left_out: str = ""


STAGES = (
    Stage("gates", ("reading.gates", "reading.scarves", "reading.ignored"),
          "both portraits and the ignore mask",
          "the portraits without what is ignored and with scarves labelled clothes, the reference mirrored and no "
          "larger than useful; warnings, or a refusal",
          "nothing is mirrored without `mirror`; `allow_covered` and `max_yaw` refuse less"),
    Stage("matte of the identity", ("reading.mattes",),
          "the identity", "its hair's alpha and colour", "from the cache"),
    Stage("matte of the reference", ("reading.mattes",),
          "the reference", "its hair's alpha and colour",
          "from the cache; when both are the same hair, which then only takes another colour (inplace)"),
    Stage("cut edges", ("placing.fit", "placing.cut_ends"),
          "the reference's matte and the map between both faces",
          "a matte with a crown and ends, and what of it is made up",
          "`crown` for the top, `taper` for the sides and the bottom"),
    Stage("warp", ("parts", "placing.fit", "placing.warp"),
          "the identity's part that can change, reference and matte", "the reference in the identity's pixels"),
    Stage("colour", ("placing.recolour",),
          "the warped hair and the matte of a third portrait", "hair in that portrait's colour",
          "without a portrait for the colour; `recolour` = 0"),
    Stage("old hair", ("removing.removal",),
          "the identity, its matte, the warped reference", "the plate: the identity without old hair, and what each "
          "uncovered pixel is", "where new hair covers the old; a retouch may improve on it"),
    Stage("light", ("placing.light",),
          "both photos' skin, the hair's colour", "hair under the identity's light", "`light` = 0"),
    Stage("shadow and alpha", ("finishing.masks", "placing.shadow"),
          "plate, hair", "the composite", "`close_gaps` for gaps beside the face, `shadow` = 0"),
    Stage("masks", ("finishing.masks", "parts"),
          "the composite, what was removed and made up, the user's masks",
          "what may differ from the photo, and what a generator may change; all at the photo's size"),
    Stage("", ("finishing.generated", "finishing.finish"),
          "the composite and perhaps a generated picture", "the pixels of the file",
          "a composite without generated picture is only rounded"),
)
"""In the order of work; ``core.compositing.classical.compose_classical`` goes through them."""
