"""Pictures of candidates in lists."""

from __future__ import annotations

from editor.item_models.candidates import make_thumbnail
from tests.editor.run_bench import Bench


def test_thumbnails_show_the_candidate_inside_its_mask_only(bench: Bench):
    bench.run_to_candidate(value=255)
    candidate = bench.document.candidates[0]
    bench.document.identity.display[:] = 0
    candidate.mask[:, :15] = 0
    picture = make_thumbnail(bench.document, candidate).toImage()
    middle = picture.height() // 2
    row = [picture.pixelColor(x, middle).red() for x in range(picture.width())]
    assert row[0] == 0
    assert max(row) == 255
    assert sum(value > 127 for value in row) < len(row) / 2
