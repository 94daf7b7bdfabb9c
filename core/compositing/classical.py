"""The composite without a generator: baseline, instant preview, guide and fallback (docs/compositing.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.compositing.composite import Composite, HoleLabel, WarpedReference
from core.compositing.finishing.masks import close_gaps, edit_mask, invent_mask, respect_user_masks
from core.compositing.inplace import hair_in_place, recoloured_in_place, same_hair
from core.compositing.laps import Laps
from core.compositing.parts import embed, enlarged, reduced_mask, working_rect
from core.compositing.placing.cut_ends import CompletedMatte, finish_ends, grow_crown
from core.compositing.placing.fit import Fit, fit_faces
from core.compositing.placing.light import apply_light, calm_rim, measure_light
from core.compositing.placing.recolour import recolour
from core.compositing.placing.shadow import apply_shadow, contact_shadow
from core.compositing.placing.warp import warp_matte_channel, warp_reference
from core.compositing.reading.gates import (
    Pose,
    alike_warning,
    check_covering,
    check_hair,
    check_pose,
    check_size,
    touched_edges,
)
from core.compositing.reading.ignored import ignored_rect, without_ignored
from core.compositing.reading.labels import clean_reference
from core.compositing.reading.mattes import Matte, hair_matte
from core.compositing.reading.scarves import dressed
from core.compositing.reading.view import view_of
from core.compositing.removing.removal import Removal, remove_hair
from core.document.geometry import Rect
from core.errors import InputRefused
from core.faces.face import Portrait, Region
from core.faces.mirror import mirror_portrait
from core.faces.portraits import crop_portrait, reduced_portrait
from core.imaging.arrays import FloatImage
from core.imaging.matting import blur

PREVIEW_PIXELS = 1.3e6
"""Size in pixels at which a first preview is computed."""
WORTH_REDUCING = 0.95
"""Scale below which a preview gains more by a reduced photo than resampling costs."""
UserMasks = tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None]
"""What is protected and what is ignored, each [H, W] or None."""


@dataclass(frozen=True)
class ClassicalOptions:
    """Adjustable values of the classical composite; reasons in docs/compositing.md.

    Attributes:
        shadow: strength of the contact shadow, 0..1; 0.3 grounds the hair, 0.6 is heavy on light skin.
        light: how much of the measured light difference to apply, 0..1 of the timid defaults.
        recolour: strength of the appearance's colour, 0..1.
        mirror: allow the reference to be mirrored when the heads are turned to opposite sides.
        max_yaw: refuse pairs whose heads differ by more degrees.
        crown: continue hair that the top of the reference photo cuts off.
        taper: give hair cut by the other edges new ends.
        allow_covered: go on although the identity's head is covered.
        close_gaps: fill background showing between a narrower face and the new hair.
    """

    shadow: float = 0.3
    light: float = 1.0
    recolour: float = 1.0
    mirror: bool = True
    max_yaw: float = 40.0
    crown: bool = True
    taper: bool = True
    allow_covered: bool = False
    close_gaps: bool = True


@dataclass(frozen=True, eq=False)
class Bared:
    """An identity whose old hair was just removed, for someone who does it better.

    Attributes:
        identity, warped, old_alpha: what ``remove_hair`` was given.
        removal: what it made of that.
        again: removes once more, given likelihoods [H, W, 3] of background, skin and clothes.
    """

    identity: Portrait
    warped: WarpedReference
    old_alpha: FloatImage
    removal: Removal
    again: Callable[[FloatImage], Removal]


Retouch = Callable[[Bared], Removal]


def compose_classical(
    identity: Portrait,
    reference: Portrait,
    *,
    appearance: Portrait | None = None,
    protect: NDArray[np.uint8] | None = None,
    ignore: NDArray[np.uint8] | None = None,
    quick: bool = False,
    options: ClassicalOptions | None = None,
    retouch: Retouch | None = None,
    check: Callable[[], None] | None = None,
) -> Composite:
    """Put the reference's hair on the identity, without a generator.

    Args:
        identity: the portrait that keeps its face, clothes and background.
        reference: the portrait whose hair shape is used.
        appearance: the portrait whose hair colour is used; None or the reference keeps its own colour.
        protect: [H, W] uint8 of the identity's size; nothing changes where it is not 0.
        ignore: [H, W] uint8 of the identity's size; filled from around it unless the photo is mended already, and
            left to the generator (``invent`` is 1 there).
        quick: first preview: mattes from the network at reduced size, smooth fills only.
        retouch: improves on what the removal of the old hair left, before shadow and new hair; not when quick.
        check: called between two parts of the work; what it raises ends it.

    Returns:
        The composite in the identity's photo space; ``image`` equals the photo exactly wherever ``edit`` is 0.

    Raises:
        InputRefused: covered head, no hair in the reference, heads turned too far apart, masks of another size.
    """
    options = options or ClassicalOptions()
    laps = Laps(check)
    _check_masks(identity, protect=protect, ignore=ignore)
    identity, reference, appearance = _mended(identity, reference, appearance, ignore, protect)
    scale = _preview_scale(identity) if quick else 1.0
    if scale < WORTH_REDUCING:
        return _preview(identity, reference, appearance, (protect, ignore), scale, options, check)
    in_place = same_hair(identity, reference)
    identity, reference = dressed(identity), dressed(reference)
    pose, warnings, reference = _check(identity, reference, options)
    reference = _useful_size(identity, reference)
    laps.lap("gates")
    old = hair_matte(identity, quick=quick)
    laps.lap("matte of the identity")
    if in_place:
        return _in_place(identity, old, appearance, (protect, ignore), quick, options, laps, warnings)
    matte = hair_matte(reference, quick=quick)
    laps.lap("matte of the reference")
    fit = fit_faces(identity.face.landmarks, reference.face.landmarks)
    hair = _completed(matte, identity, reference, fit, options)
    laps.lap("cut edges")
    rect = ignored_rect(working_rect(identity, old.rect, fit, hair.matte.rect), ignore, fit.frame.height)
    part = crop_portrait(identity, rect)
    local = fit_faces(part.face.landmarks, reference.face.landmarks)
    warped = warp_reference(part, reference, hair.matte, local, mirrored=pose.mirror)
    invented = warp_matte_channel(hair.invented, hair.matte, local, rect.width, rect.height)
    warnings += hair.warnings
    warnings += alike_warning(warped.image, warped.alpha, warped.regions, local.frame.height, reference.photo.name)
    laps.lap("warp")
    if appearance is not None and appearance.photo.digest != reference.photo.digest:
        warped = _with_colour_of(appearance, warped, options, quick)
        laps.lap("colour")
    job = _Job(part, warped, old.crop_alpha(rect), invented, local, pose.difference, options, quick, retouch)
    done = _assemble(job, laps)
    return _whole(done, part, identity, rect, (protect, ignore), warnings, laps)


def _check_masks(identity: Portrait, **masks: NDArray[np.uint8] | None) -> None:
    """Refuse masks of another size than the identity's."""
    width, height = identity.photo.width, identity.photo.height
    for name, mask in masks.items():
        if mask is not None and mask.shape != (height, width):
            raise InputRefused(
                f"The {name} mask has {mask.shape[1]} x {mask.shape[0]} pixels.",
                f"The identity photo has {width} x {height}.", "Export the mask at the photo's size.")


