"""Hair colours are known by hue; the old background's light in soft edges is not hair."""

from dataclasses import replace

import numpy as np

from core.compositing.reading.mattes import clear_matte_cache, compute_matte
from core.compositing.reading.palette import GREY, Palette, seen_through, without_foreign
from core.document.photo import Photo
from core.faces.face import Region
from core.imaging.colour import rgb_to_lab
from core.imaging.matting import dilate, foreground_colour
from tests.core.compositing.people import person

BROWN, GREEN = np.float32((0.35, 0.22, 0.12)), np.float32((0.45, 0.60, 0.20))


def scene():
    """Brown hair on the left, green background on the right, and a pocket of background inside the hair."""
    rng = np.random.default_rng(0)
    image = np.broadcast_to(BROWN, (120, 160, 3)) * rng.uniform(0.6, 1.4, (120, 160, 1)).astype(np.float32)
    image[:, 90:] = GREEN
    pocket = np.zeros((120, 160), bool)
    pocket[50:64, 72:82] = True
    image[pocket] = GREEN
    alpha = np.zeros((120, 160), np.float32)
    alpha[:, :90], alpha[:, 90:95] = 1, 0.5
    wall, core = np.zeros_like(pocket), np.zeros_like(pocket)
    wall[:, 100:], core[:, :60] = True, True
    return image.astype(np.float32), alpha, wall, core, pocket


def test_foreign_hues_exceed_the_palette_and_greyer_ones_do_not():
    image, _, _, core, _ = scene()
    palette = Palette(image, core)
    colours = np.stack([BROWN, 0.5 * BROWN, GREEN, np.float32((0.7, 0.7, 0.7)), np.float32((0.3, 0.4, 0.8))])
    excess = palette.excess(rgb_to_lab(colours))
    assert excess[[0, 1, 3]].max() == 0
    assert excess[[2, 4]].min() > 20


def test_background_between_strands_leaves_the_matte_and_hair_stays():
    image, alpha, wall, core, pocket = scene()
    cleaned = without_foreign(image, alpha, Palette(image, core), wall, core, 160.0)
    assert cleaned[pocket].mean() < 0.2
    assert cleaned[:, 90:95].max() < 0.1
    hair = (alpha == 1) & ~pocket
    hair[44:70, 66:88] = False
    hair[:, 86:90] = False
    assert cleaned[hair].min() > 0.98


def test_what_shines_is_left_alone():
    image, alpha, wall, core, pocket = scene()
    image[pocket] = (0.97, 0.99, 0.80)
    cleaned = without_foreign(image, alpha, Palette(image, core), wall, core, 120.0)
    assert cleaned[54:60, 75:79].min() > 0.95


def test_foreign_chroma_is_taken_back_where_asked():
    image, alpha, _, core, _ = scene()
    palette = Palette(image, core)
    done = palette.limited(image, (alpha == 0.5).astype(np.float32))
    edge = rgb_to_lab(done[:, 91:94])
    assert np.hypot(edge[..., 1], edge[..., 2]).max() <= GREY + 1.5
    assert np.array_equal(done[alpha != 0.5], image[alpha != 0.5])


def test_too_little_hair_says_nothing():
    image, alpha, wall, _, _ = scene()
    nothing = np.zeros(alpha.shape, bool)
    palette = Palette(image, nothing)
    assert without_foreign(image, alpha, palette, wall, nothing, 120.0) is alpha
    assert palette.limited(image, alpha) is image


def test_the_fringe_of_a_portrait_has_no_green_of_its_wall():
    clear_matte_cache()
    matte = compute_matte(person(hair="short", wall=(0.35, 0.62, 0.2)))
    fringe = (matte.alpha > 0.15) & (matte.alpha < 0.85)
    assert fringe.sum() > 20
    red, green = matte.foreground[fringe, 0].mean(), matte.foreground[fringe, 1].mean()
    assert green < red + 0.02


def test_skin_seen_through_hair_keeps_its_hue():
    clear_matte_cache()
    portrait = person(hair="short", colour=(0.5, 0.5, 0.5))
    matte = compute_matte(portrait)
    skin = (portrait.regions[matte.rect.slices()] == Region.SKIN) & (matte.alpha > 0.02) & (matte.alpha < 0.3)
    assert skin.sum() > 20
    expected = foreground_colour(portrait.photo.rgb()[matte.rect.slices()], matte.alpha)
    assert np.abs(matte.foreground - expected)[skin].max() < 1e-3


def clothed(colour: tuple[float, float, float], beside: tuple[float, float, float]):
    """The scene with clothes of one colour on the right, and in the hair a pocket of another."""
    image, alpha, clothes, core, pocket = scene()
    image[:, 90:] = beside
    image[pocket] = colour
    return image, alpha, clothes, core, pocket


def test_clothes_between_strands_are_found_and_hair_is_not():
    for colour in ((0.75, 0.08, 0.12), (0.85, 0.85, 0.88)):
        image, alpha, clothes, core, pocket = clothed(colour, colour)
        found = seen_through(image, alpha, Palette(image, core), clothes, core, 160.0)
        assert found[52:62, 74:80].all()
        # A smoothed pixel beside either has some of its colour.
        hair = (alpha == 1) & ~dilate(pocket, 2)
        hair[:, 87:] = False
        assert not found[hair].any()


def test_what_is_darker_than_hair_may_be_its_shadow():
    image, alpha, clothes, core, pocket = clothed((0.03, 0.03, 0.03), (0.03, 0.03, 0.03))
    assert not seen_through(image, alpha, Palette(image, core), clothes, core, 160.0)[pocket].any()


def test_a_lit_strand_beside_clothes_of_another_colour_stays():
    image, alpha, clothes, core, pocket = clothed((0.85, 0.85, 0.88), (0.1, 0.2, 0.7))
    image[:20, 110:] = (0.85, 0.85, 0.88)
    assert not seen_through(image, alpha, Palette(image, core), clothes, core, 160.0)[pocket].any()


def test_the_matte_opens_where_clothes_show_through_the_hair():
    plain = person(hair="long", size=(480, 480), centre=(240.0, 244.0), scale=2.0)
    # The lowest hair on the left lies on the clothes.
    columns = slice(140, 154)
    bottom = int(np.flatnonzero((plain.hair[:, columns] > 0.9).all(axis=1)).max())
    pocket = (slice(bottom - 22, bottom - 8), columns)
    pixels = plain.photo.pixels.copy()
    pixels[pocket] = np.median(plain.photo.pixels[plain.regions == Region.CLOTHES], axis=0)
    clear_matte_cache()
    before = compute_matte(plain).full_alpha()
    after = compute_matte(replace(plain, photo=Photo(pixels))).full_alpha()
    assert before[pocket].min() > 0.9
    assert after[pocket][3:-3, 3:-3].max() < 0.3
    far = np.ones(before.shape, bool)
    far[bottom - 40:bottom + 10, 120:174] = False
    assert np.abs(after - before)[far].max() < 0.05