def _preview(
    identity: Portrait, reference: Portrait, appearance: Portrait | None, masks: UserMasks, scale: float,
    options: ClassicalOptions, check: Callable[[], None] | None,
) -> Composite:
    """The composite of a large photo, computed on a reduced one."""
    small = reduced_portrait(identity, scale)
    protect, ignore = (reduced_mask(mask, small.photo.width, small.photo.height) for mask in masks)
    found = compose_classical(
        small, small if same_hair(identity, reference) else reference, appearance=appearance, protect=protect,
        ignore=ignore, quick=True, options=options, check=check)
    return enlarged(found, identity, masks[0])


def _completed(
    matte: Matte, identity: Portrait, reference: Portrait, fit: Fit, options: ClassicalOptions
) -> CompletedMatte:
    """The reference's hair with what its photo's edges cut off continued or ended."""
    frame = reference.face.frame
    hair = grow_crown(matte, frame) if options.crown else CompletedMatte(matte, np.zeros_like(matte.alpha))
    if options.taper:
        hair = finish_ends(hair, frame, fit, identity.photo.width, identity.photo.height)
    cut = touched_edges(matte, frame)
    if cut and not hair.warnings:
        return replace(hair, warnings=(f"The reference's hair touches the {' and '.join(cut)} edge of its photo.",))
    return hair


def _whole(
    done: Composite, part: Portrait, identity: Portrait, rect: Rect, masks: UserMasks, warnings: tuple[str, ...],
    laps: Laps,
) -> Composite:
    """The composite of the part ``rect`` under the user's masks, as one of the whole photo."""
    protect, ignore = (None if mask is None else mask[rect.slices()] for mask in masks)
    done = respect_user_masks(done, part.photo.rgb(), part.face.frame.height, protect, ignore)
    result = embed(done, identity, rect)
    laps.lap("masks")
    return replace(result, warnings=tuple(dict.fromkeys(warnings + done.warnings)), seconds=dict(laps.seconds))


def _mended(
    identity: Portrait, reference: Portrait, appearance: Portrait | None, ignore: NDArray[np.uint8] | None,
    protect: NDArray[np.uint8] | None,
) -> tuple[Portrait, Portrait, Portrait | None]:
    """The portraits, wherever they show the identity's photo, with what is ignored there filled."""
    if ignore is None or identity.photo.mended or not ignore.any():
        return identity, reference, appearance
    photo, digest = without_ignored(identity, ignore, protect), identity.photo.digest

    def mended(portrait: Portrait) -> Portrait:
        return replace(portrait, photo=photo) if portrait.photo.digest == digest else portrait

    return mended(identity), mended(reference), None if appearance is None else mended(appearance)


def _in_place(
    identity: Portrait,
    matte: Matte,
    appearance: Portrait | None,
    masks: UserMasks,
    quick: bool,
    options: ClassicalOptions,
    laps: Laps,
    warnings: tuple[str, ...],
) -> Composite:
    """The identity's own hair in another colour."""
    rect = matte.rect.grown(8, identity.photo.width, identity.photo.height)
    rect = ignored_rect(rect, masks[1], identity.face.frame.height)
    part = crop_portrait(identity, rect)
    before = hair_in_place(part, matte, rect)
    after = before
    if appearance is not None and appearance.photo.digest != identity.photo.digest:
        after = _with_colour_of(dressed(appearance), before, options, quick)
        laps.lap("colour")
    return _whole(recoloured_in_place(part, before, after), part, identity, rect, masks, warnings, laps)


def _preview_scale(portrait: Portrait) -> float:
    """Scale at which a first preview is computed."""
    return min(1.0, float(np.sqrt(PREVIEW_PIXELS / (portrait.photo.width * portrait.photo.height))))


def _useful_size(identity: Portrait, reference: Portrait) -> Portrait:
    """A reference far larger than it will be shown, reduced; finer strands than the identity's pixels are of no use."""
    ratio = identity.face.frame.height / reference.face.frame.height
    return reduced_portrait(reference, 1.25 * ratio) if ratio < 0.6 else reference


def _check(
    identity: Portrait, reference: Portrait, options: ClassicalOptions
) -> tuple[Pose, tuple[str, ...], Portrait]:
    """The gates (docs/compositing.md, Gates); the reference comes back mirrored where that helps."""
    covering = check_covering(identity, allow=options.allow_covered)
    check_hair(reference)
    pose = check_pose(identity.face, reference.face, refuse=options.max_yaw, allow_mirror=options.mirror)
    warnings = identity.warnings + reference.warnings + covering + pose.warnings
    warnings += check_size(identity) + check_size(reference)
    return pose, warnings, mirror_portrait(reference) if pose.mirror else reference


@dataclass(frozen=True, eq=False)
class _Job:
    """Everything the assembly needs, on the working rectangle."""

    identity: Portrait
    warped: WarpedReference
    old_alpha: FloatImage
    invented: FloatImage
    fit: Fit
    yaw_difference: float
    options: ClassicalOptions
    quick: bool
    retouch: Retouch | None = None

    def removal(self) -> Removal:
        """The identity without its old hair."""
        def remove(layout: FloatImage | None = None) -> Removal:
            return remove_hair(self.identity, self.warped, self.old_alpha, yaw_difference=self.yaw_difference,
                               quick=self.quick, layout=layout)

        found = remove()
        if self.retouch is None or self.quick or not found.touched.any():
            return found
        return self.retouch(Bared(self.identity, self.warped, self.old_alpha, found, remove))


def _assemble(job: _Job, laps: Laps) -> Composite:
    """Old hair out, light, shadow, new hair over: the composite of the working rectangle."""
    identity, warped, options = job.identity, job.warped, job.options
    frame, fh = job.fit.frame, job.fit.frame.height
    original = identity.photo.rgb()
    warped = replace(warped, alpha=np.where(warped.alpha > 0.995, np.float32(1), warped.alpha))
    removal = replace(job, warped=warped).removal()
    laps.lap("old hair")
    foreground = warped.foreground
    if options.light > 0:
        skin = (identity.regions == Region.SKIN) & (job.old_alpha < 0.05)
        other = (warped.regions == Region.SKIN) & (warped.alpha < 0.05) & warped.inside
        light = measure_light(
            (original, skin, identity.face.landmarks), (warped.image, other, warped.landmarks), 0.03 * fh)
        foreground = apply_light(foreground, light.scaled(options.light), frame, warped.alpha > 0)
        foreground = calm_rim(foreground, warped.alpha, fh, strength=min(1.0, options.light))
    laps.lap("light")
    plate = removal.plate
    if options.close_gaps:
        plate = close_gaps(plate, removal.hole, _without_wall(identity, original), warped, foreground, frame)
    shadowed = plate
    if options.shadow > 0:
        density = contact_shadow(warped.alpha, fh) * _shadow_ground(identity, removal.hole, fh)
        density = density * (1 - 0.5 * np.clip(job.old_alpha, 0, 1))
        density[density < 0.012] = 0
        shadowed = apply_shadow(plate, density.astype(np.float32), options.shadow)
    alpha = warped.alpha[..., None]
    image = np.clip(shadowed * (1 - alpha) + foreground * alpha, 0, 1).astype(np.float32)
    laps.lap("shadow and alpha")
    edit = edit_mask(image, original, warped.alpha, removal.hole, job.invented)
    image = np.where(edit[..., None] > 0, image, original)
    invent = invent_mask(identity, warped, job.old_alpha, removal.hole, job.invented, frame) * (edit > 0)
    laps.lap("masks")
    return Composite(
        image, plate, warped.alpha, foreground, job.old_alpha, removal.hole, edit, invent, warped,
        tuple(removal.warnings),
    )


def _without_wall(identity: Portrait, image: FloatImage) -> NDArray[np.uint8]:
    """The identity's labels without flags and walls that pass for its ears."""
    view = view_of(image, identity.regions, identity.hair, identity.face.landmarks[:, :2])
    return clean_reference(view, view.px(0.004))


def _shadow_ground(identity: Portrait, hole: NDArray[np.uint8], fh: float) -> FloatImage:
    """Where a contact shadow may fall, softly: skin and clothes, seen or put back."""
    kept = (hole == HoleLabel.KEEP) & (identity.regions != Region.BACKGROUND) & (identity.regions != Region.HAIR)
    ground = kept | np.isin(hole, (HoleLabel.FACE_SKIN, HoleLabel.NECK, HoleLabel.CLOTHING))
    return blur(ground.astype(np.float32), 0.006 * fh)


def _with_colour_of(
    appearance: Portrait, warped: WarpedReference, options: ClassicalOptions, quick: bool
) -> WarpedReference:
    """The warped hair in the colour of another portrait's hair."""
    check_hair(appearance)
    matte = hair_matte(appearance, quick=quick)
    colour = recolour(warped.foreground, warped.alpha, matte.foreground, matte.alpha, strength=options.recolour)
    return replace(warped, foreground=colour)
